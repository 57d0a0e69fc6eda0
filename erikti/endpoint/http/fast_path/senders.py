"""Senders: what is known of all requests with the same headers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from erikti.auth.principal import PUBLIC, Principal
from erikti.auth.tokens import Verified
from erikti.endpoint.http.fast_path.bounded import Bounded
from erikti.endpoint.http.fast_path.heads import COMPRESSED_FROM, Head, Header, Heads
from erikti.endpoint.http.fast_path.profiles import Profile, profile
from erikti.endpoint.operations import Guards
from erikti.endpoint.payers import Payer, payer
from erikti.endpoint.visibility import sees
from erikti.guard.trusted_clients import Mode
from erikti.telemetry.trace_context import records

# Names and values of headers in turn, in the order in which they were sent.
Key: TypeAlias = tuple[bytes, ...]
MIB = 2**20
OVERHEAD = 1_000  # bytes that a sender takes besides its headers
VIEWS = 10_000  # with the languages and purposes of their callers


class View:
    """What callers see who get the same responses to the same bodies; compared by identity.

    It covers their rights, their purpose, their language and whether they have a token.
    """

    __slots__ = ()


@dataclass(slots=True)
class Sender:
    """The ``principal``, the profile and the view of requests with the same headers.

    ``verified`` is the token, None without one; ``payer`` is None if it depends on the address.
    Their bodies may have ``most`` bytes. ``heads`` are those of short and of long responses, made
    when the first one is sent.
    """

    pairs: Sequence[Header]
    headers: Mapping[str, str]
    profile: Profile
    verified: Verified | None
    principal: Principal
    payer: Payer | None
    view: View
    most: int
    heads: list[Head] = field(default_factory=list)

    async def head(self, heads: Heads, length: int) -> Head:
        """Return the head of a response of this length."""
        if not self.heads:
            sizes, media = (COMPRESSED_FROM - 1, COMPRESSED_FROM), self.profile.media
            self.heads = [await heads.head(self.pairs, media, size) for size in sizes]
        return self.heads[length >= COMPRESSED_FROM]


class Senders:
    """The senders of the last requests; ``most`` limits the bytes that they take."""

    def __init__(self, guards: Guards, most: int = 8 * MIB) -> None:
        self.proxies = guards.proxies
        self.limits = guards.limits
        self._guards = guards
        self._senders: Bounded[Key, Sender | bool] = Bounded(most)
        self._views: Bounded[tuple[object, ...], View] = Bounded(VIEWS)

    def find(self, key: Key) -> Sender | None:
        """Return the sender of a request whose token is valid now; None if the request has to go
        the full way, because of its headers or because its token is not known."""
        found = self._senders.get(key)
        if found is None:
            found = self._make(key)
        if not isinstance(found, Sender):
            return None
        if found.verified and not self._guards.authenticator.is_current(found.verified):
            self._senders.pop(key)
            return None
        return found

    def _make(self, key: Key) -> Sender | bool:
        pairs = list(zip(key[::2], key[1::2], strict=True))
        token = dict(pairs).get(b"authorization")
        verified = None if token is None else self._guards.authenticator.reusable(token)
        if token is not None and verified is None:
            return False  # it may be verified by the full way
        made = self._made(pairs, verified)
        self._senders.put(key, made or False, OVERHEAD + sum(map(len, key)))
        return made or False

    def _made(self, pairs: Sequence[Header], verified: Verified | None) -> Sender | None:
        found = profile(pairs)
        principal = PUBLIC if verified is None else verified.principal
        clients, limits = self._guards.documents.clients, self._guards.limits
        if found is None or records() or clients.mode(principal.client) is not Mode.OFF:
            return None
        return Sender(
            pairs,
            {name.decode("latin-1"): value.decode("latin-1") for name, value in pairs},
            found,
            verified,
            principal,
            payer(principal, "") if principal.known else None,
            self._view(found, principal),
            limits.bulk_body_bytes if principal.known else limits.body_bytes,
        )

    def _view(self, found: Profile, principal: Principal) -> View:
        seen = (found.language, found.purpose, principal.known, *sees(principal))
        view = self._views.get(seen)
        if view is None:
            view = View()
            self._views.put(seen, view, 1)
        return view
