"""Operations that one statement writes, to be written again with other values.

An endpoint that knows one needs no context, no plan and no executor for the next request. Others
do not wait for it: unlike an executed operation, a statement does not hold up the event loop.
What was compiled stays with the document, whose cache limits the memory of both.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import NamedTuple, Protocol
from weakref import ref

from graphql import GraphQLError, VariableNode
from tortoise.models import Model

from erikti.database.calendar import calendar
from erikti.executor import FieldPlan
from resolvers import data
from resolvers.context import Context
from resolvers.dataloaders.scope import Reading as Read
from schema.building.costs import SEARCHING
from schema.engine.parsed_documents import Document
from schema.engine.written.answers import CallerPlan
from schema.engine.written.kept import Kept
from schema.engine.written.marks import Mark, Noted, Withheld, WithheldSource, reads
from schema.engine.written.records import Records, wanted
from schema.engine.written.scopes import declared
from schema.engine.written.template import (
    Reading,
    Ready,
    RecordsTemplate,
    Template,
    UnboundError,
    is_by_keys,
    is_checked,
)

# What these record depends on more than the numbers of records.
OF_PERSONS = (Noted, Withheld, WithheldSource)
KINDS = {data.ByKeys.NODE: str, data.ByKeys.NODES: str, data.ByKeys.ENTITIES: Mapping}

Rows = Sequence[Sequence[object]]


class Result(NamedTuple):
    """The data of one response, its actual cost in points, and the records about people in it."""

    data: Mapping[str, object]
    points: int
    read: Mapping[Read, int]


class BoundStatement(NamedTuple):
    """The statement of one request and its requested cost; ``read`` returns the response in its
    rows, or raises NotOrdinaryError."""

    ready: Ready
    requested: int
    read: Callable[[Rows], Result]


class Repeated(Protocol):
    """An operation, until its document is evicted: it takes little memory of its own."""

    def find(self, variables: Mapping[str, object]) -> BoundStatement | None:
        """Return what answers a request; None if the endpoint has to look at it."""


class ResponseReader:
    """What the responses to callers have in common who see the same on one day."""

    def __init__(self, plan: CallerPlan, context: Context) -> None:
        self._weight = plan.plan.root.weight
        self._policy = context.loaders.scope.policy
        self._calendar = calendar()
        self._checked = is_checked()
        self._recorded: dict[type[Model], bool] = {}
        self._cursor_key = context.cursor_key
        self._nodes = context.limits.nodes

    def is_current(self) -> bool:
        """Whether the day has not ended, after which callers may see something else."""
        return self._calendar.today() == self._policy.today

    def reading(self) -> Reading:
        """Return what reads a response."""
        return Reading(self._cursor_key, self._nodes, self._checked)

    def result(self, reading: Reading, conditions: int = 0) -> Result:
        """Return what was read; raises NotOrdinaryError."""
        given = reading.given()
        read: dict[Read, int] = {}
        for model, count, how in reads(reading.tally):
            if count and self._is_recorded(model):
                read[model, how] = read.get((model, how), 0) + count
        return Result(given.values, given.cost + self._weight - 1 + conditions, read)

    def _is_recorded(self, model: type[Model]) -> bool:
        found = self._recorded.get(model)
        if found is None:
            found = self._recorded[model] = self._policy.is_recorded(model)
        return found


class RepeatedRow:
    """An operation that one template writes as one row."""

    def __init__(self, plan: CallerPlan, template: Template, reader: ResponseReader) -> None:
        self._plan = ref(plan)
        self._reader = reader
        known = [key.variable for key in template.plain_keys or ()]
        self._variables = frozenset([*known, *template.variables])

    def find(self, variables: Mapping[str, object]) -> BoundStatement | None:
        """Return what answers a request; None if there was none with such values, or if it may be
        slow."""
        plan = self._plan()
        if plan is None or plan.usual is None or not self._variables.issuperset(variables):
            return None  # limits apply to the others as well
        kept = plan.again(variables)
        if kept is None or kept.conditions >= SEARCHING.weight or not self._reader.is_current():
            return None
        if kept.identifying or not kept.ready.plain:
            return None
        return BoundStatement(kept.ready, kept.requested, partial(self._read, plan.usual, kept))

    def _read(self, template: Template, kept: Kept, rows: Rows) -> Result:
        (row,) = rows
        reading = self._reader.reading()
        template.read(row, kept.ready, reading)
        return self._reader.result(reading, kept.conditions)


class RepeatedRecords:
    """An operation with records of one type by the keys in a variable."""

    def __init__(
        self,
        plan: CallerPlan,
        operation: tuple[Document, str | None],
        variable: str,
        context: Context,
        reader: ResponseReader,
    ) -> None:
        document, self._name = operation
        self._plan, self._document = ref(plan), ref(document)
        self._kind = declared(plan.fields[0])
        self._variable = variable
        self._entities = context.max_entities
        self._most = context.limits.written_cost
        self._reader = reader

    def find(self, variables: Mapping[str, object]) -> BoundStatement | None:
        """Return what answers a request; None if its keys are not ordinary or of several types."""
        plan, document = self._plan(), self._document()
        given = variables.get(self._variable)
        if plan is None or document is None or not self._reader.is_current():
            return None
        if len(variables) > 1 or not self._is_plain(given):
            return None
        (field,) = plan.fields
        try:
            requested, conditions = document.requested(self._name, variables, self._entities)
            arguments = {argument.name.value: given for argument in field.node.arguments or ()}
            keys = list(wanted(self._kind, arguments))
            records = Records(field, keys, partial(_compiled, plan, field))
        except (GraphQLError, UnboundError):
            return None
        if len(records.statements) != 1 or conditions or requested > self._most:
            return None
        ((_, ready),) = records.statements
        return BoundStatement(ready, requested, partial(self._read, records))

    def _is_plain(self, given: object) -> bool:
        """Whether a value is of its type without being coerced."""
        assert isinstance(self._kind, data.ByKeys)
        items = [given] if self._kind is data.ByKeys.NODE else given
        return isinstance(items, list) and all(isinstance(i, KINDS[self._kind]) for i in items)

    def _read(self, records: Records, rows: Rows) -> Result:
        reading = self._reader.reading()
        records.read([rows], reading)
        return self._reader.result(reading)


def repeated(
    plan: CallerPlan, context: Context, document: Document, name: str | None
) -> Repeated | None:
    """Return the operation of a plan, None if its responses need more than their statement."""
    limits, reader = context.limits, ResponseReader(plan, context)
    if len(plan.fields) < len(plan.plan.root.all_fields):
        return None
    if limits.connection_seconds + limits.statement_seconds >= limits.query_seconds:
        return None
    if plan.usual is not None:
        return None if _has_persons(plan.usual.marks) else RepeatedRow(plan, plan.usual, reader)
    variable = _variable_of(plan.fields)
    if variable is None:
        return None
    return RepeatedRecords(plan, (document, name), variable, context, reader)


def _compiled(
    plan: CallerPlan, field: FieldPlan, name: str, column: str, keys: Sequence[object]
) -> tuple[RecordsTemplate, Ready]:
    """Return the statement for keys, if one was compiled that needs nothing of the request."""
    template = plan.templates.get((field.key, name, column))
    if template is None or template.pages.fields or _has_persons(template.marks):
        raise UnboundError(field)
    return template, template.bind_keys(keys)


def _variable_of(fields: Sequence[FieldPlan]) -> str | None:
    """Return the variable that holds the keys of the one field; None without one."""
    if len(fields) != 1 or not is_by_keys(fields[0]):
        return None
    (argument,) = fields[0].node.arguments or ()
    return argument.value.name.value if isinstance(argument.value, VariableNode) else None


def _has_persons(marks: Sequence[Mark]) -> bool:
    return any(isinstance(mark, OF_PERSONS) for mark in marks)
