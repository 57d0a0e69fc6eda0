"""The SQL that writes objects: each scope of a plan becomes an expression of its JSON."""

import dataclasses
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeAlias

from graphql import (
    GraphQLEnumType,
    GraphQLScalarType,
    get_nullable_type,
    is_non_null_type,
)
from tortoise.fields import (
    BigIntField,
    BooleanField,
    CharField,
    DateField,
    DatetimeField,
    Field,
    IntField,
    TextField,
)
from tortoise.fields.data import CharEnumFieldInstance
from tortoise.models import Model

from erikti.database.fields import FixedPoint
from erikti.database.json_sql import json_value, key_text
from erikti.database.sealed import Sealed
from erikti.executor import FieldPlan, ScopePlan
from models.people import Person
from resolvers import data
from resolvers.context import Context
from resolvers.dataloaders.conditions import Statement, holds
from resolvers.dataloaders.found import OneBy, SumBy
from resolvers.dataloaders.listings import ANY
from resolvers.dataloaders.row_policy import RowPolicy
from resolvers.dataloaders.tables import table
from resolvers.relations import FALLBACK
from schema.building.fields import DATA
from schema.engine.written.marks import EmptyObject, Marks, OneRead, Weight
from schema.engine.written.pieces import (
    NotWrittenError,
    Pieces,
    Sql,
    concatenated,
    or_not_ordinary,
    or_null,
)

# The columns that a leaf's type is written from; the others are texts.
COLUMNS: Mapping[str, type[Field[object]]] = {
    "Int": IntField,
    "Boolean": BooleanField,
    "Date": DateField,
    "DateTime": DatetimeField,
    "Decimal": FixedPoint,
}
TEXTS = ("String", "CountryCode", "RegionCode", "CurrencyCode")


@dataclasses.dataclass(frozen=True)
class Row:
    """A row of a statement: its model and alias, and the columns of attributes that differ.

    ``used`` are the columns that the statement reads.
    """

    model: type[Model]
    alias: str
    columns: Mapping[str, str] | None = None
    used: dict[str, None] = dataclasses.field(default_factory=dict, compare=False)

    def column(self, name: str) -> str:
        """Return the SQL of a column."""
        self.used[name] = None
        return f"{self.alias}.{name}"

    def reads(self, sql: str) -> str:
        """Return SQL that was made with the alias alone, after noting the columns in it."""
        self.used.update(dict.fromkeys(re.findall(rf"\b{self.alias}\.(\w+)", sql)))
        return sql

    def part(self, columns: Mapping[str, str]) -> "Row":
        """Return the row for an object made of its columns."""
        return dataclasses.replace(self, columns=columns)


# Returns the pieces of the value of a field that is declared data of one type.
Writer: TypeAlias = "Callable[[Scopes, FieldPlan, Any, Row], Pieces]"


class Scopes:
    """Compiles the scopes of one operation for what its caller sees; raises NotWrittenError.

    ``arguments`` returns those of a field, and ``page`` the pieces of a page within a row.
    ``writers`` write what is declared data of some other type.
    """

    def __init__(
        self,
        context: Context,
        arguments: Callable[[FieldPlan], Mapping[str, object]],
        page: "Callable[[Scopes, FieldPlan, data.Page | data.First, Row | None], Pieces]",
        writers: Mapping[type[data.Data], Writer],
    ) -> None:
        self.statement = Statement()
        self.marks = Marks()
        self.sql = self.statement.dialect.json
        self.context = context
        self.arguments = arguments
        self._page = page
        self._writers = {**WRITERS, **writers}
        self._joins: dict[str, list[str]] = {}
        self._aliases = 0

    @property
    def policy(self) -> RowPolicy:
        """Return the caller's row-level access."""
        return self.context.loaders.scope.policy

    def alias(self) -> str:
        """Return a new alias."""
        self._aliases += 1
        return f"o{self._aliases}_"

    def joins(self, row: Row) -> str:
        """Return the joins that the expressions of a row need."""
        return "".join(self._joins.pop(row.alias, ()))

    def json_object(self, scope: ScopePlan, row: Row) -> Pieces:
        """Return the pieces of the JSON object of a scope."""
        if not scope.all_fields:  # no fragment is of this type
            return [self.marks.constant(EmptyObject()), "{}"]
        pieces = self.weight(scope)
        for n, field in enumerate(scope.all_fields):
            pieces += [f'{"," if n else "{"}"{field.key}":', *self.field(field, row)]
        return [*pieces, "}"]

    def weight(self, scope: ScopePlan) -> Pieces:
        """Return the mark of objects that cost more than one point."""
        return [self.marks.constant(Weight(scope.weight - 1))] if scope.weight != 1 else []

    def field(self, field: FieldPlan, row: Row) -> Pieces:
        """Return the pieces of the value of a field."""
        if field.node.name.value == "__typename":
            return [f'"{field.scope.type.name}"']
        return self.value(field, declared(field, row), row)

    def value(self, field: FieldPlan, found: data.Data, row: Row) -> Pieces:
        """Return the pieces of what a field is declared to be."""
        writer = self._writers.get(type(found))
        if writer is None:
            raise NotWrittenError(field.name)
        return writer(self, field, found, row)

    def _global_id(self, _: FieldPlan, __: data.GlobalId, row: Row) -> Pieces:
        records = table(row.model)
        key = records.field(records.key)
        return [Sql(self.sql.global_id(row.model.__name__, row.column(records.key), key))]

    def _column(self, field: FieldPlan, column: data.Column, row: Row) -> Pieces:
        return [self.leaf(field, row, column.name)]

    def _part(self, field: FieldPlan, part: data.Part, row: Row) -> Pieces:
        return self.json_object(below(field), row.part(part.columns))

    def _nested_page(self, field: FieldPlan, page: data.Page | data.First, row: Row) -> Pieces:
        return self._page(self, field, page, row)

    def leaf(self, field: FieldPlan, row: Row, name: str) -> Sql:
        """Return the value of a column as that of a field."""
        column = table(row.model).field(name)
        type_ = get_nullable_type(field.definition.type)
        _check_leaf(field, type_, column)
        written = json_value(self.sql, column, row.column(name))
        if not column.null:
            return Sql(written)
        required = is_non_null_type(field.definition.type)
        return or_not_ordinary(written) if required else or_null(written)

    def _localised(self, field: FieldPlan, text: data.Localised, row: Row) -> Pieces:
        language = self.arguments(field).get("language") or self.context.language
        codes = dict.fromkeys((language, *FALLBACK))
        columns = (row.column(f"{text.prefix}_{code}") for code in codes)
        texts = ",".join(f"nullif({column},'')" for column in columns)
        return [or_not_ordinary(self.sql.text(f"coalesce({texts})"))]

    def _present(self, field: FieldPlan, present: data.Present, row: Row) -> Pieces:
        written = self.leaf(field, row, present.column)
        return [or_null(f"CASE WHEN {self.is_present(present, row)} THEN {written} END")]

    def is_present(self, present: data.Present, row: Row) -> str:
        """Return the condition that a value applies today."""
        records, today = table(row.model), self.policy.today
        since, until = (
            self.statement.value(records.field(name), today)
            for name in (present.since, present.until)
        )
        first, last = row.column(present.since), row.column(present.until)
        within = f"coalesce({first}<={since},TRUE) AND coalesce({last}>={until},TRUE)"
        return f"({row.column(present.column)} IS NOT NULL AND {within})"

    def key(self, row: Row, name: str | None = None) -> str:
        """Return the text of a key, of the record's own unless its column is given."""
        records = table(row.model)
        name = name or records.key
        return key_text(self.sql, records.field(name), row.column(name))

    def _to_one(self, field: FieldPlan, one: data.ToOne, row: Row) -> Pieces:
        finds, key = one.found, row.column(one.key)
        if isinstance(finds, SumBy):
            return [self._sum(field, finds, row, one.key)]
        found = self.record(field, below(field), finds, row, key)
        required = is_non_null_type(field.definition.type)
        return [or_not_ordinary(found) if required else or_null(found)]

    def record(
        self,
        field: FieldPlan,
        scope: ScopePlan,
        finds: OneBy,
        outer: Row,
        key: str,
        first: Sequence[str] = (),
    ) -> str:
        """Return the SQL of the record with a key, joined to an outer row; NULL without one.

        ``first`` are the pieces of marks before it.
        """
        row = Row(finds.model, self.alias())
        read = self.read(field, row, self.json_object(scope, row), finds.column)
        written = concatenated([*first, *read])
        source = f"FROM {table(row.model).name} {row.alias}"
        where = f"WHERE {row.column(finds.column)}={key}{self._and_visible(row)}"
        if finds.also is not None:
            where += f" AND {holds(self.statement, row.model, finds.also(self.policy), row.alias)}"
        if not self.sql.lateral:
            return f"(SELECT {written} {source}{self.joins(row)} {where})"
        inner = f"SELECT {written} AS j {source}{self.joins(row)} {where} LIMIT 1"
        join = f" LEFT JOIN LATERAL ({inner}) {row.alias} ON TRUE"
        self._joins.setdefault(outer.alias, []).append(join)
        return f"{row.alias}.j"

    def read(self, field: FieldPlan, row: Row, pieces: Pieces, column: str | None = None) -> Pieces:
        """Return the pieces of a record, with a mark if its reading is recorded."""
        if not self.policy.is_recorded(row.model) or row.model is Person:
            return pieces  # the personal ledger records people
        column = column or table(row.model).key
        read = OneRead(len(field.path.as_list()), row.model, column)
        return [self.marks.sql(read, self.key(row, column)), *pieces]

    def visible(self, row: Row) -> str:
        """Return the condition that the caller sees a row; empty if it is public."""
        seen = self.policy.of(row.model)
        return "" if seen == ANY else holds(self.statement, row.model, seen, row.alias)

    def _and_visible(self, row: Row) -> str:
        visible = self.visible(row)
        return f" AND {visible}" if visible else ""

    def _sum(self, field: FieldPlan, finds: SumBy, row: Row, key: str) -> Sql:
        column = table(finds.model).field(finds.measure)
        _check_leaf(field, get_nullable_type(field.definition.type), column)
        inner = Row(finds.model, self.alias())
        total = f"CAST(coalesce(sum({inner.column(finds.measure)}),0) AS bigint)"
        written = json_value(self.sql, column, total)
        where = f"{inner.column(finds.column)}={row.column(key)}{self._and_visible(inner)}"
        return Sql(f"(SELECT {written} FROM {table(finds.model).name} {inner.alias} WHERE {where})")

    def _values(self, field: FieldPlan, values: data.Values, row: Row) -> Pieces:
        link = values.found.link
        inner = Row(link.model, self.alias())
        value = json_value(self.sql, table(link.model).field(link.value), inner.column(link.value))
        rows = f"SELECT * FROM {table(link.model).name} v WHERE v.{link.owner}={self._owner(row)}"
        ordered = f"({rows} ORDER BY v.{link.value}) {inner.alias}"
        found = self.sql.joined(value, order=inner.column(link.value))
        return ["[", Sql(f"coalesce((SELECT {found} FROM {ordered}),'')"), "]"]

    def _to_many(self, field: FieldPlan, many: data.ToMany, row: Row) -> Pieces:
        finds, link = many.found, many.values.link
        target = Row(finds.model, self.alias())
        if self.policy.of(finds.model) != ANY:
            raise NotWrittenError(field.name)
        written = concatenated(self.json_object(below(field), target))
        tie = self.alias()
        rows = f"SELECT * FROM {table(link.model).name} v WHERE v.{link.owner}={self._owner(row)}"
        source = f"({rows} ORDER BY v.{link.value}) {tie}"
        joined = f"JOIN {table(finds.model).name} {target.alias}"
        on = f"{target.column(finds.column)}={tie}.{link.value}"
        found = self.sql.joined(written, order=f"{tie}.{link.value}")
        query = f"SELECT {found} FROM {source} {joined} ON {on}{self.joins(target)}"
        return ["[", Sql(f"coalesce(({query}),'')"), "]"]

    def _owner(self, row: Row) -> str:
        return row.column(table(row.model).key)


WRITERS: Mapping[type[data.Data], Writer] = {
    data.GlobalId: Scopes._global_id,
    data.Column: Scopes._column,
    data.Localised: Scopes._localised,
    data.Part: Scopes._part,
    data.Present: Scopes._present,
    data.ToOne: Scopes._to_one,
    data.Values: Scopes._values,
    data.ToMany: Scopes._to_many,
    data.Page: Scopes._nested_page,
    data.First: Scopes._nested_page,
}


def declared(field: FieldPlan, row: Row | None = None) -> data.Data:
    """Return what a field of a row is; raises NotWrittenError if only its resolver knows."""
    definition = field.definition.extensions.get("strawberry-definition")
    if definition is None:
        raise NotWrittenError(field.name)
    if definition.base_resolver is not None:
        found: data.Data | None = definition.metadata.get(DATA)
        if found is None or definition.extensions:
            raise NotWrittenError(field.name)
        return found
    name: str = definition.python_name
    return data.Column(name if row is None or row.columns is None else row.columns[name])


def below(field: FieldPlan) -> ScopePlan:
    """Return the scope of the objects of a field; raises NotWrittenError for abstract types."""
    if field.object_type is None:
        raise NotWrittenError(field.name)
    return field.below(field.object_type)


def _check_leaf(field: FieldPlan, type_: object, column: Field[object]) -> None:
    """Raise NotWrittenError unless the values of a column are written like those of a type."""
    match type_:
        case GraphQLEnumType():
            stored = [getattr(v.value, "value", v.value) for v in type_.values.values()]
            known = isinstance(column, CharEnumFieldInstance) and stored == list(type_.values)
        case GraphQLScalarType() if type_.name in COLUMNS:
            big = isinstance(column, BigIntField) and type_.name == "Int"
            known = isinstance(column, COLUMNS[type_.name]) and not big
        case GraphQLScalarType() if type_.name in TEXTS:
            known = isinstance(column, CharField | TextField) and not isinstance(column, Sealed)
        case _:
            known = False
    if not known:
        raise NotWrittenError(field.name)
