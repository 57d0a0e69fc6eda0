"""Translation of conditions to SQL: constant text with every value bound as a parameter."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from tortoise.fields import Field
from tortoise.models import Model

from erikti.database.connection import dialect
from resolvers.dataloaders.listings import (
    LISTINGS,
    Comparison,
    Condition,
    Every,
    Link,
    Not,
    Order,
    ReferencedBy,
    Related,
    Some,
)
from resolvers.dataloaders.tables import column_of, related, table

OPERATORS = {"eq": "=", "ne": "<>", "min": ">=", "max": "<="}


class Statement:
    """The parameters of a statement under construction."""

    def __init__(self) -> None:
        self.dialect = dialect()
        self.parameters: list[Any] = []

    def bind(self, value: Any) -> int:
        """Bind a value unchanged and return its parameter number."""
        self.parameters.append(value)
        return len(self.parameters)

    def value(self, field: Field[Any], value: Any) -> str:
        """Bind a column's value and return its placeholder."""
        return self.dialect.param(self.bind(self.dialect.encode(field, value)))

    def array(self, field: Field[Any], values: Sequence[Any]) -> int:
        """Bind an array of a column's values and return its parameter number."""
        return self.bind(self.dialect.array([self.dialect.encode(field, v) for v in values]))


def holds(statement: Statement, model: type[Model], condition: Condition, alias: str = "t") -> str:
    """Return SQL for a condition on rows of ``model`` under ``alias``; it is never NULL."""
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
        case Comparison(field):
            listing = LISTINGS.get(model)
            link = listing.tags.get(field) if listing else None
            if link is not None:
                sql = _tagged(statement, model, link, condition, alias)
            else:
                sql = compare(statement, model, condition, alias)
    return sql


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
    if not field.null:
        return test
    return f"({test} OR {column} IS NULL)" if comparison.operator == "ne" else f"({test}) IS TRUE"


def _tagged(
    statement: Statement, model: type[Model], link: Link, comparison: Comparison, alias: str
) -> str:
    """Return SQL for whether a record has the given tag or one of the given tags."""
    ties = table(link.model)
    condition = compare(statement, link.model, Comparison(link.value, "in", comparison.value), "l")
    key = table(model).key
    return f"{alias}.{key} IN (SELECT l.{link.owner} FROM {ties.name} l WHERE {condition})"


def order_by(model: type[Model], order: Sequence[Order], alias: str, reverse: bool) -> str:
    """Return the ORDER BY terms with the ID last; NULLs come last (``reverse``: first)."""
    terms = []
    for key in (*order, Order(table(model).key, bool(order) and order[-1].descending)):
        column = f"{alias}.{column_of(model, key.field)}"
        direction = " DESC" if key.descending != reverse else ""
        if table(model).field(column_of(model, key.field)).null:
            terms.append(f"{column} IS NULL{' DESC' if reverse else ''}")
        terms.append(f"{column}{direction}")
    return ", ".join(terms)


def beyond(
    statement: Statement,
    model: type[Model],
    order: Sequence[Order],
    position: Sequence[Any],
    reverse: bool,
) -> str:
    """Return SQL for whether a row comes after a position in the order (``reverse``: before)."""
    keys = (*order, Order(table(model).key, bool(order) and order[-1].descending))
    fields = [table(model).field(column_of(model, key.field)) for key in keys]
    columns = [f"t.{column_of(model, key.field)}" for key in keys]
    backward = [key.descending != reverse for key in keys]
    if len(set(backward)) == 1 and not any(field.null for field in fields):
        values = [statement.value(f, v) for f, v in zip(fields, position, strict=True)]
        sign = "<" if backward[0] else ">"
        return f"({', '.join(columns)}) {sign} ({', '.join(values)})"
    return _beyond_mixed(statement, fields, columns, backward, position, reverse)


def _beyond_mixed(
    statement: Statement,
    fields: Sequence[Field[Any]],
    columns: Sequence[str],
    backward: Sequence[bool],
    position: Sequence[Any],
    reverse: bool,
) -> str:
    """Return ``beyond`` column by column, for mixed directions and nullable columns."""
    terms = [
        Bound(column, None if value is None else statement.value(field, value), down, field.null)
        for field, column, down, value in zip(fields, columns, backward, position, strict=True)
    ]
    return further(terms, reverse)


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
