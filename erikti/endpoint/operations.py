"""One operation past all guards, whatever it came over: whether its caller may, and its cost."""

from collections.abc import AsyncGenerator, Collection, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any, TypeAlias

from graphql import GraphQLError
from strawberry.schema.exceptions import CannotGetOperationTypeError
from strawberry.types.graphql import OperationType

from erikti.audit import AccessLog, AccessLogUnavailableError, Readings
from erikti.auth.authenticator import Authenticator
from erikti.auth.principal import Principal
from erikti.cache import Reading
from erikti.endpoint.access_log_entries import (
    note_readings,
    readings_of,
    record_disclosure,
    record_invalid_token,
    record_refusal,
)
from erikti.endpoint.payers import Payer, payer
from erikti.endpoint.requests import PlainRequest
from erikti.guard.budget import Budget, BudgetError
from erikti.guard.costs import CostAccount
from erikti.guard.limits import Limits
from erikti.guard.lookups import Lookups
from erikti.guard.refusals import Refusal
from erikti.serving.addresses import NO_PROXIES, Proxies
from erikti.trusted_documents.lookup import TrustedDocuments
from models.issuers import IssuerGuard
from resolvers.context import Context
from resolvers.errors import (
    ApiError,
    ForbiddenError,
    TimeLimitError,
    UnavailableError,
    UnknownDocumentError,
)
from resolvers.live_figures import LiveFigures
from schema.engine.engine import Engine, Prepared
from schema.engine.errors import hidden
from schema.engine.event_streams import EndedError

# What it costs, in points, to be refused: each refusal is recorded.
REFUSED = 100
UNRECORDED = "the access cannot be recorded now"
RECORDED = 5  # points of what may have to be recorded before it leaves
READ = 25  # characters of a document that is not at hand, which are read for a point
INTROSPECTION = {"__schema", "__type"}


@dataclass(frozen=True)
class Guards:
    """What a request has to pass; ``person_key`` hashes people's ids in the access log;
    ``proxies`` are believed about the address of a client, ``fitness`` is the database's."""

    authenticator: Authenticator
    access_log: AccessLog
    budget: Budget
    limits: Limits
    person_key: bytes = field(repr=False)
    readings: Readings
    proxies: Proxies = NO_PROXIES
    production: bool = False
    documents: TrustedDocuments = field(default_factory=TrustedDocuments)
    fitness: IssuerGuard | None = None


@dataclass(slots=True)
class Operation:
    """An operation as it was asked: ``id`` of its request, and its payer.

    ``request`` has a text once the operation is admitted. ``is_event`` says that it was
    admitted before, and is executed again at an event of its subscription. It costs ``least``
    points whatever becomes of it. ``readings`` are of the records about people that it gives.
    """

    id: str
    payer: Payer
    request: PlainRequest
    context: Context
    is_event: bool = False
    least: int = 1
    readings: list[Reading] = field(default_factory=list)


# What was asked, data and errors.
Event: TypeAlias = tuple[Operation, Any, Sequence[GraphQLError]]


class Operations:
    """The way of an operation through the guards, the same over every transport."""

    def __init__(
        self,
        engine: Engine,
        cursor_key: bytes,
        guards: Guards,
        figures: LiveFigures[int, Any] | None = None,
    ) -> None:
        self.engine = engine
        self._cursor_key = cursor_key
        self._figures = figures
        self._guards = guards
        self._limits = guards.limits

    def begin(
        self, number: str, address: str, principal: Principal, request: PlainRequest
    ) -> Operation:
        """What a principal asks; raises BudgetError where they have no budget left.

        ``number`` is the id of the request. Whoever shows no token pays from the budget of
        their ``address``.
        """
        found = payer(principal, address)
        for who in filter(None, found):
            self._guards.budget.check(who)
        return Operation(number, found, request, self._context(found, principal, request))

    def _context(self, paying: Payer, principal: Principal, request: PlainRequest) -> Context:
        return Context(
            request.language,
            self._cursor_key,
            principal,
            self._limits,
            purpose=request.purpose,
            person_key=self._guards.person_key,
            figures=self._figures,
            who=paying.who,
            lookups=self._lookups(paying, principal),
            pay=partial(self._take, paying, principal),
        )

    def _lookups(self, paying: Payer, principal: Principal) -> Lookups:
        """Misses count for all users of a client together: one program may guess for them."""
        together = paying.client or paying.who
        points, most = self._points(principal), self._limits.iin_misses
        return Lookups(self._guards.budget, paying.who, points, together, most)

    def _points(self, principal: Principal) -> int:
        """The budget of a caller."""
        return self._limits.budget if principal.known else self._limits.public_budget

    async def admit(
        self, operation: Operation, allowed: Collection[OperationType]
    ) -> Prepared | list[GraphQLError]:
        """The operation, paid for, or why its caller may not ask it, which is recorded.

        A document that is asked for by its hash is looked up, and its text is in the request.
        Raises Refusal where the document has no such operation, InvalidOperationTypeError
        where it is of another type than is ``allowed``, and BudgetError.
        """
        found: Prepared | list[GraphQLError] = await self._found(operation)
        if not found:
            text = operation.request.text
            operation.least = 1 if self.engine.documents.knows(text) else 1 + len(text) // READ
            found = await self._read(operation)
        if not found:
            found = self._prepared(operation, allowed)
            if operation.context.ledger.coordinates:
                operation.least = max(operation.least, RECORDED)
        errors = found if isinstance(found, list) else None
        await self._spend(operation, errors is not None and not _may_ask_again(errors))
        if errors is not None and any(map(_is_forbidden, errors)):
            log, text = self._guards.access_log, operation.request.text
            await record_refusal(log, operation.id, text, operation.context, errors)
        if isinstance(found, Prepared) and not operation.is_event:
            request, client = operation.request, operation.context.principal.client
            documents = self._guards.documents
            await documents.admitted(request.document, request.text, client, found.operation_name)
        return found

    async def execute(
        self, operation: Operation, prepared: Prepared, root: Any = None
    ) -> tuple[Any, Sequence[GraphQLError]]:
        """Data and errors of an operation; whose personal data they hold is recorded before.

        ``root`` is the event that a subscription is executed for.
        """
        result = await self.engine.run(prepared, root)
        errors = result.errors or []
        if any(map(_is_forbidden, errors)):
            operation.least = max(operation.least, REFUSED)  # it is recorded
        # What took too long has cost what it was allowed to.
        if not any((error.extensions or {}).get("code") == TimeLimitError.code for error in errors):
            await self.settle(operation, operation.context.spent.actual)
        return await self.disclosed(operation, result.data, errors)

    async def settle(self, operation: Operation, points: int) -> None:
        """Charge what the operation came to: give back what was taken above that, or take more."""
        spent = operation.context.spent
        spent.actual = points
        cost = max(points, operation.least)
        if spent.left is not None and spent.charged > cost:
            unused, spent.charged = spent.charged - cost, cost
            for who in filter(None, reversed(operation.payer)):
                left = await self._guards.budget.give_back(who, unused, spent.left)
            spent.left = left
        elif (more := operation.least - spent.charged) > 0:
            with suppress(BudgetError):  # there is no more left: the next request is rejected
                await self._take(operation.payer, operation.context.principal, spent, more)

    async def events(self, operation: Operation, prepared: Prepared) -> AsyncGenerator[Event, None]:
        """Data and errors at each event of a subscription, with what they were asked by.

        Each event is an operation of its own: admitted and paid for anew, with loaders and a
        state of the database of its own, and recorded. Raises EndedError where nothing more
        will come, and BudgetError.
        """
        async with self.engine.source(prepared) as source:
            async for event in source:
                context = self._context(
                    operation.payer, operation.context.principal, operation.request
                )
                again = replace(operation, context=context, is_event=True)
                admitted = await self.admit(again, (OperationType.SUBSCRIPTION,))
                if isinstance(admitted, list):
                    raise EndedError(admitted)
                data, errors = await self.execute(again, admitted, event)
                yield again, data, errors

    async def disclosed(
        self, operation: Operation, data: Any, errors: Sequence[GraphQLError]
    ) -> tuple[Any, Sequence[GraphQLError]]:
        """Data and errors as they may leave: without the data where that cannot be recorded."""
        log, text = self._guards.access_log, operation.request.text
        if refusals := [error for error in errors if _is_forbidden(error)]:
            await record_refusal(log, operation.id, text, operation.context, refusals)
        try:
            await record_disclosure(log, operation.id, text, operation.context)
        except AccessLogUnavailableError:
            return None, [UnavailableError(UNRECORDED)]
        operation.readings = readings_of(operation.context)
        unrecorded = self.read(operation, operation.readings)
        return (None, unrecorded) if unrecorded else (data, errors)

    def read(self, operation: Operation, readings: Sequence[Reading]) -> list[GraphQLError]:
        """Count what is read for the access log; errors where that cannot be done."""
        try:
            note_readings(
                self._guards.readings, operation.request.text, operation.context, readings
            )
        except AccessLogUnavailableError:
            return [UnavailableError(UNRECORDED)]
        return []

    async def stranger(self, number: str, address: str) -> None:
        """Record, at their cost, that somebody showed a bad token; raises BudgetError."""
        await self._guards.budget.spend(address, REFUSED, self._limits.public_budget)
        await record_invalid_token(self._guards.access_log, number)

    async def _found(self, operation: Operation) -> list[GraphQLError]:
        """Why the document of a request cannot be run, nothing where its text is there."""
        fitness = self._guards.fitness
        if fitness is not None and (unreadiness := await fitness.unreadiness()):
            return [UnavailableError(unreadiness)]
        try:
            client = operation.context.principal.client
            request = operation.request
            text = await self._guards.documents.text(request.document, request.text, client)
            if text != request.text:
                operation.request = replace(request, text=text)
        except ApiError as error:
            return [error.with_traceback(None)]
        except Exception as error:
            return [hidden(error)]
        return []

    async def _read(self, operation: Operation) -> list[GraphQLError]:
        """Why the document of a request is not read now, nothing where it is."""
        try:
            await self.engine.read(operation.request.text, operation.context)
        except UnavailableError as error:
            return [error.with_traceback(None)]
        return []

    def _prepared(
        self, operation: Operation, allowed: Collection[OperationType]
    ) -> Prepared | list[GraphQLError]:
        request, caller = operation.request, operation.context.principal
        try:
            prepared = self.engine.prepare(
                request.text, request.variables, request.operation, operation.context, allowed
            )
        except CannotGetOperationTypeError:
            raise _no_operation(request) from None
        if self._guards.production and not caller.known and isinstance(prepared, Prepared):
            # Only callers who say who they are may look at the schema.
            fields = prepared.document.requested_fields(prepared.name) or {}
            if INTROSPECTION & set(fields.get("Query", ())):
                return [ForbiddenError("introspection is for callers with a token")]
        return prepared

    async def _spend(self, operation: Operation, refused: bool) -> None:
        spent = operation.context.spent
        cost = max(spent.requested, operation.least, REFUSED if refused else 1)
        await self._take(operation.payer, operation.context.principal, spent, cost)

    async def _take(
        self, paying: Payer, principal: Principal, spent: CostAccount, points: int
    ) -> None:
        """Take points from who pays; raises BudgetError, with nothing taken."""
        budget, (who, client) = self._guards.budget, paying
        left = await budget.spend(who, points, self._points(principal))
        if client is not None:
            try:
                await budget.spend(client, points, self._limits.client_budget)
            except BudgetError:
                await budget.give_back(who, points, left)
                raise
        spent.left = left
        spent.charged += points


def _is_forbidden(error: GraphQLError) -> bool:
    return (error.extensions or {}).get("code") == ForbiddenError.code


def _may_ask_again(errors: Sequence[GraphQLError]) -> bool:
    """Whether to ask again is right: that a document is not known belongs to Apollo's protocol."""
    return any(isinstance(error, UnknownDocumentError | UnavailableError) for error in errors)


def _no_operation(request: PlainRequest) -> Refusal:
    unknown = "the document has no operation of this name"
    text = unknown if request.operation else "say which operation is meant"
    return Refusal(400, "BAD_USER_INPUT", f"operationName: {text}")
