"""Responses that the database writes: compiled once for each document and what its caller sees."""

from collections.abc import Awaitable, Callable, Hashable, Iterator, Mapping, Sequence
from copy import copy
from dataclasses import dataclass
from functools import partial
from typing import Any
from weakref import ref

import orjson
from cachetools import LRUCache
from graphql import GraphQLSchema, OperationDefinitionNode, OperationType
from graphql.execution.values import get_variable_values

from erikti.auth.principal import Principal
from erikti.database.connection import dialect, fetch, fetch_alone, one_snapshot
from erikti.errors import BadUserInputError, LimitError
from erikti.executor import FieldPlan, Given, Plan
from models.merged_people import merges
from resolvers.context import Context
from resolvers.dataloaders.listings import Condition
from resolvers.dataloaders.pages import Source
from resolvers.personal_policy import PURPOSES
from schema.engine.parsed_documents import Document
from schema.engine.written.kept import FIXED, Counted, Kept, Statements, size_of
from schema.engine.written.marks import record
from schema.engine.written.records import Records, Templates, records
from schema.engine.written.template import (
    NotOrdinaryError,
    Reading,
    Ready,
    Template,
    UnboundError,
    Variables,
    is_by_keys,
    is_checked,
    writable,
)
from schema.engine.written.variables import early_variables, has_data, plain_variables

ROWS = 8  # compiled statements of a plan, by the fields of the root that they write
# Bytes of a plan, as measured: in any case, for each character of its statements, and for each one
# of the document if values of variables decide the plan.
PLAN, COMPILED, PLANNED = 4_000, 12, 150
Rows = Sequence[Sequence[Any]]
Fetch = Callable[[str, Sequence[Any]], Awaitable[Rows]]


@dataclass(frozen=True)
class Written:
    """The fields of the root of one request that the database writes, with their statements."""

    plan: Plan
    context: Context
    fields: Sequence[FieldPlan]
    row: tuple[Template, Ready] | None
    records: Sequence[Records] = ()

    @property
    def whole(self) -> bool:
        """Whether these are all fields of the root."""
        return len(self.fields) == len(self.plan.root.all_fields)

    @property
    def may_cost(self) -> bool:
        """Whether it may cost points besides those that were known before."""
        return any(each.searches or each.counted for each in self._statements())

    @property
    def single(self) -> bool:
        """Whether one statement writes them."""
        return len(list(self._statements())) == 1

    def _statements(self) -> Iterator[Ready]:
        if self.row is not None:
            yield self.row[1]
        for each in self.records:
            yield from (ready for _, ready in each.statements)

    async def alone(self) -> Given | None:
        """Return what ``given`` does, without a snapshot of the operation."""
        who = self.context.who
        if self.single and not self.may_cost:
            return await self._given(partial(fetch_alone, client_key=who))
        with one_snapshot(who):
            return await self._given(fetch)

    async def given(self) -> Given | None:
        """Return the values, or the error of the database; None if the executor is to resolve.

        They are read from the snapshot of the operation.
        """
        return await self._given(fetch)

    async def _given(self, read: Fetch) -> Given | None:
        lists = self.context.loaders.lists
        try:
            for source, condition in self._counted():
                await self._charge(lists(source).charge_count(condition))
            results = iter([await read(s.sql, s.parameters) for s in self._statements()])
            reading = self._read(results)
            for place in reading.tally.unfilled:
                await self._charge(lists(place.source).charge_search(place.request))
            given = reading.given()
        except NotOrdinaryError:
            return None
        except Exception as error:
            return self.failed(error)
        record(reading.tally, self.context)
        return given

    def failed(self, error: Exception) -> Given:
        """Return the error of the database in place of all values."""
        return Given({field.key: error for field in self.fields})

    async def _charge(self, charging: Awaitable[None]) -> None:
        """Charge points; raises NotOrdinaryError, with nothing charged, if they are refused."""
        spent = self.context.spent
        before = copy(spent)
        try:
            await charging
        except LimitError:  # the executor words it
            spent.requested, spent.actual = before.requested, before.actual
            spent.conditions, spent.refusal = before.conditions, before.refusal
            raise NotOrdinaryError from None

    def _counted(self) -> Iterator[tuple[Source, Condition]]:
        for each in self._statements():
            yield from each.counted

    def _read(self, results: Iterator[Rows]) -> Reading:
        reading = Reading(self.context.cursor_key, self.context.limits.nodes, is_checked())
        if self.row is not None:
            template, ready = self.row
            (row,) = next(results)
            template.read(row, ready, reading)
        for each in self.records:
            each.read([next(results) for _ in each.statements], reading)
        return reading


class CallerPlan:
    """One plan of an operation, compiled for what a caller sees.

    ``fields`` are those of the root that can be written. ``usual`` writes all of them,
    ``templates`` write records by their keys. ``number`` tells it from others, also from those that
    are not kept any more. ``least`` is about how many bytes it takes without its statements.
    """

    def __init__(
        self,
        plan: Plan,
        context: Context,
        variables: Variables,
        statements: Statements,
        least: int,
    ) -> None:
        self.plan = plan
        self.fields = writable(plan, context, variables)
        self.number = next(statements.numbers)
        self._least = least
        self._bound = statements.bound
        self._plain = plain_variables(plan.operation)
        self._rows: LRUCache[tuple[str, ...], Template] = LRUCache(ROWS)
        self.templates: Templates = {}
        self.usual: Template | None = None

    @property
    def size(self) -> int:
        """Return about how many bytes it takes, with the statements that were compiled so far."""
        compiled = (*self._rows.values(), *self.templates.values())
        return self._least + COMPILED * sum(template.length for template in compiled)

    def again(self, given: Mapping[str, Any]) -> Kept | None:
        """Return the statement of a request like an earlier one, None if there was none.

        Its variables are as before, but for keys that are a variable each.
        """
        template = self.usual
        if template is None or template.plain_keys is None:
            return None
        for key in template.plain_keys:
            if key.variable not in self._plain:
                return None  # its type restricts the values
        try:
            kept = self._bound[self.number, merges(), _json(given, template.variables)]
            values = [key.value(given) for key in template.plain_keys]
        except (KeyError, BadUserInputError):
            return None
        return Kept(kept.ready.with_keys(values), *kept[1:]) if values else kept

    def first(
        self, context: Context, given: Mapping[str, Any], variables: Variables
    ) -> Written | None:
        """Return what is written of a request."""
        fields = list(self.fields)
        while fields := self._worth(fields):
            try:
                written = self._written(fields, context, variables)
            except UnboundError as error:
                fields.remove(error.field)
                continue
            if len(fields) == len(self.fields) and written.row and not written.records:
                self._keep(*written.row, given, context)
            return written
        return None

    def written(self, context: Context, kept: Kept) -> Written:
        """Return what is written of a request with a statement that was kept."""
        assert self.usual is not None
        context.ledger.identifying |= kept.identifying
        return Written(self.plan, context, self.fields, (self.usual, kept.ready))

    def _worth(self, fields: list[FieldPlan]) -> list[FieldPlan]:
        """Return what a statement is worth: constants only beside all other fields."""
        others = [field for field in fields if field.node.name.value != "__typename"]
        whole = len(fields) == len(self.plan.root.all_fields)
        return fields if whole and others else others

    def _keep(
        self, template: Template, ready: Ready, given: Mapping[str, Any], context: Context
    ) -> None:
        self.usual = template
        values = _json(given, template.variables)
        size = FIXED + len(ready.sql) + 2 * len(values) + size_of(ready.parameters)
        spent = context.spent
        identifying = frozenset(context.ledger.identifying)
        kept = Kept(ready, size, spent.requested, spent.conditions, identifying)
        if kept.size <= self._bound.maxsize:
            # Parameters may be IDs of people, instead of those of merged records.
            self._bound[self.number, merges(), values] = kept

    def _written(
        self, fields: Sequence[FieldPlan], context: Context, variables: Variables
    ) -> Written:
        """Return fields of the root with the arguments of a request; raises UnboundError."""
        found = [
            records(field, context, variables, self.templates)
            for field in fields
            if is_by_keys(field)
        ]
        others = [field for field in fields if not is_by_keys(field)]
        if not others:
            return Written(self.plan, context, fields, None, found)
        names = tuple(field.key for field in others)
        template = self._rows.get(names)
        if template is None:
            template = self._rows[names] = Template(others, context, variables)
        ready = template.bind(context, variables)
        return Written(self.plan, context, fields, (template, ready), found)


def _json(given: Mapping[str, Any], names: Sequence[str]) -> bytes:
    """Return the values of variables as JSON."""
    if not names:
        return b""
    # A variable without a value differs from one that is null.
    return orjson.dumps([[given[name]] if name in given else [] for name in names])


class WrittenOperation:
    """One operation of a document, with its compiled plans; ``statements`` limits their memory.

    It is among the notes of the document, and so are the plans, which refer to it.
    """

    def __init__(
        self,
        schema: GraphQLSchema,
        document: Document,
        node: OperationDefinitionNode,
        statements: Statements,
    ) -> None:
        assert document.node is not None
        self._schema = schema
        self._statements = statements
        self._definitions = node.variable_definitions or ()
        is_query = node.operation is OperationType.QUERY
        self._may_be_written = is_query and has_data(schema, document.node)
        self._early = early_variables(document.node) if self._definitions else ()
        self._least = PLAN + (PLANNED * document.characters if self._early else 0)
        self._plans: dict[Hashable, CallerPlan] = {}

    def repeated(self, context: Context) -> CallerPlan | None:
        """Return the plan that a request used, None if its variables decide which one."""
        return None if self._early else self._plans.get((sees(context), b""))

    def find(
        self,
        context: Context,
        variables: dict[str, Any] | None,
        plan: Callable[[], Plan | None],
    ) -> Written | None:
        """Return what the database writes of a request; None if it is nothing.

        ``plan`` returns the plan of the request, None if graphql-core executes it.
        """
        if not self._may_be_written:
            return None
        given = variables or {}
        try:
            key = (sees(context), _json(given, self._early))
            known = self._plans.get(key)
            if known is not None and (kept := known.again(given)) is not None:
                self._statements.plans.get(known.number)  # used again, and not grown
                return known.written(context, kept)
        except orjson.JSONEncodeError:  # an unpaired surrogate, which no column can hold
            return None
        coerced = get_variable_values(
            self._schema, self._definitions, given, max_errors=1, hide_suggestions=True
        )
        if isinstance(coerced, list):
            return None  # the executor words it
        values = Variables(coerced)
        if known is None:
            found = plan()
            if found is None:
                return None
            least = self._least + len(key[1])
            known = CallerPlan(found, context, values, self._statements, least)
            self._plans[key] = known
        try:
            return known.first(context, given, values)
        finally:
            self._use(key, known)

    def forget(self, key: Hashable) -> None:
        """Drop a plan, if it is there."""
        self._plans.pop(key, None)

    def _use(self, key: Hashable, plan: CallerPlan) -> None:
        """Count the plan, which may have grown."""
        self._statements.plans.use(plan.number, Counted(ref(self), key, plan.size))


def sees(context: Context) -> Hashable:
    """Return what statements depend on besides the document: what the caller sees, and how."""
    policy = context.loaders.scope.policy
    caller: Principal = context.principal
    return (
        caller.scopes,
        caller.country,
        caller.region,
        caller.programme,
        caller.person,
        caller.source_system,
        context.purpose if context.purpose in PURPOSES else context.purpose is not None,
        context.language,
        policy.today,
        context.loaders.scope.spend is None,
        dialect().name,
    )
