"""Compiled operations: the statement, what it depends on, and how its row becomes a response."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property, partial
from typing import NamedTuple

import orjson
from graphql import GraphQLError, GraphQLObjectType
from graphql.execution.values import VariableValues

from erikti.database.connection import dialect
from erikti.database.json_sql import NOT_ORDINARY
from erikti.executor import FieldPlan, Given, Plan
from resolvers import data
from resolvers.context import Context
from resolvers.dataloaders.conditions import Statement
from resolvers.dataloaders.listings import Condition
from resolvers.dataloaders.loading import next_to
from resolvers.dataloaders.pages import Source
from resolvers.dataloaders.tables import key_type, table
from resolvers.global_ids import NODES
from resolvers.keys import checked_key, given_key
from schema.engine.written.identities import WRITERS
from schema.engine.written.late import Binding, Key, Late, Part, bound
from schema.engine.written.marks import Mark, Place, Tally, objects_in, replaced
from schema.engine.written.pages import Pages, place_of
from schema.engine.written.pieces import (
    NotWrittenError,
    Pieces,
    Sql,
    concatenated,
    with_joined_constants,
)
from schema.engine.written.scopes import Row, Scopes, below, declared
from schema.engine.written.variables import PlainKey, plain_key, variables_in

UNFIT = NOT_ORDINARY.encode()
NULL = b"null"


@dataclass(frozen=True)
class Variables:
    """The variables of one request, for the arguments of fields."""

    variable_values: VariableValues
    hide_suggestions: bool = True


class Ready(NamedTuple):
    """A statement with its parameters, and the places of its pages.

    ``keys`` has for each key its number among the parameters, and ``counted`` the conditions of
    totals that cost points, with their lists. ``searches`` tells whether a page may cost points,
    ``identifies`` whether people in a page are recorded.
    """

    sql: str
    parameters: Sequence[object]
    places: Sequence[Place]
    keys: Mapping[int, int]
    counted: Sequence[tuple[Source, Condition]] = ()
    searches: bool = False
    identifies: bool = False

    @property
    def plain(self) -> bool:
        """Whether nothing is charged or recorded besides the numbers of objects and records."""
        return not (self.counted or self.searches or self.identifies)

    def with_keys(self, values: Sequence[object]) -> "Ready":
        """Return the statement with other values of its keys."""
        parameters = list(self.parameters)
        for number, value in enumerate(values):
            parameters[self.keys[number]] = value
        return Ready(self.sql, parameters, *self[2:])


class NotOrdinaryError(Exception):
    """A value that the executor has to look at."""


class Reading:
    """The values of one response, and what they amount to; raises NotOrdinaryError.

    ``cursor_key`` signs cursors; a response has at most ``nodes`` objects. ``checked`` is what
    ``is_checked`` returns.
    """

    def __init__(self, cursor_key: bytes, nodes: int, checked: bool) -> None:
        self.values: dict[str, object] = {}
        self.tally = Tally()
        self._cursor_key = cursor_key
        self._nodes = nodes
        self._objects = 0
        self._checked = checked

    def add(
        self, field: FieldPlan, text: bytes, marks: Sequence[Mark], places: Sequence[Place]
    ) -> None:
        """Add the JSON of a field of the root."""
        found = self.without_marks(text, marks, places)
        self._objects += objects_in(found)
        self.values[field.key] = orjson.Fragment(found)

    def put(self, field: FieldPlan, text: bytes) -> None:
        """Add the JSON of a field of the root that has no marks."""
        self._objects += objects_in(text)
        self.values[field.key] = orjson.Fragment(text)

    def without_marks(self, text: bytes, marks: Sequence[Mark], places: Sequence[Place]) -> bytes:
        """Return JSON without its marks, which are counted."""
        if UNFIT in text or (self._checked and not _is_utf8(text)):
            raise NotOrdinaryError
        if not marks:
            return text
        return replaced(text, marks, places, self._cursor_key, self.tally)

    def given(self) -> Given:
        """Return the values."""
        objects = self._objects + self.tally.empty_objects
        if objects > self._nodes:
            raise NotOrdinaryError
        return Given(self.values, objects, objects + self.tally.cost)


def is_checked() -> bool:
    """Return whether the texts of the current database have to be checked to be UTF-8."""
    return not dialect().json.utf8


def _is_utf8(text: bytes) -> bool:
    try:
        text.decode()
    except UnicodeDecodeError:
        return False
    return True


class UnboundError(Exception):
    """A field of the root that the executor has to resolve with these arguments."""

    def __init__(self, field: FieldPlan) -> None:
        super().__init__(field.name)
        self.field = field


class CompiledStatement:
    """A statement, compiled for what a caller sees, whose late parts each request binds.

    ``page_roots`` has for each page the field of the root that it belongs to; ``last`` is the last
    of these fields. ``length`` is that of its text.
    """

    def __init__(self, last: FieldPlan) -> None:
        self.last = last
        self.late = Late()
        self.pages = Pages(self.late)
        self.page_roots: list[FieldPlan] = []
        self.marks: Sequence[Mark] = ()
        self.length = 0
        self._sql: Sequence[str | Part] = ()
        self._constants: Sequence[object] = ()

    def scopes(self, context: Context, variables: Variables) -> Scopes:
        """Return what compiles the scopes of the statement."""
        arguments = partial(arguments_of, variables=variables)
        return Scopes(context, arguments, self.pages.page, WRITERS)

    def close(self, scopes: Scopes, sql: str) -> None:
        """Keep the compiled SQL."""
        self._sql = self.late.split(with_joined_constants(sql))
        self._constants = tuple(scopes.statement.parameters)
        self.length = len(sql)
        self.marks = scopes.marks.all

    def bound(self, context: Context, variables: Variables, keys: Sequence[Key]) -> Ready:
        """Return the statement of a request; raises UnboundError."""
        binding = Binding(self.begun(), keys=keys)
        for number, (field, _) in enumerate(self.pages.fields):
            try:
                page = self.pages.bind(number, arguments_of(field, variables), context)
            except GraphQLError:  # the executor words it
                page = None
            if page is None:
                raise UnboundError(self.page_roots[number])
            binding.pages.append(page)
        return self.ended(binding)

    def begun(self) -> Statement:
        """Return a statement with the parameters that all requests share."""
        statement = Statement()
        statement.parameters += self._constants
        return statement

    def ended(self, binding: Binding) -> Ready:
        """Return the statement with all late parts; raises UnboundError."""
        sql = bound(self._sql, binding)
        if not binding.statement.dialect.json.is_parsed(sql):
            raise UnboundError(self.last)
        places = [place_of(page) for page in binding.pages]
        counted = [
            (page.lists.source, page.counted)
            for page in binding.pages
            if page.counted is not None and page.lists.is_paid_count(page.counted)
        ]
        searches = any(page.searched for page in binding.pages)
        identifies = any(page.lists.is_identifying(page.given) for page in binding.pages)
        keys_at, parameters = binding.places, binding.statement.parameters
        return Ready(sql, parameters, places, keys_at, counted, searches, identifies)


class Template(CompiledStatement):
    """Fields of the root that are one row of one statement; raises NotWrittenError."""

    def __init__(self, fields: Sequence[FieldPlan], context: Context, variables: Variables) -> None:
        super().__init__(fields[-1])
        self.fields = fields
        self._looked_up: list[tuple[FieldPlan, str]] = []
        scopes = self.scopes(context, variables)
        written = []
        for field in fields:
            written.append(scopes.sql.encoded(concatenated(self._of_root(field, scopes))))
            self.page_roots += [field] * (len(self.pages.fields) - len(self.page_roots))
        self.close(scopes, f"SELECT {', '.join(written)}")

    @cached_property
    def variables(self) -> Sequence[str]:
        """Return the variables that the pages depend on."""
        return variables_in(field.node for field, _ in self.pages.fields)

    @cached_property
    def plain_keys(self) -> Sequence[PlainKey] | None:
        """Return the keys that are one variable each; None if one of them is not."""
        found = [plain_key(field.node, name) for field, name in self._looked_up]
        return None if None in found else [key for key in found if key is not None]

    def bind(self, context: Context, variables: Variables) -> Ready:
        """Return the statement of a request; raises UnboundError."""
        keys = [_key_of(field, name, variables) for field, name in self._looked_up]
        return self.bound(context, variables, keys)

    def read(self, row: Sequence[object], ready: Ready, reading: Reading) -> None:
        """Read the values of the fields."""
        for field, text in zip(self.fields, row, strict=True):
            found = text if isinstance(text, bytes) else NULL
            reading.add(field, found, self.marks, ready.places)

    def _of_root(self, field: FieldPlan, scopes: Scopes) -> Pieces:
        if field.node.name.value == "__typename":
            return [f'"{field.scope.type.name}"']
        match declared(field):
            case data.Page() as page:
                return self.pages.page(scopes, field, page, None)
            case data.Whole() as whole:
                return _whole(field, scopes, whole)
            case data.LookUp(name):
                return self._look_up(field, scopes, name)
        raise NotWrittenError(field.name)

    def _look_up(self, field: FieldPlan, scopes: Scopes, name: str) -> Pieces:
        """Return the record with the key that a request gives."""
        row = Row(NODES[name].model, scopes.alias())
        number = len(self._looked_up)
        self._looked_up.append((field, name))
        written = concatenated(scopes.read(field, row, scopes.json_object(below(field), row)))
        visible = scopes.visible(row)
        where = self.late.add(partial(_where, number=number, row=row, visible=visible))
        source = f"{table(row.model).name} {row.alias}{scopes.joins(row)}"
        return [Sql(f"(SELECT {written} FROM {source} WHERE {where})")]


class RecordsTemplate(CompiledStatement):
    """The records of one type by a key, for a field of the root that holds any type.

    Raises NotWrittenError.
    """

    def __init__(
        self, field: FieldPlan, name: str, column: str, context: Context, variables: Variables
    ) -> None:
        super().__init__(field)
        self._column = column
        type_ = field.scope.plan.schema.get_type(name)
        assert isinstance(type_, GraphQLObjectType)
        scopes = self.scopes(context, variables)
        row = Row(NODES[name].model, scopes.alias())
        pieces = scopes.json_object(field.below(type_), row)
        written = scopes.sql.encoded(concatenated(scopes.read(field, row, pieces, column)))
        visible = scopes.visible(row)
        where = self.late.add(partial(_where_any, row=row, visible=visible))
        source = f"{table(row.model).name} {row.alias}{scopes.joins(row)}"
        self.close(scopes, f"SELECT {row.column(column)}, {written} FROM {source} WHERE {where}")
        self.page_roots = [field] * len(self.pages.fields)

    def bind(self, context: Context, variables: Variables, keys: Sequence[object]) -> Ready:
        """Return the statement for these keys; raises UnboundError."""
        return self.bound(context, variables, [(self._column, tuple(keys))])

    def bind_keys(self, keys: Sequence[object]) -> Ready:
        """Return the statement for these keys, if it has no pages."""
        binding = Binding(self.begun(), keys=[(self._column, tuple(keys))])
        return self.ended(binding)


def writable(plan: Plan, context: Context, variables: Variables) -> list[FieldPlan]:
    """Return the fields of the root that can be written."""
    found = []
    for field in plan.root.all_fields:
        with suppress(NotWrittenError):
            if not is_by_keys(field):
                Template([field], context, variables)  # to see whether it compiles
            found.append(field)
    return found


def is_by_keys(field: FieldPlan) -> bool:
    """Return whether a field of the root holds records of any type."""
    return field.node.name.value != "__typename" and isinstance(declared(field), data.ByKeys)


def _whole(field: FieldPlan, scopes: Scopes, whole: data.Whole) -> Pieces:
    """Return all records of a table, or those with or without a value."""
    model = whole.found.model
    row, inner = Row(model, scopes.alias()), Row(model, "v")
    conditions = [scopes.visible(inner) or "TRUE"]
    if whole.having is not None:
        argument, present = whole.having
        wanted = scopes.arguments(field).get(argument)
        if isinstance(wanted, bool):
            conditions.append(f"{'' if wanted else 'NOT '}{scopes.is_present(present, inner)}")
    items = scopes.sql.joined(concatenated(scopes.json_object(below(field), row)))
    where = " AND ".join(conditions)
    rows = f"SELECT * FROM {table(model).name} v WHERE {where} ORDER BY v.{whole.found.order}"
    source = f"({rows}) {row.alias}{scopes.joins(row)}"
    return ["[", Sql(f"coalesce((SELECT {items} FROM {source}),'')"), "]"]


def _key_of(field: FieldPlan, name: str, variables: Variables) -> tuple[str, object]:
    try:
        key, value = given_key(arguments_of(field, variables)["by"])
        if key != "source":
            return checked_key(name, key, value, f"by.{key}")
    except GraphQLError:  # the executor words it
        pass
    raise UnboundError(field)


def _where(binding: Binding, number: int, row: Row, visible: str) -> str:
    """Return the condition of a record's key.

    If the caller does not see all records, a missing key reads the record next to it, and the
    rule is tested before the key, so that timing does not distinguish missing from hidden ones.
    """
    column, key = binding.key(number)
    if not visible:
        return f"{row.column(column)}={key}"
    near = next_to(table(row.model).name, column, key)
    tested = f"CASE WHEN {visible} THEN {row.column(column)}={key} END"
    return f"{row.column(column)}={near} AND {tested}"


def _where_any(binding: Binding, row: Row, visible: str) -> str:
    """Return the condition of the keys of records, as for one of them."""
    ((column, values),) = binding.keys
    statement, spell = binding.statement, binding.statement.dialect
    assert isinstance(values, tuple)
    number = statement.bind(spell.array(values))
    sql_type = key_type(row.model, column)
    among = spell.among(row.column(column), number, sql_type)
    if not visible:
        return among
    name = table(row.model).name
    keys = spell.keys(number, sql_type)
    near = f"SELECT {next_to(name, column, 'k.value')} FROM {keys} k"
    return f"{row.column(column)} IN ({near}) AND CASE WHEN {visible} THEN {among} END"


def arguments_of(field: FieldPlan, variables: Variables) -> dict[str, object]:
    """Return the arguments of a field by their names in Python; raises GraphQLError."""
    names = field.arguments.names
    if names is None:
        raise NotWrittenError(field.name)
    given = field.arguments.values(variables)
    return {names.get(name, name): value for name, value in given.items()}
