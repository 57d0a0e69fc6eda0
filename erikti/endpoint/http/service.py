"""GraphQL over HTTP: a request, from its bytes to those of its response."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from hashlib import blake2b

from graphql import GraphQLError
from starlette.types import ASGIApp, Receive, Scope, Send
from strawberry.schema.exceptions import InvalidOperationTypeError
from strawberry.types.graphql import OperationType

from erikti.auth.principal import Principal
from erikti.cache import Answer, ResponseCache, request_key
from erikti.endpoint.concurrency import ConcurrencyLimit
from erikti.endpoint.disconnect import ClientGoneError, until_disconnected
from erikti.endpoint.extensions import cost, extensions
from erikti.endpoint.http.known_requests import CACHE_HIT, LEARN, KnownRequest, Learn
from erikti.endpoint.http.negotiation import ANSWERS, GRAPHQL_JSON, PAGE, preferred
from erikti.endpoint.http.replies import Reply, answered, failed, rejected
from erikti.endpoint.http.stream_formats import EVENTS, MULTIPART, form, refused, takes_parts
from erikti.endpoint.http.streams import Stream, Streams
from erikti.endpoint.operations import Guards, Operation, Operations
from erikti.endpoint.requests import Headers, PlainRequest, read_request, request_id
from erikti.endpoint.results import dumped, extended, too_large
from erikti.endpoint.visibility import sees
from erikti.errors import (
    ApiError,
    InvalidTokenError,
    MethodNotAllowedError,
    NotAcceptableError,
    OperationError,
    RequestError,
    UnavailableError,
)
from erikti.guard.budget import BudgetError
from erikti.guard.personal import PERSONAL
from erikti.serving.addresses import peer
from resolvers.dataloaders.identities import IDENTIFYING
from schema.engine.cache_policy import UNCACHED, CachePolicies, CachePolicy
from schema.engine.engine import Prepared
from schema.engine.federated_traces import REQUESTED as TRACED
from schema.engine.federated_traces import FederatedTrace
from schema.engine.incremental import is_incremental

ALLOWED = {
    "POST": tuple(OperationType),
    "GET": (OperationType.QUERY, OperationType.SUBSCRIPTION),
}
METHODS = MethodNotAllowedError.allowed
ALLOW = ", ".join(METHODS)
# Browsers get a page, which they prefer to JSON.
OFFERED = dict.fromkeys(("GET", "HEAD"), (*ANSWERS, PAGE))


@dataclass(slots=True)
class HttpExchange:
    """One request: its headers, its id, the address that is charged, and the media type of the
    response, None if the client accepts none.

    ``failure`` is the error of its statement, if that was tried before.
    """

    scope: Scope
    headers: Headers
    id: str
    address: str
    media: str | None
    receive: Receive
    failure: Exception | None = None

    @property
    def accept(self) -> str:
        """The media types that the client accepts."""
        return self.headers.get("accept", "")

    def stream_of(
        self, errors: Sequence[GraphQLError], extensions: Mapping[str, object]
    ) -> Reply | None:
        """The refusal of an operation as a stream, None if the client prefers another form."""
        if self.scope["method"] == "HEAD":
            return None
        return refused(self.accept, errors, extensions)


class Endpoint:
    """The GraphQL endpoint (ASGI); browsers get the page that ``page`` makes for each exchange."""

    def __init__(
        self,
        operations: Operations,
        guards: Guards,
        cache: ResponseCache | None,
        page: Callable[[], ASGIApp],
    ) -> None:
        self._operations = operations
        self._guards = guards
        self._limits = limits = guards.limits
        self._cache = cache
        self._page = page
        self._streams = Streams(
            operations, limits, ConcurrencyLimit(limits.streams, limits.client_streams)
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Respond to one request."""
        headers = {n.decode("latin-1"): v.decode("latin-1") for n, v in scope["headers"]}
        media = preferred(headers.get("accept", ""), OFFERED.get(scope["method"], ANSWERS))
        if media == PAGE:
            await self._page()(scope, receive, send)
            return
        number = request_id(headers.get("x-request-id"))
        address = self._guards.proxies.client(peer(scope), scope["headers"])
        exchange = HttpExchange(scope, headers, number, address, media, receive)
        try:
            reply = await self._reply(exchange)
        except ClientGoneError:
            return
        await reply.send(exchange.id, exchange.media, send)

    async def _reply(self, exchange: HttpExchange) -> Reply | Stream:
        try:
            return await self._served(exchange)
        except InvalidTokenError as error:
            return await self._unauthenticated(exchange, error)
        except ApiError as error:
            return rejected(error)

    async def _unauthenticated(self, exchange: HttpExchange, error: InvalidTokenError) -> Reply:
        """Reply to an invalid token, which is never treated like no token."""
        try:
            await self._operations.invalid_token(exchange.id, exchange.address)
        except BudgetError as over:
            return rejected(over)
        return rejected(error)

    async def _served(self, exchange: HttpExchange) -> Reply | Stream:
        scope, receive, limits = exchange.scope, exchange.receive, self._limits
        if scope["method"] == "OPTIONS":
            return Reply(204, b"", [(b"allow", ALLOW.encode())])
        if scope["method"] not in METHODS:
            raise MethodNotAllowedError("Send operations by POST or GET.")
        if exchange.media is None and not takes_parts(exchange.accept):
            raise NotAcceptableError(f"Accept {' or '.join(ANSWERS)}.")
        principal = await self._principal(scope)
        most = limits.bulk_body_bytes if principal.known else limits.body_bytes
        # A response before the body is read would end the connection, and the body is small.
        request = await read_request(scope, exchange.headers, receive, limits, most)
        return await self._begun(exchange, principal, request)

    async def respond(
        self, exchange: HttpExchange, principal: Principal, request: PlainRequest
    ) -> Reply | Stream:
        """Return the reply to a request that has been read; raises ClientGoneError."""
        try:
            return await self._begun(exchange, principal, request)
        except ApiError as error:
            return rejected(error)

    async def _begun(
        self, exchange: HttpExchange, principal: Principal, request: PlainRequest
    ) -> Reply | Stream:
        operation = self._operations.begin(exchange.id, exchange.address, principal, request)
        operation.failure = exchange.failure
        return await until_disconnected(exchange.receive, self._operated(exchange, operation))

    async def _principal(self, scope: Scope, again: bool = False) -> Principal:
        return await self._guards.authenticator(
            scope["headers"], peer(scope), scope["query_string"], again=again
        )

    async def _operated(self, exchange: HttpExchange, operation: Operation) -> Reply | Stream:
        try:
            prepared = await self._operations.admit(operation, ALLOWED[operation.request.method])
        except InvalidOperationTypeError:
            raise MethodNotAllowedError("Send mutations by POST.") from None
        except OperationError as rejection:
            told = {"cost": cost(operation.context)}
            media = exchange.media or GRAPHQL_JSON  # other streams report it only by the status
            return exchange.stream_of(rejection.errors, told) or failed(
                rejection.errors, media, told
            )
        except RequestError as error:
            told = {"cost": cost(operation.context)}
            return exchange.stream_of([error], told) or rejected(error)
        chosen = form(exchange.accept, prepared) if exchange.scope["method"] != "HEAD" else None
        if chosen is not None:
            state = exchange.scope.get("state")
            again = partial(self._principal, exchange.scope, again=True)
            return self._streams.reply(chosen, operation, prepared, exchange.receive, state, again)
        if prepared.type is OperationType.SUBSCRIPTION:
            raise NotAcceptableError(f"Accept {EVENTS} or {MULTIPART} for a subscription.")
        try:
            return await self._answered(exchange, operation, prepared)
        except OperationError as failure:
            return failed(failure.errors, exchange.media, {"cost": cost(operation.context)})

    async def _answered(
        self, exchange: HttpExchange, operation: Operation, prepared: Prepared
    ) -> Reply:
        request, principal = operation.request, operation.context.principal
        rule = _policy(self._operations.engine.policies, prepared)
        if IDENTIFYING & rule.tags and operation.context.loaders.scope.policy.reads_personal_data:
            rule = replace(rule, private=True)  # each access is recorded
        cacheable = self._cache is not None and rule.is_cacheable
        requested = operation.context.spent.requested
        trace = FederatedTrace() if exchange.headers.get(TRACED[0]) == TRACED[1] else None
        wrong: list[GraphQLError] = []
        hit = True

        async def compute() -> Answer:
            nonlocal hit
            hit = False
            tagged = cacheable or request.method == "GET"
            return await self._computed(operation, prepared, rule, tagged, wrong)

        if self._cache is None or not cacheable:
            answer = await compute()
        else:
            answer = await self._cache.answer(_key(request, principal), rule.depends_on, compute)
        if hit:
            await self._operations.settle(operation, CACHE_HIT)
            try:
                self._operations.read(operation, answer.readings)
            except UnavailableError as error:
                raise OperationError([error.with_traceback(None)]) from None
        self._teach(exchange, operation, prepared, rule, requested, answer)
        shared = not principal.known
        reply = answered(request.method, exchange.headers, answer, rule, shared)
        if reply.status == 200 and not (shared and request.method == "GET" and answer.max_age):
            # A response that a shared cache may store must not hold the budget of one caller.
            own = extensions(operation.context)
            if trace is not None:
                own["ftv1"] = trace.finish(wrong)
            reply.body = extended(reply.body, own)
        return reply

    def _teach(
        self,
        exchange: HttpExchange,
        operation: Operation,
        prepared: Prepared,
        rule: CachePolicy,
        requested: int,
        answer: Answer,
    ) -> None:
        """Let the fast path answer such requests, unless more of them differs than the response.

        Documents are looked up by their hash each time, deprecated parts are logged by client, and
        a response with ``@defer`` may be a stream.
        """
        learn: Learn | None = exchange.scope.get(LEARN)
        request, document = operation.request, prepared.document
        if learn is None or request.document or document.deprecated or is_incremental(document):
            return
        actual = operation.context.spent.actual if self._cache is None else CACHE_HIT
        cacheable = self._cache is not None and rule.is_cacheable
        repeated = self._operations.engine.repeated(prepared) if rule.depends_on else None
        known = KnownRequest(
            request.text, requested, actual, repeated=repeated, cacheable=cacheable
        )
        if answer.max_age > 0 and not rule.depends_on:
            known = replace(known, constant=answer)
        elif answer.max_age > 0 and self._cache is not None:
            key = _key(request, operation.context.principal)
            known = replace(known, place=self._cache.place(key, rule.depends_on))
        learn(known)

    async def _computed(
        self,
        operation: Operation,
        prepared: Prepared,
        rule: CachePolicy,
        tagged: bool,
        wrong: list[GraphQLError],
    ) -> Answer:
        data, errors = await self._operations.execute(operation, prepared)
        wrong.extend(errors)
        body = dumped(data, errors)
        if len(body) > self._limits.response_bytes:
            most = self._limits.response_bytes
            errors = [too_large(most)]
            body = dumped(None, errors)
        # Weak: compression changes the bytes and keeps the tag.
        etag = f'W/"{blake2b(body, digest_size=16).hexdigest()}"' if tagged else ""
        # Notes of what was withheld belong to the response, and are not cached.
        complete = not errors and not operation.context.ledger.withheld
        max_age = rule.max_age if rule.is_cacheable and complete else 0
        return Answer(body, etag, max_age, readings=operation.readings)


def _policy(policies: CachePolicies, prepared: Prepared) -> CachePolicy:
    """Return the cache policy of a response. Responses to mutations are never cached, nor those to
    documents with names that look like personal data, which the response repeats."""
    document, name = prepared.document, prepared.name
    found: CachePolicy | None = document.notes.get(name)
    if found is None:
        fields = document.requested_fields(name)
        cacheable = fields is not None and not PERSONAL.search(prepared.text)
        found = document.notes[name] = policies.policy(fields) if fields and cacheable else UNCACHED
    return found


def _key(request: PlainRequest, principal: Principal) -> bytes:
    """Return the cache key: all that a response depends on, including the caller's access."""
    parts = [request.method, request.purpose or "", *sees(principal)]
    return request_key(request.text, request.operation, request.variables, request.language, parts)
