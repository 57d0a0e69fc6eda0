"""The schema as a subgraph of a federated graph (Apollo Federation 2.9)."""

from collections.abc import AsyncGenerator, AsyncIterator, Iterable, Mapping
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass
from functools import cached_property
from typing import Any, cast

import strawberry
from graphql import GraphQLError, GraphQLUnionType
from strawberry.exceptions import MissingQueryError
from strawberry.federation.schema import FederationAny
from strawberry.schema.exceptions import (
    CannotGetOperationTypeError,
    InvalidOperationTypeError,
)
from strawberry.types import ExecutionContext, ExecutionResult
from strawberry.types.graphql import OperationType
from strawberry.utils.await_maybe import await_maybe

from erikti.errors import ApiError, BadUserInputError, OperationError
from erikti.guard.limits import Limits
from erikti.masking import internal_error, masked
from resolvers.context import Context, Info
from resolvers.federation import Find, entities
from schema.building.costs import weigh
from schema.building.permissions import Needed, Permissions, permit
from schema.engine.event_streams import source
from schema.engine.execution import OperationExecutor
from schema.engine.expensive_operations import ExpensiveQueue, counting
from schema.engine.incremental import DIRECTIVES, Part, Put, in_parts, whole
from schema.engine.input_conversion import convert_once
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


class FederatedSchema(strawberry.federation.Schema):
    """A schema whose operations are executed breadth first, and entities found in batches."""

    def __init__(self, *arguments: Any, find: Find | None = None, **options: Any) -> None:
        """``find`` gives the records of ``_entities``; without it types have resolve_reference."""
        super().__init__(*arguments, **options)
        self.limits = Limits()
        self._find = find or self._referenced
        self._schema.directives = (*self._schema.directives, *DIRECTIVES)
        weigh(self._schema)
        convert_once(self._schema)

    async def entities_resolver(  # type: ignore[override]
        self, info: strawberry.Info, representations: list[FederationAny]
    ) -> list[Any]:
        """Answer ``_entities``, each representation failing for itself alone."""
        return await entities(info, representations, self._find)

    async def _referenced(self, info: Info, representation: Mapping[str, Any], place: str) -> Any:
        """What the type of a representation makes of it, as Strawberry's own schema does."""
        name = representation.get("__typename")
        union = cast(GraphQLUnionType, self._schema.get_type("_Entity"))
        if name not in [type_.name for type_ in union.types]:
            raise BadUserInputError(f"{place}.__typename", f"{name!r} is no entity of this graph")
        keys = cast(FederationAny, dict(representation))
        (found,) = super().entities_resolver(info, [keys])
        if isinstance(found, TypeError):  # the reference takes other keys
            raise BadUserInputError(place, f"a {name} is not found by these keys")
        if isinstance(found, Exception):
            raise found
        return await await_maybe(found)

    def _extend_introspection(self) -> None:
        """Leave ``isOneOf`` to graphql-core: Strawberry's fails for lists and what is not null."""

    def process_errors(
        self, errors: list[GraphQLError], execution_context: ExecutionContext | None = None
    ) -> None:
        """Leave logging to ``erikti.masking``: a document may hold personal data."""

    def limit(self, limits: Limits) -> None:
        """Hold operations to these limits from now on."""
        self.limits = limits
        for name in ("documents", "expensive"):
            self.__dict__.pop(name, None)

    @cached_property
    def expensive(self) -> ExpensiveQueue:
        """The turns of operations that cost much."""
        return ExpensiveQueue(self.limits)

    @cached_property
    def documents(self) -> Documents:
        """The documents that were asked for."""
        return Documents(self._schema, limits=self.limits)

    @cached_property
    def permissions(self) -> Permissions:
        """Who may ask what."""
        return Permissions(self._schema)

    def needed(self, document: Document, name: str | None) -> Needed:
        """The scopes that an operation needs."""
        found: Needed | None = document.notes.get((Needed, name))
        if found is None:
            found = self.permissions.needed(document.requested_fields(name) or {})
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
            return [masked(error) for error in document.errors]
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
            return [masked(error.with_traceback(None))]
        return Prepared(text, document, name, variables, context)

    async def run(self, prepared: Prepared, root_value: Any = None) -> ExecutionResult:
        """The result of an operation; its reads all see one state of the database.

        Raises OperationError where its variables do not fit, so that it is not begun.
        """
        try:
            async with self.expensive.turn(prepared.context):
                made = self._executor(prepared, root_value)
                if isinstance(made, list):
                    raise OperationError([masked(error) for error in made])
                result = await made.within_limits()
        except OperationError:
            raise
        except ApiError as error:
            return _result(None, [error])
        except Exception as error:
            return ExecutionResult(data=None, errors=[internal_error(error)])
        return _result(result.data, result.errors)

    @asynccontextmanager
    async def source(self, prepared: Prepared) -> AsyncIterator[AsyncIterator[Any]]:
        """The events of a subscription, each the root of a run; raises OperationError."""
        made = self._executor(prepared, None)
        if isinstance(made, list):
            raise OperationError([masked(error) for error in made])
        async with source(made, self.limits.query_seconds) as events:
            yield events

    async def parts(self, prepared: Prepared) -> AsyncGenerator[Part, None]:
        """The result of an operation in the parts that it wishes; to be closed."""

        async def work(put: Put) -> None:
            async with self.expensive.turn(prepared.context):
                made = self._executor(prepared, None, parted=True)
                if isinstance(made, list):
                    put({"errors": [masked(error) for error in made], "hasNext": False})
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
        operation_extensions: dict[str, Any] | None = None,
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
        except OperationError as ended:
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
    shown = [masked(error) for error in errors] if errors else None
    return ExecutionResult(data=data, errors=shown)
