"""Operations on the schema: breadth first, from one snapshot, with the columns they need."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Collection, Mapping
from contextlib import asynccontextmanager
from time import perf_counter
from typing import Any

from graphql import GraphQLObjectType, GraphQLSchema, OperationType
from strawberry.schema.schema import StrawberryGraphQLCoreExecutionContext
from strawberry.utils.await_maybe import await_maybe

from erikti.database.connection import one_snapshot
from erikti.errors import BadUserInputError, LimitError, TimeLimitError
from erikti.executor import BreadthFirstExecutor, Plan, RequestedFields
from resolvers.dataloaders.scope import Needs
from resolvers.global_ids import NODES
from schema.building.fields import READS
from schema.engine.incremental import Put, put_parts

TURN = 0.01  # seconds that an operation holds the event loop before others have their turn


class OperationExecutor(BreadthFirstExecutor, StrawberryGraphQLCoreExecutionContext):
    """Tells the loaders of an operation which columns it needs."""

    def begin(self, plan: Plan) -> None:
        """Called before an operation is executed."""
        needs = plan.notes.get(Needs)
        if needs is None:
            columns = needed_columns(self.schema, plan.requested_fields)
            needs = plan.notes[Needs] = Needs(plan.requested_fields, columns)
        self.context_value.loaders.scope.needs = needs

    async def within_limits(self) -> Any:
        """The result of the operation; raises TimeLimitError where it takes too long.

        All its reads see one state of the database. At its end, whatever that is, nobody
        waits any more for what it had asked, and its connection is given back.
        """
        async with self._limited():
            return await await_maybe(self.execute_operation())

    async def in_parts(self, requested_fields: RequestedFields, put: Put) -> None:
        """Put the parts of the result one by one; raises TimeLimitError.

        All parts are read within one state of the database and one time. graphql-core makes
        them, which does not count: what the document may come to at most was counted before.
        """
        self.context_value.loaders.scope.needs = Needs(
            requested_fields, needed_columns(self.schema, requested_fields)
        )
        self.context_value.spent.actual = self.context_value.spent.requested
        async with self._limited():
            await put_parts(await await_maybe(self.execute_operation()), put)

    def get_stream_usage(self, *given: Any) -> Any:
        """What ``@stream`` says of a field; raises BadUserInputError where it makes no sense."""
        try:
            return super().get_stream_usage(*given)
        except ValueError as error:
            text = "the number of items that come at once, 0 or more"
            raise BadUserInputError("initialCount", text) from error

    @asynccontextmanager
    async def _limited(self) -> AsyncIterator[None]:
        limits = self.context_value.limits
        changes = self.operation.operation is OperationType.MUTATION
        seconds = limits.mutation_seconds if changes else limits.query_seconds
        try:
            async with asyncio.timeout(max(seconds - self.context_value.age, 0)) as timer:
                with one_snapshot(self.context_value.who):
                    yield
        except TimeoutError:
            if not timer.expired():
                raise
            raise TimeLimitError(f"this takes longer than {seconds:g} seconds") from None

    def pause(self, since: float) -> Awaitable[None] | None:
        """What lets other operations go on, where this one has held the loop for long."""
        return asyncio.sleep(0) if perf_counter() - since > TURN else None

    def reached(self, objects: int, cost: int) -> None:
        """Called before each level with what the answer holds so far; raises LimitError."""
        context = self.context_value
        if context.spent.refusal is not None:
            text, extensions = context.spent.refusal
            raise LimitError(text, **extensions)
        context.spent.actual = cost + context.spent.conditions
        most = context.limits.nodes
        if objects > most:
            text = f"nodes: the answer would hold more than the {most} objects that are allowed"
            raise LimitError(text, limit="nodes", requested_fields=objects, allowed=most)


def needed_columns(
    schema: GraphQLSchema, requested_fields: Mapping[str, Collection[str]]
) -> Mapping[str, Collection[str]]:
    """The columns of each type of record that the fields asked of it are made of."""
    needed: dict[str, Collection[str]] = dict.fromkeys(NODES, ())
    for name, fields in requested_fields.items():
        type_ = schema.get_type(name)
        if isinstance(type_, GraphQLObjectType):
            needed[name] = {column for field in fields for column in _reads(type_, field)}
    return needed


def _reads(type_: GraphQLObjectType, name: str) -> Collection[str]:
    field = type_.fields.get(name)
    definition = field.extensions.get("strawberry-definition") if field else None
    if definition is None:
        return ()
    if definition.base_resolver is None:
        return (definition.python_name,)
    columns: Collection[str] = definition.metadata.get(READS, ())
    return columns
