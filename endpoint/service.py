"""One request after another: who asks, whether they may, what it costs, and the answer."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import lru_cache
from hashlib import blake2b
from ipaddress import IPv4Network, IPv6Network
from secrets import token_hex
from typing import Any

import orjson
from graphql import GraphQLError
from starlette.types import ASGIApp, Receive, Scope, Send
from strawberry.schema.exceptions import CannotGetOperationTypeError, InvalidOperationTypeError
from strawberry.types.graphql import OperationType

from audit import AccessLog, AccessLogUnavailable
from auth import Authenticator, InvalidToken, Principal, ProviderUnavailable
from auth import Scope as Granted
from cache import Answer, ResponseCache, request_key
from endpoint.addresses import counted_as, within
from endpoint.recording import record_disclosure, record_refusal, record_stranger
from endpoint.replies import Reply, answered, extended, failed, presented, refused
from endpoint.requests import PERSONAL, Headers, PlainRequest, read_request, request_id
from guard import Limits
from guard.budget import Budget, BudgetError
from guard.disconnect import ClientGoneError, until_disconnected
from guard.protocol import Refusal
from guard.trusted import TrustedDocuments
from resolvers.context import Context
from resolvers.errors import ForbiddenError, LimitError, UnavailableError
from schema import schema
from schema.cache_policy import NOT_KEPT, CachePolicy, policy
from schema.federation import Prepared

ALLOWED = {"POST": (OperationType.QUERY, OperationType.MUTATION), "GET": (OperationType.QUERY,)}
# What it costs, in points, to be refused: each refusal is recorded.
REFUSED = 100
INTROSPECTION = {"__schema", "__type"}


@dataclass(frozen=True)
class Guards:
    """What a request has to pass; ``person_key`` hashes people's ids in the access log;
    ``proxies`` are believed about the address of a caller."""

    authenticator: Authenticator
    access_log: AccessLog
    budget: Budget
    limits: Limits
    person_key: bytes = field(repr=False)
    proxies: tuple[IPv4Network | IPv6Network, ...] = ()
    production: bool = False
    trusted: TrustedDocuments = field(default_factory=TrustedDocuments)


@dataclass(slots=True)
class Visit:
    """One request: its headers, its id, and who its caller is to the budget."""

    scope: Scope
    headers: Headers
    id: str
    address: str

    @property
    def accept(self) -> str:
        """The media types that the caller takes."""
        return self.headers.get("accept", "")


class Endpoint:
    """The GraphQL endpoint (ASGI); browsers are shown what ``page`` makes for each visit."""

    def __init__(
        self,
        cursor_key: bytes,
        guards: Guards,
        cache: ResponseCache | None,
        page: Callable[[], ASGIApp],
    ) -> None:
        self._cursor_key = cursor_key
        self._guards = guards
        self._limits = guards.limits
        self._cache = cache
        self._page = page

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await send({"type": "websocket.close", "code": 1008})
            return
        headers = {n.decode("latin-1"): v.decode("latin-1") for n, v in scope["headers"]}
        if scope["method"] == "GET" and "text/html" in headers.get("accept", ""):
            await self._page()(scope, receive, send)
            return
        given = request_id(headers)
        visit = Visit(scope, headers, given or token_hex(16), self._address(scope, headers))
        try:
            reply = await self._reply(visit, receive)
        except ClientGoneError:
            return
        await reply.send(visit.id, visit.accept, send)

    async def _reply(self, visit: Visit, receive: Receive) -> Reply:
        try:
            return await self._served(visit, receive)
        except Refusal as refusal:
            allow = {"allow": "GET, POST"} if refusal.status == 405 else {}
            return refused(refusal, **allow)
        except BudgetError as error:
            return _over(error)
        except InvalidToken as error:
            return await self._unknown(visit, error)
        except ProviderUnavailable as error:
            return refused(Refusal(503, "UNAVAILABLE", error.description))

    async def _unknown(self, visit: Visit, error: InvalidToken) -> Reply:
        """The reply to who shows a token that is not good: it is never taken for none."""
        try:
            await self._guards.budget.spend(visit.address, REFUSED, self._limits.public_budget)
        except BudgetError as over:
            return _over(over)
        await record_stranger(self._guards.access_log, visit.id)
        told = Refusal(error.status, "UNAUTHENTICATED", error.description)
        return refused(told, www_authenticate=error.challenge)

    async def _served(self, visit: Visit, receive: Receive) -> Reply:
        scope, limits = visit.scope, self._limits
        if scope["method"] not in ALLOWED:
            raise Refusal(405, "METHOD_NOT_ALLOWED", "ask by POST or GET")
        peer = scope["client"][0] if scope.get("client") else None
        principal = await self._guards.authenticator(scope["headers"], peer, scope["query_string"])
        bulk = Granted.BULK_READ in principal.scopes
        most = limits.bulk_body_bytes if bulk else limits.body_bytes
        # An answer to half a request would end the connection: the body comes first, it is small.
        request = await read_request(scope, visit.headers, receive, limits, most)
        self._guards.budget.check(_who(visit, principal))
        context = Context(
            request.language,
            self._cursor_key,
            principal,
            limits,
            purpose=request.purpose,
            person_key=self._guards.person_key,
        )
        return await until_disconnected(receive, self._asked(visit, request, context))

    async def _asked(self, visit: Visit, request: PlainRequest, context: Context) -> Reply:
        prepared = self._prepared(request, context)
        await self._spend(visit, context, isinstance(prepared, list))
        if isinstance(prepared, list):
            if any(isinstance(error, ForbiddenError) for error in prepared):
                log = self._guards.access_log
                await record_refusal(log, visit.id, request.text, context, prepared)
            return failed(prepared, visit.accept, {"cost": _cost(context)})
        return await self._answered(visit, request, prepared)

    def _prepared(self, request: PlainRequest, context: Context) -> Prepared | list[GraphQLError]:
        """The operation, or why its caller may not ask it."""
        caller = context.principal
        if not self._guards.trusted.allow(caller.client, request.text):
            return [ForbiddenError("this client may run trusted documents and nothing else")]
        try:
            prepared = schema.prepare(
                request.text,
                request.variables,
                request.operation,
                context,
                ALLOWED[request.method],
            )
        except CannotGetOperationTypeError:
            raise _no_operation(request) from None
        except InvalidOperationTypeError:
            raise Refusal(405, "METHOD_NOT_ALLOWED", "ask for changes by POST") from None
        if self._guards.production and not caller.known and isinstance(prepared, Prepared):
            # Only callers who say who they are may look at the schema.
            asked = prepared.document.asked(prepared.name) or {}
            if INTROSPECTION & set(asked.get("Query", ())):
                return [ForbiddenError("introspection is for callers with a token")]
        return prepared

    async def _spend(self, visit: Visit, context: Context, refused: bool) -> None:
        caller, spent, limits = context.principal, context.spent, self._limits
        cost = max(spent.requested, REFUSED if refused else 1)
        budget = limits.budget if caller.known else limits.public_budget
        spent.left = await self._guards.budget.spend(_who(visit, caller), cost, budget)

    async def _answered(self, visit: Visit, request: PlainRequest, prepared: Prepared) -> Reply:
        context = prepared.context
        rule = _policy(prepared)
        keeps = self._cache is not None and rule.keeps

        async def compute() -> Answer:
            return await self._computed(visit, prepared, rule, keeps or request.method == "GET")

        if self._cache is None or not keeps:
            answer = await compute()
        else:
            parts = [request.method, *_sees(context.principal)]
            variables, language = request.variables, request.language
            key = request_key(request.text, request.operation, variables, language, parts)
            answer = await self._cache.answer(key, rule.depends_on, compute)
        shared = not context.principal.known
        reply = answered(request.method, visit.headers, answer, rule, shared)
        if reply.status == 200 and not (shared and request.method == "GET" and answer.max_age):
            # What others may be given as well says nothing of one caller's budget.
            reply.body = extended(reply.body, _extensions(context))
        return reply

    async def _computed(
        self, visit: Visit, prepared: Prepared, rule: CachePolicy, tagged: bool
    ) -> Answer:
        result = await schema.run(prepared)
        data, errors = result.data, result.errors or []
        try:
            await record_disclosure(
                self._guards.access_log, visit.id, prepared.text, prepared.context
            )
        except AccessLogUnavailable:
            data, errors = None, [UnavailableError("the access cannot be recorded now")]
        body = _dumped(data, errors)
        if len(body) > self._limits.response_bytes:
            most = self._limits.response_bytes
            errors = [LimitError(f"the answer would have more than {most} bytes: ask for less")]
            body = _dumped(None, errors)
        etag = f'"{blake2b(body, digest_size=16).hexdigest()}"' if tagged else ""
        return Answer(body, etag, rule.max_age if rule.keeps and not errors else 0)

    def _address(self, scope: Scope, headers: Headers) -> str:
        """Whom a request without a token counts for."""
        peer = scope["client"][0] if scope.get("client") else ""
        forwarded = headers.get("x-forwarded-for")
        if forwarded and within(peer, self._guards.proxies):
            peer = forwarded.rpartition(",")[2].strip()
        return counted_as(peer)


def _who(visit: Visit, caller: Principal) -> str:
    """Whose budget a request is paid from."""
    return f"client:{caller.client}" if caller.known else visit.address


def _over(error: BudgetError) -> Reply:
    refusal = Refusal(429, "LIMIT_EXCEEDED", str(error))
    return refused(refusal, retry_after=str(error.retry_after))


def _no_operation(request: PlainRequest) -> Refusal:
    unknown = "the document has no operation of this name"
    text = unknown if request.operation else "say which operation is meant"
    return Refusal(400, "BAD_USER_INPUT", f"operationName: {text}")


def _policy(prepared: Prepared) -> CachePolicy:
    """The policy of an answer; those to mutations are never kept, nor are names in a document
    that look like personal data, which the answer repeats."""
    document, name = prepared.document, prepared.name
    found: CachePolicy | None = document.notes.get(name)
    if found is None:
        asked = document.asked(name)
        kept = asked is not None and not PERSONAL.search(prepared.text)
        found = document.notes[name] = policy(asked) if asked and kept else NOT_KEPT
    return found


def _sees(principal: Principal) -> list[str]:
    """All that an answer may depend on of its caller."""
    narrowed = (principal.country, principal.region, principal.programme, principal.person)
    return [" ".join(sorted(principal.scopes)), *(part or "" for part in narrowed)]


def _dumped(data: Any, errors: Sequence[GraphQLError]) -> bytes:
    shown: dict[str, Any] = {"data": data}
    if errors:
        shown["errors"] = presented(errors)
    return orjson.dumps(shown)


def _extensions(context: Context) -> dict[str, Any]:
    found: dict[str, Any] = {"cost": _cost(context)}
    if context.disclosure.withheld:
        found["withheld"] = context.disclosure.notes
    return found


def _cost(context: Context) -> dict[str, Any]:
    spent = context.spent
    left = spent.left
    budget = left and {
        "limit": left.limit,
        "remaining": left.remaining,
        "resetsAt": _instant(left.resets_at),
    }
    return {"requested": spent.requested, "actual": spent.actual, "budget": budget}


@lru_cache(maxsize=10)
def _instant(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat()
