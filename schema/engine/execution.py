"""Execution of operations: breadth first, on one snapshot, with only the columns they need."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Collection, Mapping
from contextlib import asynccontextmanager
from time import perf_counter
from typing import Any

from graphql import GraphQLObjectType, GraphQLSchema, OperationType
from strawberry.schema.schema import StrawberryGraphQLCoreExecutionContext
from strawberry.utils.await_maybe import await_maybe

from erikti.database.connection import one_snapshot
from erikti.errors import LimitError, TimeLimitError
from erikti.executor import NOTHING_GIVEN, BreadthFirstExecutor, Plan, RequestedFields
from resolvers.context import Context
from resolvers.dataloaders.scope import Needs
from resolvers.global_ids import NODES
from schema.building.fields import READS
from schema.engine.incremental import Emit, emit_parts
from schema.engine.written.answers import Written

YIELD_AFTER = 0.01  # seconds on the event loop before an operation lets others run


class OperationExecutor(BreadthFirstExecutor, StrawberryGraphQLCoreExecutionContext):
    """Executes an operation within its limits, and passes the columns it needs to its loaders.

    ``written`` are the fields of the root that the database writes.
    """

    written: Written | None = None

    def begin(self, plan: Plan) -> None:
        """Set the columns that the loaders read; called before execution."""
        needs = plan.notes.get(Needs)
        if not isinstance(needs, Needs):
            columns = needed_columns(self.schema, plan.requested_fields)
            needs = plan.notes[Needs] = Needs(plan.requested_fields, columns)
        self.context_value.loaders.scope.needs = needs

    async def within_limits(self) -> Any:
        """Return the result of the operation; raises TimeLimitError if it takes too long.

        All its reads see one state of the database. However it ends, its waiting queries fail
        and its connection is released.
        """
        async with self._limited():
            if self.written is not None:
                self.given = await self.written.given() or NOTHING_GIVEN
            return await await_maybe(self.execute_operation())

    async def in_parts(self, requested_fields: RequestedFields, emit: Emit) -> None:
        """Emit the parts of the result one by one; raises TimeLimitError.

        All parts share one state of the database and one time limit. graphql-core executes them
        without counting the actual cost, so the requested cost is charged.
        """
        self.context_value.loaders.scope.needs = Needs(
            requested_fields, needed_columns(self.schema, requested_fields)
        )
        self.context_value.spent.actual = self.context_value.spent.requested
        async with self._limited():
            await emit_parts(await await_maybe(self.execute_operation()), emit)

    @asynccontextmanager
    async def _limited(self) -> AsyncIterator[None]:
        changes = self.operation.operation is OperationType.MUTATION
        async with in_time(self.context_value, changes):
            with one_snapshot(self.context_value.who):
                yield

    def pause(self, since: float) -> Awaitable[None] | None:
        """Return an awaitable that lets other operations run; None if it is too early."""
        return asyncio.sleep(0) if perf_counter() - since > YIELD_AFTER else None

    def reached(self, objects: int, cost: int) -> None:
        """Check the size of the result, before each level; raises LimitError."""
        context = self.context_value
        if context.spent.refusal is not None:
            text, extensions = context.spent.refusal
            raise LimitError(text, **extensions)
        context.spent.actual = cost + context.spent.conditions
        most = context.limits.nodes
        if objects > most:
            text = f"nodes: the response would hold more than {most} objects: request fewer"
            raise LimitError(text, limit="nodes", asked=objects, allowed=most)


@asynccontextmanager
async def in_time(context: Context, changes: bool = False) -> AsyncIterator[None]:
    """Limit the time of an operation, of one that ``changes`` or only reads; raises TimeLimitError.

    The time since its arrival counts.
    """
    limits = context.limits
    seconds = limits.mutation_seconds if changes else limits.query_seconds
    try:
        async with asyncio.timeout(max(seconds - context.age, 0)) as timer:
            yield
    except TimeoutError:
        if not timer.expired():
            raise
        raise TimeLimitError(f"The operation takes longer than {seconds:g} seconds.") from None


def needed_columns(
    schema: GraphQLSchema, requested_fields: Mapping[str, Collection[str]]
) -> Mapping[str, Collection[str]]:
    """Return the columns of each record type that its requested fields read."""
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
