"""GraphQL over HTTP: one request after another, from its bytes to those of its answer."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from hashlib import blake2b
from secrets import token_hex

from graphql import GraphQLError
from starlette.types import ASGIApp, Receive, Scope, Send
from strawberry.schema.exceptions import InvalidOperationTypeError
from strawberry.types.graphql import OperationType

from erikti.auth.errors import InvalidTokenError, ProviderUnavailableError
from erikti.auth.principal import Principal
from erikti.auth.scopes import Scope as Granted
from erikti.cache import Answer, ResponseCache, request_key
from erikti.endpoint.concurrency import ConcurrencyLimit
from erikti.endpoint.disconnect import ClientGoneError, until_disconnected
from erikti.endpoint.extensions import cost, extensions
from erikti.endpoint.http.negotiation import ANSWERS, GRAPHQL_JSON, PAGE, preferred
from erikti.endpoint.http.replies import Reply, answered, dumped, extended, failed, refused
from erikti.endpoint.http.stream_formats import EVENTS, MULTIPART, form, takes_parts
from erikti.endpoint.http.streams import Stream, Streams
from erikti.endpoint.operations import Guards, Operation, Operations
from erikti.endpoint.requests import Headers, PlainRequest, read_request, request_id
from erikti.endpoint.results import too_large
from erikti.guard.budget import BudgetError
from erikti.guard.personal import PERSONAL
from erikti.guard.refusals import Refusal
from erikti.serving.addresses import peer
from schema.engine.cache_policy import NOT_KEPT, CachePolicy, policy
from schema.engine.event_streams import EndedError
from schema.engine.federated_schema import Prepared
from schema.engine.federated_traces import REQUESTED as TRACED
from schema.engine.federated_traces import FederatedTrace

ALLOWED = {
    "POST": tuple(OperationType),
    "GET": (OperationType.QUERY, OperationType.SUBSCRIPTION),
}
PERSON = "Person"
KEPT = 1  # points of an answer that was there already
METHODS = ("GET", "HEAD", "OPTIONS", "POST")
ALLOW = ", ".join(METHODS)
# Browsers are shown a page; what they wish besides it is wished less.
OFFERED = dict.fromkeys(("GET", "HEAD"), (*ANSWERS, PAGE))


@dataclass(slots=True)
class HttpExchange:
    """One request: its headers, its id, who its caller is to the budget, and in which media
    type the answer is wished, None where in none of ours."""

    scope: Scope
    headers: Headers
    id: str
    address: str
    media: str | None
    receive: Receive

    @property
    def accept(self) -> str:
        """The media types that the caller takes."""
        return self.headers.get("accept", "")


class Endpoint:
    """The GraphQL endpoint (ASGI); browsers are shown what ``page`` makes for each visit."""

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
        """Answer one request."""
        headers = {n.decode("latin-1"): v.decode("latin-1") for n, v in scope["headers"]}
        media = preferred(headers.get("accept", ""), OFFERED.get(scope["method"], ANSWERS))
        if media == PAGE:
            await self._page()(scope, receive, send)
            return
        number = request_id(headers) or token_hex(16)
        address = self._guards.proxies.client(peer(scope), scope["headers"])
        visit = HttpExchange(scope, headers, number, address, media, receive)
        try:
            reply = await self._reply(visit)
        except ClientGoneError:
            return
        await reply.send(visit.id, visit.media, send)

    async def _reply(self, visit: HttpExchange) -> Reply | Stream:
        try:
            return await self._served(visit)
        except Refusal as refusal:
            allow = {"allow": ALLOW} if refusal.status == 405 else {}
            return refused(refusal, **allow)
        except BudgetError as error:
            return _over(error)
        except InvalidTokenError as error:
            return await self._unknown(visit, error)
        except ProviderUnavailableError as error:
            return refused(Refusal(503, "UNAVAILABLE", error.description))

    async def _unknown(self, visit: HttpExchange, error: InvalidTokenError) -> Reply:
        """The reply to who shows a token that is not good: it is never taken for none."""
        try:
            await self._operations.stranger(visit.id, visit.address)
        except BudgetError as over:
            return _over(over)
        told = Refusal(error.status, "UNAUTHENTICATED", error.description)
        return refused(told, www_authenticate=error.challenge)

    async def _served(self, visit: HttpExchange) -> Reply | Stream:
        scope, receive, limits = visit.scope, visit.receive, self._limits
        if scope["method"] == "OPTIONS":
            return Reply(204, b"", [(b"allow", ALLOW.encode())])
        if scope["method"] not in METHODS:
            raise Refusal(405, "METHOD_NOT_ALLOWED", "ask by POST or GET")
        if visit.media is None and not takes_parts(visit.accept):
            raise Refusal(406, "NOT_ACCEPTABLE", f"an answer is {' or '.join(ANSWERS)}")
        principal = await self._principal(scope)
        bulk = Granted.BULK_READ in principal.scopes
        most = limits.bulk_body_bytes if bulk else limits.body_bytes
        # An answer to half a request would end the connection: the body comes first, it is small.
        request = await read_request(scope, visit.headers, receive, limits, most)
        operation = self._operations.begin(visit.id, visit.address, principal, request)
        return await until_disconnected(receive, self._asked(visit, operation))

    async def _principal(self, scope: Scope, again: bool = False) -> Principal:
        return await self._guards.authenticator(
            scope["headers"], peer(scope), scope["query_string"], again=again
        )

    async def _asked(self, visit: HttpExchange, operation: Operation) -> Reply | Stream:
        try:
            prepared = await self._operations.admit(operation, ALLOWED[operation.request.method])
        except InvalidOperationTypeError:
            raise Refusal(405, "METHOD_NOT_ALLOWED", "ask for changes by POST") from None
        if isinstance(prepared, list):
            media = visit.media or GRAPHQL_JSON  # streams have no way to tell of it but the status
            return failed(prepared, media, {"cost": cost(operation.context)})
        chosen = form(visit.accept, prepared) if visit.scope["method"] != "HEAD" else None
        if chosen is not None:
            state = visit.scope.get("state")
            again = partial(self._principal, visit.scope, again=True)
            return self._streams.reply(chosen, operation, prepared, visit.receive, state, again)
        if prepared.type is OperationType.SUBSCRIPTION:
            text = f"a subscription is answered as {EVENTS} or {MULTIPART}"
            raise Refusal(406, "NOT_ACCEPTABLE", text)
        try:
            return await self._answered(visit, operation, prepared)
        except EndedError as ended:
            return failed(ended.errors, visit.media, {"cost": cost(operation.context)})

    async def _answered(
        self, visit: HttpExchange, operation: Operation, prepared: Prepared
    ) -> Reply:
        request, principal = operation.request, operation.context.principal
        rule = _policy(prepared)
        if PERSON in rule.tags and operation.context.loaders.scope.policy.reads_personal_data:
            rule = replace(rule, private=True)  # each reading is recorded
        keeps = self._cache is not None and rule.keeps
        trace = FederatedTrace() if visit.headers.get(TRACED[0]) == TRACED[1] else None
        wrong: list[GraphQLError] = []
        kept = True

        async def compute() -> Answer:
            nonlocal kept
            kept = False
            tagged = keeps or request.method == "GET"
            return await self._computed(operation, prepared, rule, tagged, wrong)

        if self._cache is None or not keeps:
            answer = await compute()
        else:
            answer = await self._cache.answer(_key(request, principal), rule.depends_on, compute)
        if kept:
            await self._operations.settle(operation, KEPT)
            if refusals := self._operations.read(operation, answer.readings):
                return failed(refusals, visit.media, {"cost": cost(operation.context)})
        shared = not principal.known
        reply = answered(request.method, visit.headers, answer, rule, shared)
        if reply.status == 200 and not (shared and request.method == "GET" and answer.max_age):
            # What others may be given as well says nothing of one caller's budget.
            told = extensions(operation.context)
            if trace is not None:
                told["ftv1"] = trace.ended(wrong)
            reply.body = extended(reply.body, told)
        return reply

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
        # Weak, since whoever compresses the answer keeps its tag.
        etag = f'W/"{blake2b(body, digest_size=16).hexdigest()}"' if tagged else ""
        # Notes of what was withheld belong to the answer, and are not kept.
        whole = not errors and not operation.context.ledger.withheld
        max_age = rule.max_age if rule.keeps and whole else 0
        return Answer(body, etag, max_age, readings=operation.readings)


def _over(error: BudgetError) -> Reply:
    refusal = Refusal(429, "LIMIT_EXCEEDED", str(error), **error.extensions)
    return refused(refusal, retry_after=str(error.retry_after))


def _policy(prepared: Prepared) -> CachePolicy:
    """The policy of an answer; those to mutations are never kept, nor are names in a document
    that look like personal data, which the answer repeats."""
    document, name = prepared.document, prepared.name
    found: CachePolicy | None = document.notes.get(name)
    if found is None:
        fields = document.requested_fields(name)
        kept = fields is not None and not PERSONAL.search(prepared.text)
        found = document.notes[name] = policy(fields) if fields and kept else NOT_KEPT
    return found


def _key(request: PlainRequest, principal: Principal) -> bytes:
    """What an answer depends on, its caller among it."""
    parts = [request.method, *_sees(principal)]
    return request_key(request.text, request.operation, request.variables, request.language, parts)


def _sees(principal: Principal) -> list[str]:
    """All that an answer may depend on of its caller."""
    narrowed = (principal.country, principal.region, principal.programme, principal.person)
    return [" ".join(sorted(principal.scopes)), *(part or "" for part in narrowed)]
