"""Operations of every transport: admission, budget, execution and the access log."""

from collections.abc import AsyncGenerator, Collection, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any, NoReturn, TypeAlias

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
from erikti.errors import (
    ApiError,
    ForbiddenError,
    InvalidParameterError,
    OperationError,
    RequestError,
    TimeLimitError,
    UnavailableError,
    UnknownDocumentError,
)
from erikti.guard.budget import Budget, BudgetError, Remaining
from erikti.guard.costs import CostAccount
from erikti.guard.limits import Limits
from erikti.guard.lookups import Lookups
from erikti.masking import internal_error
from erikti.serving.addresses import NO_PROXIES, Proxies
from erikti.trusted_documents.lookup import TrustedDocuments
from models.issuers import IssuerGuard
from resolvers.context import Context
from resolvers.dataloaders.suppression import THRESHOLD
from resolvers.live_figures import LiveFigures
from schema.engine.engine import Engine, Prepared

# What a rejected operation costs, in points: each rejection is recorded.
REJECTED = 100
UNRECORDED = "The access cannot be recorded now: retry later."
RECORDED = 5  # points of an operation whose access may have to be recorded
READ = 25  # characters for a point, of a document that has to be parsed
INTROSPECTION = {"__schema", "__type"}


@dataclass(frozen=True)
class Guards:
    """The checks that a request has to pass. ``person_key`` hashes people's ids in the access log,
    ``proxies`` are trusted with the address of a client, ``issuers`` guards the database."""

    authenticator: Authenticator
    access_log: AccessLog
    budget: Budget
    limits: Limits
    person_key: bytes = field(repr=False)
    readings: Readings
    proxies: Proxies = NO_PROXIES
    production: bool = False
    documents: TrustedDocuments = field(default_factory=TrustedDocuments)
    issuers: IssuerGuard | None = None
    threshold: int = THRESHOLD


@dataclass(slots=True)
class Operation:
    """A requested operation: the ``id`` of its request, and its payer.

    ``request`` has a text once the operation is admitted. ``is_event`` marks an execution for
    an event of a subscription that was admitted before. The operation costs at least ``least``
    points. ``readings`` are of the records about people in its result. ``failure`` is the error of
    its statement, if that was tried before.
    """

    id: str
    payer: Payer
    request: PlainRequest
    context: Context
    is_event: bool = False
    least: int = 1
    readings: list[Reading] = field(default_factory=list)
    failure: Exception | None = None


# The operation, its data and its errors.
Event: TypeAlias = tuple[Operation, object, Sequence[GraphQLError]]


class Operations:
    """Takes operations through the guards, the same way for every transport."""

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

    @property
    def person_key(self) -> bytes:
        """The key that hashes what identifies people in the access log."""
        return self._guards.person_key

    def begin(
        self, number: str, address: str, principal: Principal, request: PlainRequest
    ) -> Operation:
        """Return the operation of a request; raises BudgetError if its payer has no budget left.

        ``number`` is the id of the request. Requests without a token are charged to their
        ``address``.
        """
        found = payer(principal, address)
        self.check_budget(found)
        return Operation(number, found, request, self._context(found, principal, request))

    def check_budget(self, paying: Payer) -> None:
        """Raise BudgetError if a payer was rejected in this window with almost nothing left."""
        budget, (who, client) = self._guards.budget, paying
        budget.check(who)
        if client is not None:
            budget.check(client)

    async def unreadiness(self) -> str | None:
        """Return why the database may not be read; None if it may."""
        issuers = self._guards.issuers
        return None if issuers is None else await issuers.unreadiness()

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
            threshold=self._guards.threshold,
        )

    def _lookups(self, paying: Payer, principal: Principal) -> Lookups:
        """Misses count for all users of a client together: one program may guess for them."""
        together = paying.client or paying.who
        points, most = self._points(principal), self._limits.iin_misses
        return Lookups(self._guards.budget, paying.who, points, together, most)

    def _points(self, principal: Principal) -> int:
        """Return the budget of a caller, in points."""
        return self._limits.budget if principal.known else self._limits.public_budget

    async def admit(self, operation: Operation, allowed: Collection[OperationType]) -> Prepared:
        """Return the operation, charged to its payer. Rejected access is recorded.

        A document that is requested by its hash is looked up, and its text is in the request.
        Raises OperationError, RequestError if the document has no such operation,
        InvalidOperationTypeError if it is of another type than ``allowed``, and BudgetError.
        """
        try:
            await self._find_text(operation)
            text = operation.request.text
            operation.least = 1 if self.engine.documents.is_cached(text) else 1 + len(text) // READ
            await self.engine.read(text, operation.context)
            prepared = self._prepared(operation, allowed)
        except RequestError:
            raise
        except ApiError as error:
            await self._reject(operation, [error.with_traceback(None)])
        except OperationError as error:
            await self._reject(operation, error.errors)
        if operation.context.ledger.coordinates:
            operation.least = max(operation.least, RECORDED)
        await self._spend(operation, 1)
        if not operation.is_event:
            request, client = operation.request, operation.context.principal.client
            documents, name = self._guards.documents, prepared.operation_name
            await documents.admitted(request.document, request.text, client, name)
        return prepared

    async def _reject(self, operation: Operation, errors: Sequence[GraphQLError]) -> NoReturn:
        """Charge and record a rejected operation."""
        await self._spend(operation, 1 if _may_retry(errors) else REJECTED)
        if any(map(_is_forbidden, errors)):
            log, text = self._guards.access_log, operation.request.text
            await record_refusal(log, operation.id, text, operation.context, errors)
        raise OperationError(errors) from None

    async def execute(
        self, operation: Operation, prepared: Prepared, root: object = None
    ) -> tuple[object, Sequence[GraphQLError]]:
        """Return data and errors of an operation; access to personal data is recorded first.

        ``root`` is the event that a subscription is executed for.
        """
        result = await self.engine.run(prepared, root, operation.failure)
        errors = result.errors or []
        if any(map(_is_forbidden, errors)):
            operation.least = max(operation.least, REJECTED)  # it is recorded
        # An operation that timed out costs all that it reserved.
        if not any((error.extensions or {}).get("code") == TimeLimitError.code for error in errors):
            await self.settle(operation, operation.context.spent.actual)
        return await self.disclosed(operation, result.data, errors)

    async def settle(self, operation: Operation, points: int) -> None:
        """Charge the actual cost: refund the difference, or charge more."""
        spent = operation.context.spent
        spent.actual = points
        cost = max(points, operation.least)
        if spent.left is not None and spent.charged > cost:
            unused, spent.charged = spent.charged - cost, cost
            spent.left = await self.refund(operation.payer, unused, spent.left)
        elif (more := operation.least - spent.charged) > 0:
            with suppress(BudgetError):  # nothing is left: the next request is rejected
                await self._take(operation.payer, operation.context.principal, spent, more)

    async def events(self, operation: Operation, prepared: Prepared) -> AsyncGenerator[Event, None]:
        """Yield data and errors at each event of a subscription, with the operation of the event.

        Each event is a separate operation: admitted, charged and recorded, with its own loaders
        and snapshot of the database. Raises OperationError at the end of the
        subscription, and BudgetError.
        """
        async with self.engine.source(prepared) as source:
            async for event in source:
                context = self._context(
                    operation.payer, operation.context.principal, operation.request
                )
                again = replace(operation, context=context, is_event=True)
                admitted = await self.admit(again, (OperationType.SUBSCRIPTION,))
                data, errors = await self.execute(again, admitted, event)
                yield again, data, errors

    async def disclosed(
        self, operation: Operation, data: object, errors: Sequence[GraphQLError]
    ) -> tuple[object, Sequence[GraphQLError]]:
        """Return data and errors to send: without the data if the access cannot be recorded."""
        log, text = self._guards.access_log, operation.request.text
        if refused := [error for error in errors if _is_forbidden(error)]:
            await record_refusal(log, operation.id, text, operation.context, refused)
        try:
            await record_disclosure(log, operation.id, text, operation.context)
            operation.readings = readings_of(operation.context)
            self.read(operation, operation.readings)
        except AccessLogUnavailableError:
            return None, [UnavailableError(UNRECORDED)]
        except UnavailableError as error:
            return None, [error.with_traceback(None)]
        return data, errors

    def read(self, operation: Operation, readings: Sequence[Reading]) -> None:
        """Count records that were read, for the access log; raises UnavailableError."""
        context = operation.context
        self.note(operation.request.text, context.principal, context.purpose, readings)

    def note(
        self, text: str, caller: Principal, purpose: str | None, readings: Sequence[Reading]
    ) -> None:
        """Count records that a caller reads by a document; raises UnavailableError."""
        try:
            note_readings(self._guards.readings, text, caller, purpose, readings)
        except AccessLogUnavailableError:
            raise UnavailableError(UNRECORDED) from None

    async def invalid_token(self, number: str, address: str) -> None:
        """Charge and record a token that is not valid; raises BudgetError."""
        await self._guards.budget.spend(address, REJECTED, self._limits.public_budget)
        await record_invalid_token(self._guards.access_log, number)

    async def _find_text(self, operation: Operation) -> None:
        """Put the text of the document into the request; raises ApiError, OperationError."""
        if reason := await self.unreadiness():
            raise UnavailableError(reason)
        documents = self._guards.documents
        request, client = operation.request, operation.context.principal.client
        try:
            text = await documents.text(request.document, request.text, client)
        except ApiError:
            raise
        except Exception as error:
            raise OperationError([internal_error(error)]) from None
        if text != request.text:
            operation.request = replace(request, text=text)

    def _prepared(self, operation: Operation, allowed: Collection[OperationType]) -> Prepared:
        request, caller = operation.request, operation.context.principal
        try:
            prepared = self.engine.prepare(
                request.text, request.variables, request.operation, operation.context, allowed
            )
        except CannotGetOperationTypeError:
            raise _no_operation(request) from None
        if self._guards.production and not caller.known:
            # Introspection is for authenticated callers.
            fields = prepared.document.requested_fields(prepared.name) or {}
            if INTROSPECTION & set(fields.get("Query", ())):
                raise ForbiddenError("Introspection needs a token.")
        return prepared

    async def _spend(self, operation: Operation, least: int) -> None:
        spent = operation.context.spent
        cost = max(spent.requested, operation.least, least)
        await self._take(operation.payer, operation.context.principal, spent, cost)

    async def _take(
        self, paying: Payer, principal: Principal, spent: CostAccount, points: int
    ) -> None:
        """Charge points for an operation; raises BudgetError, with nothing charged."""
        spent.left = await self.charge(paying, principal, points)
        spent.charged += points

    async def refund(self, paying: Payer, points: int, left: Remaining) -> Remaining:
        """Refund points to the payer; ``left`` is what ``charge`` returned for them."""
        if points <= 0:
            return left
        budget, (who, client) = self._guards.budget, paying
        if client is not None:
            await budget.give_back(client, points, left)
        return await budget.give_back(who, points, left)

    async def charge(
        self, paying: Payer, principal: Principal, points: int, needed: int | None = None
    ) -> Remaining:
        """Charge points to the payer; raises BudgetError, with nothing charged, if fewer are left
        than are ``needed``: by default the points."""
        budget, (who, client) = self._guards.budget, paying
        left = await budget.spend(who, points, self._points(principal), needed)
        if client is not None:
            try:
                await budget.spend(client, points, self._limits.client_budget, needed)
            except BudgetError:
                await budget.give_back(who, points, left)
                raise
        return left


def _is_forbidden(error: GraphQLError) -> bool:
    return (error.extensions or {}).get("code") == ForbiddenError.code


def _may_retry(errors: Sequence[GraphQLError]) -> bool:
    """Whether a retry is right: unknown documents are part of Apollo's protocol."""
    return any(isinstance(error, UnknownDocumentError | UnavailableError) for error in errors)


def _no_operation(request: PlainRequest) -> RequestError:
    unknown = "the document has no operation of this name"
    return InvalidParameterError(
        f"operationName: {unknown if request.operation else 'name one of the operations'}"
    )
