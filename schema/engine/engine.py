"""Runs operations on a schema: within limits, with cached documents and a queue."""

from collections.abc import AsyncGenerator, AsyncIterator, Iterable
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass
from typing import Any, Protocol, cast

import orjson
from graphql import GraphQLError, GraphQLSchema
from strawberry.exceptions import MissingQueryError
from strawberry.schema.exceptions import (
    CannotGetOperationTypeError,
    InvalidOperationTypeError,
)
from strawberry.types import ExecutionResult
from strawberry.types.graphql import OperationType

from erikti.errors import ApiError, OperationError
from erikti.executor import RequestedFields
from erikti.guard.limits import Limits
from erikti.masking import internal_error, masked
from resolvers.context import Context
from schema.building.permissions import Needed, permit
from schema.engine.cache_policy import CachePolicies
from schema.engine.delivery_arguments import check_delivery
from schema.engine.error_places import of_variables
from schema.engine.event_streams import source
from schema.engine.execution import OperationExecutor, in_time
from schema.engine.expensive_operations import ExpensiveQueue, counting
from schema.engine.incremental import Emit, Part, in_parts, without_incremental
from schema.engine.parsed_documents import Document, Documents
from schema.engine.written.answers import Written, WrittenOperation
from schema.engine.written.kept import Statements
from schema.engine.written.repeated import Repeated, repeated


@dataclass(frozen=True)
class Prepared:
    """An operation that its caller may request, ready to be executed once."""

    text: str
    document: Document
    name: str | None
    variables: dict[str, object] | None
    context: Context

    @property
    def type(self) -> OperationType:
        """Whether it is a query, a mutation or a subscription."""
        found = self.document.operation(self.name)
        assert found is not None
        return OperationType(found.operation.value)

    @property
    def operation_name(self) -> str | None:
        """The name of the operation in its document, None if it has none."""
        found = self.document.operation(self.name)
        return found.name.value if found and found.name else None


class Definition(Protocol):
    """A schema: its types and their access rules, the same for every engine."""

    _schema: GraphQLSchema

    def needed(self, requested_fields: RequestedFields) -> Needed:
        """The scopes that an operation with these fields needs."""


class Engine:
    """Runs operations on a schema within limits; each application has its own.

    ``documents`` caches parsed documents, ``expensive`` queues expensive operations, and
    ``policies`` are the cache policies of responses.
    """

    def __init__(self, schema: Definition, limits: Limits | None = None) -> None:
        self.limits = limits or Limits()
        self.documents = Documents(schema._schema, limits=self.limits)
        self.expensive = ExpensiveQueue(self.limits)
        self.policies = CachePolicies(schema._schema, schema.needed)
        self._statements = Statements()
        self._definition = schema
        self._schema = schema._schema

    def needed(self, document: Document, name: str | None) -> Needed:
        """Return the scopes that an operation needs."""
        found: Needed | None = document.notes.get((Needed, name))
        if found is None:
            found = self._definition.needed(document.requested_fields(name) or {})
            document.notes[Needed, name] = found
        return found

    def _fields(self, document: Document, name: str | None) -> int:
        """Return the number of fields that decides whether an operation is expensive."""
        key = (counting, name)
        if key not in document.notes:
            own = document.fields(name)
            document.notes[key] = own + counting(document.requested_fields(name) or {})
        fields: int = document.notes[key]
        return fields

    async def read(self, text: str, context: Context) -> None:
        """Parse a long document off the event loop; raises UnavailableError.

        It counts as an expensive operation of its client.
        """
        if self.documents.is_slow(text):
            async with self.expensive.slot(context):
                await self.documents.prepare(text)

    def prepare(
        self,
        text: str,
        variables: dict[str, object] | None,
        name: str | None,
        context: Context,
        allowed: Iterable[OperationType] | None = None,
    ) -> Prepared:
        """Return an operation of a document, ready to run; no data is read.

        Its cost is noted in the context. Raises OperationError if it is invalid, goes over a
        limit or is forbidden; CannotGetOperationTypeError and InvalidOperationTypeError if
        there is no such operation, or if it is of another type than ``allowed``.
        """
        document = self.documents.find(text)
        if document.node is not None:
            _check_type(document, name, allowed)
        if document.errors:
            raise OperationError([masked(error) for error in document.errors])
        try:
            spent = context.spent
            spent.allowed = self.limits.cost
            spent.requested, spent.conditions = document.requested(
                name, variables, context.max_entities
            )
            check_delivery(document, name, variables)
            spent.fields = self._fields(document, name)
            needed = self.needed(document, name)
            context.ledger.coordinates = needed.personal
            permit(context.principal, context.purpose, needed)
            context.deprecated.extend(document.deprecated)
            self.documents.deprecated.log(context.principal.client, document.deprecated)
        except GraphQLError as error:
            # Without its frames, which would keep the request until the next garbage collection.
            raise OperationError([masked(error.with_traceback(None))]) from None
        return Prepared(text, document, name, variables, context)

    async def run(
        self, prepared: Prepared, root_value: object = None, failure: Exception | None = None
    ) -> ExecutionResult:
        """Return the result of an operation, read from one snapshot of the database.

        ``failure`` is the error of the statement that was to write it. Raises OperationError,
        before anything is read, if its variables are invalid.
        """
        try:
            async with self.expensive.admit(prepared.context):
                return await self._result(prepared, root_value, failure)
        except OperationError:
            raise
        except ApiError as error:
            return _result(None, [error])
        except Exception as error:
            return ExecutionResult(data=None, errors=[internal_error(error)])

    async def _result(
        self, prepared: Prepared, root_value: object, failure: Exception | None
    ) -> ExecutionResult:
        """Return the result, which the database has written as far as it can."""
        context = prepared.context
        written = self._written(prepared)
        given = None
        if written is not None and written.whole:
            if failure is not None:
                given = written.failed(failure)
            else:
                async with in_time(context):
                    given = await written.alone()
            if given is not None and not given.failed:
                root = written.plan.root
                context.spent.actual = given.cost + root.weight - 1 + context.spent.conditions
                data = {field.key: given.values[field.key] for field in root.all_fields}
                return ExecutionResult(data=data, errors=None)
        executor = self._executor(prepared, root_value)
        if given is not None:
            executor.given = given
        elif written is not None and not written.whole:
            executor.written = written
        result = await executor.within_limits()
        return _result(result.data, result.errors)

    def _written(self, prepared: Prepared) -> Written | None:
        """Return the part of an operation that the database writes, if there is any.

        Sizes are known before: the requested cost is that of the largest response.
        """
        document, name = prepared.document, prepared.name
        if prepared.context.spent.requested > self.limits.written_cost:
            return None
        found: WrittenOperation | None = document.notes.get((WrittenOperation, name))
        if found is None:
            node = document.operation(name)
            assert node is not None
            found = WrittenOperation(self._schema, document, node, self._statements)
            document.notes[WrittenOperation, name] = found
        return found.find(
            prepared.context, prepared.variables, lambda: self._executor(prepared, None).plan()
        )

    def repeated(self, prepared: Prepared) -> Repeated | None:
        """Return what answers such an operation again, after it was run; None if it takes more than
        a statement, or if each request of it has to be looked at."""
        document, context = prepared.document, prepared.context
        found: WrittenOperation | None = document.notes.get((WrittenOperation, prepared.name))
        if found is None or document.deprecated or context.ledger.coordinates:
            return None
        plan = found.repeated(context)
        if plan is None:
            return None
        return repeated(plan, context, document, prepared.name)

    @asynccontextmanager
    async def source(self, prepared: Prepared) -> AsyncIterator[AsyncIterator[object]]:
        """Open the events of a subscription, each the root of a run; raises OperationError."""
        made = self._executor(prepared, None)
        async with source(made, self.limits.query_seconds) as events:
            yield events

    async def parts(self, prepared: Prepared) -> AsyncGenerator[Part, None]:
        """Yield the parts of a result, for ``@defer`` and ``@stream``; the caller closes it."""

        async def work(emit: Emit) -> None:
            async with self.expensive.admit(prepared.context):
                try:
                    made = self._executor(prepared, None, parted=True)
                except OperationError as error:
                    emit({"errors": error.errors, "hasNext": False})
                    return
                await made.in_parts(prepared.document.requested_fields(prepared.name) or {}, emit)

        async with aclosing(in_parts(work)) as found:
            async for part in found:
                yield part

    def _executor(
        self, prepared: Prepared, root_value: object, parted: bool = False
    ) -> OperationExecutor:
        """Return the executor of an operation; raises OperationError for invalid variables."""
        node = prepared.document.node if parted else without_incremental(prepared.document)
        made = OperationExecutor.build(
            self._schema,
            node,  # type: ignore[arg-type]
            root_value,
            prepared.context,
            prepared.variables,
            prepared.name,
            hide_suggestions=True,
        )
        if isinstance(made, list):
            raise OperationError([masked(e) for e in of_variables(made, self._schema)])
        executor = cast(OperationExecutor, made)
        executor.plans = prepared.document.plans
        return executor

    async def execute(
        self,
        query: str | None,
        variable_values: dict[str, Any] | None = None,
        context_value: Any = None,
        root_value: object = None,
        operation_name: str | None = None,
        allowed_operation_types: Iterable[OperationType] | None = None,
    ) -> ExecutionResult:
        """Prepare an operation and run it."""
        if not query:
            raise MissingQueryError
        try:
            prepared = self.prepare(
                query, variable_values, operation_name, context_value, allowed_operation_types
            )
            result = await self.run(prepared, root_value)
            if isinstance(result.data, dict):
                result.data = {name: plain(value) for name, value in result.data.items()}
            return result
        except OperationError as ended:
            return ExecutionResult(data=None, errors=list(ended.errors))


def plain(value: object) -> object:
    """Return a value of a result, parsed if the database has written it."""
    return orjson.loads(orjson.dumps(value)) if isinstance(value, orjson.Fragment) else value


def _check_type(
    document: Document, name: str | None, allowed: Iterable[OperationType] | None
) -> None:
    found = document.operation(name)
    if found is None:
        raise CannotGetOperationTypeError(name)
    type_ = OperationType(found.operation.value)
    if allowed is not None and type_ not in allowed:
        raise InvalidOperationTypeError(type_)


def _result(data: dict[str, object] | None, errors: list[GraphQLError] | None) -> ExecutionResult:
    shown = [masked(error) for error in errors] if errors else None
    return ExecutionResult(data=data, errors=shown)
