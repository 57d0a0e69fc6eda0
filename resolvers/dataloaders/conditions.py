"""Translation of conditions to SQL: constant text with every value bound as a parameter."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple, TypeVar

from tortoise.fields import Field
from tortoise.models import Model

from erikti.database.connection import dialect
from erikti.text import sort_key
from resolvers.dataloaders.listings import (
    ANY,
    LISTINGS,
    Comparison,
    Condition,
    Every,
    FromSource,
    Link,
    Not,
    Order,
    ReferencedBy,
    Related,
    Some,
)
from resolvers.dataloaders.searches import Search, search_of
from resolvers.dataloaders.tables import (
    column_of,
    holder,
    key_type,
    order_column,
    related,
    table,
)

V = TypeVar("V")

OPERATORS = {"eq": "=", "ne": "<>", "min": ">=", "max": "<="}


class Statement:
    """The parameters of a statement under construction."""

    def __init__(self) -> None:
        self.dialect = dialect()
        self.parameters: list[object] = []

    def bind(self, value: object) -> int:
        """Bind a value unchanged and return its parameter number."""
        self.parameters.append(value)
        return len(self.parameters)

    def value(self, field: Field[V], value: object) -> str:
        """Bind a column's value and return its placeholder."""
        return self.dialect.param(self.bind(self.dialect.encode(field, value)))

    def array(self, field: Field[V], values: Sequence[object]) -> int:
        """Bind an array of a column's values and return its parameter number."""
        return self.bind(self.dialect.array([self.dialect.encode(field, v) for v in values]))

    def limit(self, rows: int, condition: Condition) -> str:
        """Return the number of rows to read under a condition, as a parameter if there is one.

        PostgreSQL keeps the plan of a statement with a number, which may be wrong for a rare
        value of a filter. For a parameter it plans for the values that are given.
        """
        return str(rows) if condition == ANY else self.dialect.param(self.bind(rows))

    def among(self, model: type[Model], column: str, keys: Sequence[object]) -> str:
        """Return SQL for whether a row ``t`` has one of the keys, which come from rows."""
        number = self.bind(self.dialect.array(keys))
        return self.dialect.among(f"t.{column}", number, key_type(model, column))


def holds(statement: Statement, model: type[Model], condition: Condition, alias: str = "t") -> str:
    """Return SQL for a condition on rows of ``model`` under ``alias``; it is never NULL."""
    if (search := search_of(model, condition)) is not None:
        return _found(statement, model, search, alias)
    match condition:
        case Every(parts):
            sql = _join(statement, model, parts, " AND ", alias) or "TRUE"
        case Some(parts):
            sql = _join(statement, model, parts, " OR ", alias) or "FALSE"
        case Not(part):
            sql = f"NOT {holds(statement, model, part, alias)}"
        case Related(field, part):
            sql = _related(statement, model, field, part, alias)
        case ReferencedBy(other, field, part):
            sql = _referenced_by(statement, model, other, field, part, alias)
        case FromSource():
            sql = _from_source(statement, model, condition, alias)
        case Comparison(field):
            listing = LISTINGS.get(model)
            link = listing.tags.get(field) if listing else None
            if link is not None:
                sql = _tagged(statement, model, link, condition, alias)
            else:
                sql = compare(statement, model, condition, alias)
    return sql


def _found(statement: Statement, model: type[Model], search: Search, alias: str) -> str:
    """Return SQL for whether a search finds a record, by its index."""
    number = statement.bind(statement.dialect.searched(search.text))
    found = statement.dialect.search(table(model).name, search.column, alias, number)
    return found if search.exact else f"({found} AND {contains(statement, search, alias)})"


def contains(statement: Statement, search: Search, alias: str) -> str:
    """Return SQL for whether a record contains a text, by reading it."""
    column = f"{alias}.{search.column}"
    if search.exact:  # several times as fast as a pattern
        read = statement.dialect.has(column, statement.bind(search.text))
    else:
        read = f"{column} LIKE {statement.dialect.param(statement.bind(search.pattern))}"
    return f"({column} IS NOT NULL AND {read})"


def _join(
    statement: Statement, model: type[Model], parts: Sequence[Condition], word: str, alias: str
) -> str:
    joined = word.join(holds(statement, model, part, alias) for part in parts)
    return f"({joined})" if len(parts) > 1 else joined


def _related(
    statement: Statement, model: type[Model], field: str, part: Condition, alias: str
) -> str:
    target = related(model, field)
    assert target is not None
    inner = f"{alias}{len(alias)}"
    condition = holds(statement, target, part, inner)
    foreign = table(target)
    column = f"{alias}.{column_of(model, field)}"
    found = f"SELECT {inner}.{foreign.key} FROM {foreign.name} {inner} WHERE {condition}"
    test = f"{column} IN ({found})"
    nullable = table(model).field(column_of(model, field)).null
    return f"({column} IS NOT NULL AND {test})" if nullable else test


def _referenced_by(
    statement: Statement,
    model: type[Model],
    other: type[Model],
    field: str,
    part: Condition,
    alias: str,
) -> str:
    inner = f"{alias}{len(alias)}"
    column = f"{inner}.{column_of(other, field)}"
    condition = holds(statement, other, part, inner)
    if table(other).field(column_of(other, field)).null:
        condition = f"{column} IS NOT NULL AND {condition}"
    found = f"SELECT {column} FROM {table(other).name} {inner} WHERE {condition}"
    return f"{alias}.{table(model).key} IN ({found})"


def _from_source(statement: Statement, model: type[Model], source: FromSource, alias: str) -> str:
    held = holder(model)
    inner = f"{alias}{len(alias)}"
    values = [
        statement.dialect.param(statement.bind(v)) for v in (source.system, source.identifier)
    ]
    equal = f"({inner}.{held.system}, {inner}.{held.identifier}) = ({', '.join(values)})"
    found = f"SELECT {inner}.{held.owner} FROM {held.name} {inner} WHERE {equal}"
    return f"{alias}.{table(model).key} IN ({found})"


def compare(statement: Statement, model: type[Model], comparison: Comparison, alias: str) -> str:
    """Return SQL that compares a column with a value; NULL matches only ``ne`` and ``isNull``."""
    name = column_of(model, comparison.field)
    field = table(model).field(name)
    column = f"{alias}.{name}"
    match comparison.operator:
        case "is_null":
            return f"{column} IS {'NULL' if comparison.value else 'NOT NULL'}"
        case "in":
            test = statement.dialect.any_of(column, statement.array(field, comparison.value))
        case "contains":
            test = statement.dialect.contains(column, statement.bind(comparison.value))
        case operator:
            test = f"{column} {OPERATORS[operator]} {statement.value(field, comparison.value)}"
    if comparison.operator in ("eq", "in") and name in table(model).sort_keys:
        test = f"({_same_key(statement, model, name, comparison, alias)} AND {test})"
    if not field.null:
        return test
    if comparison.operator == "ne":
        return f"({test} OR {column} IS NULL)"
    return f"({column} IS NOT NULL AND {test})"


def _same_key(
    statement: Statement, model: type[Model], name: str, comparison: Comparison, alias: str
) -> str:
    """Return SQL for whether the sort key is that of a value, since the index has only keys."""
    key = table(model).sort_keys[name]
    field = table(model).field(key)
    values = (comparison.value,) if comparison.operator == "eq" else comparison.value
    keys = statement.array(field, [sort_key(value) for value in values])
    return statement.dialect.any_of(f"{alias}.{key}", keys)


def _tagged(
    statement: Statement, model: type[Model], link: Link, comparison: Comparison, alias: str
) -> str:
    """Return SQL for whether a record has the given tag or one of the given tags."""
    ties = table(link.model)
    condition = compare(statement, link.model, Comparison(link.value, "in", comparison.value), "l")
    key = table(model).key
    return f"{alias}.{key} IN (SELECT l.{link.owner} FROM {ties.name} l WHERE {condition})"


@dataclass(frozen=True)
class Key:
    """One column of an order; ``nullable`` unless the rows are known to have a value."""

    column: str
    descending: bool
    nullable: bool


def keys_of(
    model: type[Model], order: Sequence[Order], first_is_null: bool | None = None
) -> tuple[Key, ...]:
    """Return the columns of an order with the ID last.

    ``first_is_null`` tells for rows that are split by it whether the first column is NULL.
    """
    last = bool(order) and order[-1].descending
    keys = []
    for place, term in enumerate(order):
        column = order_column(model, term.field)
        known = first_is_null is not None and place == 0
        if not (known and first_is_null):
            # A text has a key, so that only a missing text has none.
            nullable = table(model).field(column_of(model, term.field)).null and not known
            keys.append(Key(column, term.descending, nullable))
    return (*keys, Key(table(model).key, last, False))


def order_by(keys: Sequence[Key], alias: str, reverse: bool) -> str:
    """Return the ORDER BY terms; NULLs come last (``reverse``: first)."""
    terms = []
    for key in keys:
        column = f"{alias}.{key.column}"
        if key.nullable:
            terms.append(f"{column} IS NULL{' DESC' if reverse else ''}")
        terms.append(f"{column}{' DESC' if key.descending != reverse else ''}")
    return ", ".join(terms)


def beyond(
    statement: Statement,
    model: type[Model],
    keys: Sequence[Key],
    position: Sequence[object],
    reverse: bool,
) -> str:
    """Return SQL for whether a row comes after a position in the order (``reverse``: before)."""
    backward = [key.descending != reverse for key in keys]
    values = [
        None if value is None else statement.value(table(model).field(key.column), value)
        for key, value in zip(keys, position, strict=True)
    ]
    columns = [f"t.{key.column}" for key in keys]
    if len(set(backward)) == 1 and not any(key.nullable for key in keys):
        sign = "<" if backward[0] else ">"
        return f"({', '.join(columns)}) {sign} ({', '.join(map(str, values))})"
    nullable = (key.nullable for key in keys)
    return further(list(map(Bound, columns, values, backward, nullable)), reverse)


class Bound(NamedTuple):
    """A sort key with the placeholder of its value at a position, None for NULL.

    ``backward`` is the direction of the values that come next, ``null`` whether it may be NULL.
    """

    column: str
    value: str | None
    backward: bool
    null: bool


def further(terms: Sequence[Bound], reverse: bool) -> str:
    """Return SQL for whether a row comes after a position (``reverse``: before); NULLs are last."""
    alternatives: list[str] = []
    equal: list[str] = []
    for column, value, down, null in terms:
        if value is None:
            beyond_it = f"{column} IS NOT NULL" if reverse else "FALSE"
            same = f"{column} IS NULL"
        else:
            beyond_it = f"{column} {'<' if down else '>'} {value}"
            if null and not reverse:
                beyond_it = f"({beyond_it} OR {column} IS NULL)"
            same = f"{column} = {value}"
        alternatives.append(" AND ".join([*equal, beyond_it]))
        equal.append(same)
    return "(" + " OR ".join(f"({alternative})" for alternative in alternatives) + ")"
