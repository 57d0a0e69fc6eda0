"""What runs operations on a schema: its limits, the documents it knows, the turns at it."""

from collections.abc import AsyncGenerator, AsyncIterator, Iterable
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass
from typing import Any, Protocol, cast

from graphql import GraphQLError, GraphQLSchema
from strawberry.exceptions import MissingQueryError
from strawberry.schema.exceptions import (
    CannotGetOperationTypeError,
    InvalidOperationTypeError,
)
from strawberry.types import ExecutionResult
from strawberry.types.graphql import OperationType

from erikti.executor import RequestedFields
from erikti.guard.limits import Limits
from resolvers.context import Context
from resolvers.errors import ApiError
from schema.building.permissions import Needed, permit
from schema.engine.cache_policy import CachePolicies
from schema.engine.errors import hidden, presentable
from schema.engine.event_streams import EndedError, source
from schema.engine.execution import OperationExecutor
from schema.engine.expensive_operations import ExpensiveQueue, counting
from schema.engine.incremental import Part, Put, in_parts, whole
from schema.engine.parsed_documents import Document, Documents


@dataclass(frozen=True)
class Prepared:
    """An operation that its caller may ask, ready to be executed once."""

    text: str
    document: Document
    name: str | None
    variables: dict[str, Any] | None
    context: Context

    @property
    def type(self) -> OperationType:
        """Whether it is a query, a mutation or a subscription."""
        found = self.document.operation(self.name)
        assert found is not None
        return OperationType(found.operation.value)

    @property
    def operation_name(self) -> str | None:
        """The name that the operation has in its document; None where it has none."""
        found = self.document.operation(self.name)
        return found.name.value if found and found.name else None


class Definition(Protocol):
    """A schema: its types, and who may ask for what. It is the same for every engine."""

    _schema: GraphQLSchema

    def needed(self, requested_fields: RequestedFields) -> Needed:
        """The scopes that an operation needs which may ask for these fields."""


class Engine:
    """Runs operations on a schema within limits: an application has one of its own.

    ``documents`` are those that were asked for, ``expensive`` the turns of operations that
    cost much, ``policies`` what may be done with answers.
    """

    def __init__(self, schema: Definition, limits: Limits | None = None) -> None:
        self.limits = limits or Limits()
        self.documents = Documents(schema._schema, limits=self.limits)
        self.expensive = ExpensiveQueue(self.limits)
        self.policies = CachePolicies(schema._schema)
        self._definition = schema
        self._schema = schema._schema

    def needed(self, document: Document, name: str | None) -> Needed:
        """The scopes that an operation needs."""
        found: Needed | None = document.notes.get((Needed, name))
        if found is None:
            found = self._definition.needed(document.requested_fields(name) or {})
            document.notes[Needed, name] = found
        return found

    def _fields(self, document: Document, name: str | None) -> int:
        """The fields that an operation counts as, where its turn is decided."""
        key = (counting, name)
        if key not in document.notes:
            own = document.fields(name)
            document.notes[key] = own + counting(document.requested_fields(name) or {})
        fields: int = document.notes[key]
        return fields

    async def read(self, text: str, context: Context) -> None:
        """Have the document of a text at hand; raises UnavailableError.

        That of a long one is dear itself, and waits for its client's turn.
        """
        if self.documents.is_work(text):
            async with self.expensive.taken(context):
                await self.documents.prepare(text)

    def prepare(
        self,
        text: str,
        variables: dict[str, Any] | None,
        name: str | None,
        context: Context,
        allowed: Iterable[OperationType] | None = None,
    ) -> Prepared | list[GraphQLError]:
        """An operation of a document, or why it may not be executed; nothing is read for it.

        What it costs is noted in the context. Raises what Strawberry does where there is no
        such operation, or one of another type than is allowed.
        """
        document = self.documents.find(text)
        if document.node is not None:
            _check_type(document, name, allowed)
        if document.errors:
            return [presentable(error) for error in document.errors]
        try:
            spent = context.spent
            spent.allowed = self.limits.cost
            spent.requested, spent.conditions = document.requested(name, variables)
            spent.fields = self._fields(document, name)
            needed = self.needed(document, name)
            context.ledger.coordinates = needed.personal
            permit(context.principal, context.purpose, needed)
        except GraphQLError as error:
            # Its frames hold this list: nobody would free the request before the next look for
            # garbage.
            return [presentable(error.with_traceback(None))]
        return Prepared(text, document, name, variables, context)

    async def run(self, prepared: Prepared, root_value: Any = None) -> ExecutionResult:
        """The result of an operation; its reads all see one state of the database.

        Raises EndedError where its variables do not fit, so that it is not begun.
        """
        try:
            async with self.expensive.turn(prepared.context):
                made = self._executor(prepared, root_value)
                if isinstance(made, list):
                    raise EndedError([presentable(error) for error in made])
                result = await made.within_limits()
        except EndedError:
            raise
        except ApiError as error:
            return _result(None, [error])
        except Exception as error:
            return ExecutionResult(data=None, errors=[hidden(error)])
        return _result(result.data, result.errors)

    @asynccontextmanager
    async def source(self, prepared: Prepared) -> AsyncIterator[AsyncIterator[Any]]:
        """The events of a subscription, each the root of a run; raises EndedError."""
        made = self._executor(prepared, None)
        if isinstance(made, list):
            raise EndedError([presentable(error) for error in made])
        async with source(made, self.limits.query_seconds) as events:
            yield events

    async def parts(self, prepared: Prepared) -> AsyncGenerator[Part, None]:
        """The result of an operation in the parts that it wishes; to be closed."""

        async def work(put: Put) -> None:
            async with self.expensive.turn(prepared.context):
                made = self._executor(prepared, None, parted=True)
                if isinstance(made, list):
                    put({"errors": [presentable(error) for error in made], "hasNext": False})
                else:
                    await made.in_parts(
                        prepared.document.requested_fields(prepared.name) or {}, put
                    )

        async with aclosing(in_parts(work)) as found:
            async for part in found:
                yield part

    def _executor(
        self, prepared: Prepared, root_value: Any, parted: bool = False
    ) -> OperationExecutor | list[GraphQLError]:
        node = prepared.document.node if parted else whole(prepared.document)
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
            return made
        executor = cast(OperationExecutor, made)
        executor.plans = prepared.document.plans
        return executor

    async def execute(
        self,
        query: str | None,
        variable_values: dict[str, Any] | None = None,
        context_value: Any = None,
        root_value: Any = None,
        operation_name: str | None = None,
        allowed_operation_types: Iterable[OperationType] | None = None,
    ) -> ExecutionResult:
        """Prepare an operation and run it."""
        if not query:
            raise MissingQueryError
        prepared = self.prepare(
            query, variable_values, operation_name, context_value, allowed_operation_types
        )
        if isinstance(prepared, list):
            return ExecutionResult(data=None, errors=prepared)
        try:
            return await self.run(prepared, root_value)
        except EndedError as ended:
            return ExecutionResult(data=None, errors=list(ended.errors))


def _check_type(
    document: Document, name: str | None, allowed: Iterable[OperationType] | None
) -> None:
    found = document.operation(name)
    if found is None:
        raise CannotGetOperationTypeError(name)
    type_ = OperationType(found.operation.value)
    if allowed is not None and type_ not in allowed:
        raise InvalidOperationTypeError(type_)


def _result(data: Any, errors: list[GraphQLError] | None) -> ExecutionResult:
    shown = [presentable(error) for error in errors] if errors else None
    return ExecutionResult(data=data, errors=shown)
