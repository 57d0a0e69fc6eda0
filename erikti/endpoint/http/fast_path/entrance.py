"""The fast path: an ASGI callable before the middleware, for requests with plain headers.

What the headers decide is known from earlier requests (``senders.py``). A request whose body the
endpoint has answered before, for callers who see the same, gets the cached response after the
checks of ``_hit``. Any other body is an operation for the endpoint, which the middleware would only
delay. What is not plain goes the full way, with its body replayed.
"""

from collections.abc import Awaitable, Callable, Collection
from contextlib import nullcontext
from dataclasses import dataclass, replace
from functools import partial
from typing import NamedTuple, TypeAlias

from starlette.types import ASGIApp, Receive, Scope, Send

from erikti.cache import Answer, ResponseCache
from erikti.database.connection import Database
from erikti.endpoint.bodies import strict_json
from erikti.endpoint.disconnect import ClientGoneError
from erikti.endpoint.extensions import cost_of
from erikti.endpoint.http.fast_path.bounded import Bounded
from erikti.endpoint.http.fast_path.codings import Compression
from erikti.endpoint.http.fast_path.heads import Heads
from erikti.endpoint.http.fast_path.live import (
    Asked,
    LiveOperations,
    StatementError,
)
from erikti.endpoint.http.fast_path.profiles import DECIDING, VARYING
from erikti.endpoint.http.fast_path.received import Received
from erikti.endpoint.http.fast_path.senders import Key, Sender, Senders, View
from erikti.endpoint.http.known_requests import LEARN, KnownRequest
from erikti.endpoint.http.replies import Reply
from erikti.endpoint.http.service import Endpoint, HttpExchange
from erikti.endpoint.http.streams import Stream
from erikti.endpoint.operations import Operations
from erikti.endpoint.payers import Payer
from erikti.endpoint.requests import PlainRequest, plain_request, request_id
from erikti.endpoint.results import ending
from erikti.errors import RequestError, UnavailableError
from erikti.guard.budget import BudgetError, Remaining
from erikti.serving.addresses import peer
from erikti.telemetry.trace_context import Carried, is_usual

MIB = 2**20
OVERHEAD = 1_000  # bytes that a body takes once it has been read,
PARSED = 10  # and for each of its bytes
NO_TRACE = nullcontext()
Respond: TypeAlias = Callable[[Send], Awaitable[None]]


@dataclass(frozen=True)
class Entrance:
    """Requests that may take the fast path: POST to ``paths``, at every port but one."""

    paths: Collection[str]
    elsewhere: int | None = None

    def is_for(self, scope: Scope) -> bool:
        """Whether a request may take the fast path, as far as its line says."""
        if scope["type"] != "http" or scope["method"] != "POST" or scope["query_string"]:
            return False
        if scope["path"] not in self.paths or scope.get("root_path"):
            return False
        return self.elsewhere is None or scope["server"][1] != self.elsewhere


@dataclass(slots=True)
class Body:
    """The request in the body ``key[1]``, and what the endpoint learned when it answered it.

    ``is_new`` is whether it was not answered before.
    """

    key: tuple[View, bytes]
    request: PlainRequest
    known: KnownRequest | None = None
    is_new: bool = True

    @property
    def size(self) -> int:
        """The bytes that it takes."""
        constant = self.known and self.known.constant
        return OVERHEAD + PARSED * len(self.key[1]) + (len(constant.body) if constant else 0)


@dataclass(slots=True)
class Arrived:
    """A request that has been read, with its id and the header ``traceparent``."""

    scope: Scope
    sender: Sender
    body: Body
    id: str
    trace: bytes | None


class Hit(NamedTuple):
    """A cached response, and what is left of the budget of its caller."""

    answer: Answer
    left: Remaining


class FastPath:
    """Responds to requests with plain headers, and passes all others on to ``full_way``.

    ``hits`` counts the cached responses, ``written`` those that the database wrote anew, and
    ``operations`` the others; ``most`` limits the bytes of the bodies that it remembers.
    """

    def __init__(
        self,
        entrance: Entrance,
        endpoint: Endpoint,
        operations: Operations,
        senders: Senders,
        cache: ResponseCache | None,
        database: Database,
        heads: Heads,
        full_way: ASGIApp,
        most: int = 16 * MIB,
    ) -> None:
        self.hits = self.operations = 0
        self._full_way = full_way
        self._entrance = entrance
        self._endpoint = endpoint
        self._operations = operations
        self._senders = senders
        self._cache = cache
        self._database = database
        self._heads = heads
        self._bodies: Bounded[tuple[View, bytes], Body] = Bounded(most)
        self._compression = Compression()
        self._live = LiveOperations(operations, senders.limits.response_bytes)

    @property
    def written(self) -> int:
        """Return the number of responses that the database wrote anew."""
        return self._live.written

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Respond to one request, or pass it on (ASGI)."""
        if not self._entrance.is_for(scope):
            await self._full_way(scope, receive, send)
            return
        key, varying = _headers(scope)
        trace = varying.get(b"traceparent")
        sender = self._senders.find(key)
        if sender is None or (trace is not None and not is_usual(trace)):
            await self._full_way(scope, receive, send)
            return
        received = Received(receive)
        declared = varying.get(b"content-length")
        body = self._body(sender, await received.body(declared, sender.most))
        if body is not None:
            number = request_id(varying.get(b"x-request-id", b"").decode("latin-1"))
            arrived = Arrived(scope, sender, body, number, trace)
            entered = self._database.enter()
            try:
                if await self._is_answered(arrived, received, send):
                    return
            finally:
                self._database.leave(entered)
        await self._full_way(scope, received, send)

    def _body(self, sender: Sender, body: bytes | None) -> Body | None:
        """Return what is known of a body; None if it is missing or malformed."""
        if body is None:
            return None
        key = (sender.view, body)
        found = self._bodies.get(key)
        if found is None:
            try:
                given = strict_json(body, self._senders.limits.json_depth)
                return Body(key, plain_request("POST", given, sender.headers))
            except RequestError:
                return None
        return found

    def _remember(self, body: Body) -> None:
        """Remember a body that was answered: rejected ones must not take the place of others."""
        body.is_new = False
        self._bodies.put(body.key, body, body.size)

    def _learn(self, arrived: Arrived, known: KnownRequest) -> None:
        body = arrived.body
        if known.repeated is not None:
            self._live.learn(arrived.sender.view, body.request, known.repeated, known.cacheable)
        if known.place is not None or known.constant is not None:
            body.known = replace(known, repeated=None)
        self._remember(body)

    async def _is_answered(self, arrived: Arrived, received: Received, send: Send) -> bool:
        """Respond to a request; return False if the full way has to report an error."""
        with Carried(arrived.trace) if arrived.trace else NO_TRACE:
            try:
                respond = await self._ready(arrived, received)
            except ClientGoneError:
                return True
            except Exception as error:
                received.fail(error)
                return False
            await respond(send)
            return True

    async def _ready(self, arrived: Arrived, receive: Receive) -> Respond:
        """Return what sends the response; raises ClientGoneError."""
        if arrived.body.known is not None and (hit := await self._hit(arrived)) is not None:
            return await self._of_hit(arrived, hit)
        try:
            written = await self._live.answer(self._asked(arrived), receive)
        except StatementError as error:
            reply = await self._operated(arrived, receive, error.failure)
            return await self._of_reply(arrived, reply)
        if written is None:
            return await self._of_reply(arrived, await self._operated(arrived, receive))
        if arrived.body.is_new:
            self._remember(arrived.body)
        end = ending({"cost": cost_of(written.requested, written.actual, written.left)})
        return await self._of_body(arrived, written.body[:-1] + end)

    def _asked(self, arrived: Arrived) -> Asked:
        sender, body, paying = arrived.sender, arrived.body, self._payer(arrived)
        return Asked(sender.view, body.request, sender.principal, paying, body.is_new)

    async def _hit(self, arrived: Arrived) -> Hit | None:
        """Return the cached response after the checks of every request; None if there is none or
        the endpoint has to reject the request."""
        sender, known, operations = arrived.sender, arrived.body.known, self._operations
        if known is None:
            return None
        paying, caller = self._payer(arrived), sender.principal
        try:
            operations.check_budget(paying)
            if await operations.unreadiness():
                return None
            answer = await self._cached(known)
            if answer is None:
                return None
            points = max(known.actual, 1)
            left = await operations.charge(paying, caller, points, max(known.requested, points))
        except BudgetError:
            return None
        try:
            operations.note(known.text, caller, sender.profile.purpose, answer.readings)
        except UnavailableError:
            await operations.refund(paying, points, left)
            return None
        self.hits += 1
        return Hit(answer, left)

    async def _cached(self, known: KnownRequest) -> Answer | None:
        constant, cache = known.constant, self._cache
        if constant is not None and constant.fresh_for > 0:
            if cache is not None:
                cache.count_hit()
            return constant
        if cache is None or known.place is None:
            return None
        return await cache.find(known.place)

    def _payer(self, arrived: Arrived) -> Payer:
        return arrived.sender.payer or Payer(self._address(arrived.scope))

    def _address(self, scope: Scope) -> str:
        return self._senders.proxies.client(peer(scope), scope["headers"])

    async def _operated(
        self, arrived: Arrived, receive: Receive, failure: Exception | None = None
    ) -> Reply | Stream:
        """Return the reply of the endpoint; raises ClientGoneError."""
        self.operations += 1
        scope, sender, body = arrived.scope, arrived.sender, arrived.body
        scope[LEARN] = partial(self._learn, arrived)
        address, media = self._address(scope), sender.profile.media
        headers, number = sender.headers, arrived.id
        exchange = HttpExchange(scope, headers, number, address, media, receive, failure)
        return await self._endpoint.respond(exchange, sender.principal, body.request)

    async def _of_hit(self, arrived: Arrived, hit: Hit) -> Respond:
        sender, known, body = arrived.sender, arrived.body.known, hit.answer.body
        assert known is not None
        end = ending({"cost": cost_of(known.requested, known.actual, hit.left)})
        head = await sender.head(self._heads, len(body) - 1 + len(end))
        data = self._compression.begun(head.coding, body, end) if head.coding else body[:-1] + end
        return partial(head.send, arrived.id, data, arrived.trace)

    async def _of_reply(self, arrived: Arrived, reply: Reply | Stream) -> Respond:
        sender = arrived.sender
        if not isinstance(reply, Reply) or not reply.is_ordinary:
            media = sender.profile.media
            return partial(self._heads.send, reply, arrived.id, media, arrived.scope)
        return await self._of_body(arrived, reply.body)

    async def _of_body(self, arrived: Arrived, body: bytes) -> Respond:
        head = await arrived.sender.head(self._heads, len(body))
        data = self._compression.whole(head.coding, body) if head.coding else body
        return partial(head.send, arrived.id, data, arrived.trace)


def _headers(scope: Scope) -> tuple[Key, dict[bytes, bytes]]:
    """Return the headers that decide, and those that are read at each request."""
    key: list[bytes] = []
    varying: dict[bytes, bytes] = {}
    for name, value in scope["headers"]:
        if name in DECIDING:
            key += (name, value)
        elif name in VARYING:
            varying[name] = value
    return tuple(key), varying
