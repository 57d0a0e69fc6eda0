"""Authentication of requests: from headers to a principal."""

import re
import time
from collections.abc import Iterable
from enum import StrEnum
from hashlib import sha256
from pathlib import Path
from urllib.parse import unquote_to_bytes

from cachetools import LRUCache

from erikti.auth import demo
from erikti.auth.certificates import thumbprint
from erikti.auth.demo import DemoKeys
from erikti.auth.principal import PUBLIC, Principal
from erikti.auth.provider import Provider
from erikti.auth.single_use import UsedTokenIds
from erikti.auth.tokens import Rules, Verified, Verifier
from erikti.errors import InvalidTokenError
from erikti.serving.addresses import NO_PROXIES, Proxies

Headers = Iterable[tuple[bytes, bytes]]
BEARER = re.compile(rb"[Bb][Ee][Aa][Rr][Ee][Rr] +([A-Za-z0-9\-._~+/]+=*)")
KEPT = 10_000  # cached verified tokens


class Bound(StrEnum):
    """Which tokens must be bound to a client certificate."""

    NONE = "none"
    FOREIGN = "foreign"
    ALL = "all"


class Authenticator:
    """Finds the principal of a request.

    Client certificates are accepted from the certifying ``proxies``. Verified tokens are cached by
    their SHA-256 until they expire or their key is withdrawn, at most ``kept`` of them.
    """

    def __init__(
        self,
        verifier: Verifier,
        spent: UsedTokenIds,
        proxies: Proxies = NO_PROXIES,
        bound: Bound = Bound.NONE,
        kept: int = KEPT,
    ) -> None:
        self._verifier = verifier
        self._spent = spent
        self._proxies = proxies
        self._bound = bound
        self._verified: LRUCache[bytes, Verified] = LRUCache(kept)

    async def __call__(
        self, headers: Headers, peer: str | None, query: bytes = b"", again: bool = False
    ) -> Principal:
        """Return the principal of a request; PUBLIC without a token.

        ``headers`` are ASGI's: lower-case names and values as bytes. ``peer`` is the address of the
        peer of the socket, ``query`` the query string of the URL. ``again`` states that this
        connection has presented the token before, which does not count as another use. Raise
        InvalidTokenError if the token is invalid, ProviderUnavailableError if that is not known.
        """
        if query and _in_url(query):
            raise InvalidTokenError("a token must not be in the URL", "invalid_request")
        header: bytes | None = None
        certificates = []
        for name, value in headers:
            if name == b"authorization":
                if header is not None:
                    raise InvalidTokenError(
                        "there is more than one Authorization header", "invalid_request"
                    )
                header = value
            elif name == b"client-cert":
                certificates.append(value)
        if header is None:
            return PUBLIC
        found = BEARER.fullmatch(header)
        if found is None:
            raise InvalidTokenError("the Authorization header has no Bearer token")
        # Two headers together are malformed.
        return await self.principal(found[1], b", ".join(certificates), peer, again)

    async def principal(
        self,
        token: bytes | str,
        certificate: bytes = b"",
        peer: str | None = None,
        again: bool = False,
    ) -> Principal:
        """Return the principal of a token from elsewhere, such as the payload of a WebSocket.

        ``certificate`` is the value of ``Client-Cert``, empty without one. Raises the same errors.
        """
        if isinstance(token, str):
            token = token.encode(errors="replace")
        digest = sha256(token).digest()
        verified = self._known(digest)
        if verified is None:
            # A token is ASCII; anything else is rejected by its shape.
            verified = await self._verifier(token.decode("latin-1"))
            self._verified[digest] = verified
        self._check_binding(verified, certificate, peer)
        once = verified.single_use and not again
        if once and not self._spent.first(verified.token_id, verified.until):
            raise InvalidTokenError("the token may be used only once, and has been used")
        return verified.principal

    def reusable(self, header: bytes) -> Verified | None:
        """Return the token of an Authorization header if it was verified before, and presenting it
        again takes no other check than ``is_current``: unbound, and not for a single use."""
        found = BEARER.fullmatch(header)
        verified = found and self._known(sha256(found[1]).digest())
        if not verified or verified.single_use or verified.thumbprint is not None:
            return None
        return None if self._must_be_bound(verified.principal) else verified

    def is_current(self, verified: Verified) -> bool:
        """Whether a verified token has not expired, and its key is not withdrawn."""
        if verified.until <= time.time():
            return False
        return self._verifier.keys.find(verified.key_id) is verified.key

    def _known(self, digest: bytes) -> Verified | None:
        found = self._verified.get(digest)
        if found is not None and not self.is_current(found):
            del self._verified[digest]
            return None
        return found

    def _must_be_bound(self, caller: Principal) -> bool:
        return self._bound is Bound.ALL or (self._bound is Bound.FOREIGN and caller.foreign)

    def _check_binding(self, verified: Verified, certificate: bytes, peer: str | None) -> None:
        if verified.thumbprint is None:
            if self._must_be_bound(verified.principal):
                raise InvalidTokenError("the token must be bound to a client certificate")
            return
        if not certificate.strip() or not self._proxies.certifies(peer):
            raise InvalidTokenError("the token is bound to a client certificate")
        if verified.thumbprint != thumbprint(certificate):
            raise InvalidTokenError("the token is bound to another client certificate")


def _in_url(query: bytes) -> bool:
    names = (part.partition(b"=")[0] for part in query.split(b"&"))
    return any(unquote_to_bytes(name) == b"access_token" for name in names)


def authenticator(
    issuer: str | None,
    audience: str,
    data: Path,
    *,
    proxies: Proxies = NO_PROXIES,
    bound: str = Bound.NONE,
    lifetime: float = 3600,
    size: int = 8192,
) -> Authenticator:
    """Return the authenticator of a server: for the provider ``issuer``, or in demo mode.

    ``data`` is the server's folder; ``lifetime`` limits the seconds and ``size`` the bytes of a
    token.
    """
    keys = Provider(issuer) if issuer else DemoKeys(data)
    rules = Rules(issuer or demo.ISSUER, audience, lifetime=lifetime, size=size)
    return Authenticator(
        Verifier(keys, rules), UsedTokenIds(data / "spent.db"), proxies, Bound(bound)
    )
