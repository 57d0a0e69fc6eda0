"""Loaders of records by their source."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import NamedTuple

from tortoise.models import Model

from erikti.database.connection import fetch
from erikti.database.snapshots import Query
from models.people import Person
from resolvers.dataloaders.conditions import Statement, holds
from resolvers.dataloaders.identities import STANDS_FOR
from resolvers.dataloaders.listings import ANY
from resolvers.dataloaders.loading import Found, Loader
from resolvers.dataloaders.row_policy import RowPolicy
from resolvers.dataloaders.scope import LoaderScope
from resolvers.dataloaders.tables import Row, column_of, holder, related, table


class Match(NamedTuple):
    """A record that was found by its source, and the ID of the person whom it stands for."""

    record: Row
    person: object


@dataclass(frozen=True)
class BySource(Found[Match | None]):
    """A record by the system and identifier of its source.

    None if it is not visible or the caller may not know its source.
    """

    model: type[Model]

    def loader(self, scope: LoaderScope) -> Loader[Match | None]:
        """Create its loader for an operation."""
        return Loader(partial(_load_by_source, scope, self.model))


@dataclass(frozen=True)
class PersonOfSource(Found[tuple[object] | None]):
    """The person of a record by its key, in a tuple; None if its source is withheld."""

    model: type[Model]

    def loader(self, scope: LoaderScope) -> Loader[tuple[object] | None]:
        """Create its loader for an operation."""
        return Loader(partial(_load_persons, scope, self.model))


def _load_by_source(
    scope: LoaderScope, model: type[Model], keys: Sequence[tuple[str, str]]
) -> Query[list[Match | None]]:
    """Load the records with these sources.

    If the caller does not see all records, a missing key reads the record next to it, as
    ``load_one`` does.
    """
    held, records = holder(model), table(model)
    statement = Statement()
    pairs, parameters = statement.dialect.tuples(keys, ("text", "text"))
    statement.parameters += parameters
    selection = scope.of(model)
    source = f"h.{held.system}, h.{held.identifier}"
    columns = f"{selection.select('t')}, {source}, {person_sql(model, 't')}"
    joined = f"JOIN {records.name} t ON t.{records.key} = h.{held.owner}"
    if scope.policy.of(model) == scope.policy.sources(model) == ANY:
        equal = f"h.{held.system} = p.a AND h.{held.identifier} = p.b"
        sql = f"SELECT {columns} FROM {pairs} p JOIN {held.name} h ON {equal} {joined}"
    else:
        near = _near(held.name, (held.system, held.identifier))
        visible = holds(statement, model, scope.policy.of(model))
        known = source_known(scope.policy, statement, model, f"h.{held.system}")
        within = f"h.id IN (SELECT {near} FROM {pairs} p)"
        rows = f"{held.name} h {joined}"
        allowed = statement.dialect.tested(f"{visible} AND {known}")
        sql = f"SELECT {columns} FROM {rows} WHERE {within} AND {allowed}"

    def read(rows: Sequence[Row]) -> list[Match | None]:
        size = selection.size
        found = {(row[size], row[size + 1]): Match(row, row[size + 2]) for row in rows}
        records = [found.get(key) for key in keys]
        if model is not Person:  # the personal ledger records people
            scope.count(model, len(records) - records.count(None))
        return records

    return Query(sql, statement.parameters, selection.row, read)


def _near(name: str, columns: tuple[str, str]) -> str:
    """Return SQL for the row at the pair ``p``, or next to it if there is none."""
    these = [f"n.{column}" for column in columns]
    at = f"({', '.join(these)}) >= (p.a, p.b)"
    following = f"SELECT n.id FROM {name} n WHERE {at} ORDER BY {', '.join(these)} LIMIT 1"
    back = ", ".join(f"{column} DESC" for column in these)
    last = f"SELECT n.id FROM {name} n ORDER BY {back} LIMIT 1"
    return f"coalesce(({following}), ({last}))"


def source_known(
    policy: RowPolicy, statement: Statement, model: type[Model], system: str, alias: str = "t"
) -> str:
    """Return SQL for whether the caller may know the source of a record, from its ``system``."""
    condition = holds(statement, model, policy.sources(model), alias)
    mine = policy.principal.source_system
    if mine is None:
        return condition
    return f"({system} = {statement.dialect.param(statement.bind(mine))} OR {condition})"


def _load_persons(
    scope: LoaderScope, model: type[Model], keys: Sequence[object]
) -> Query[list[tuple[object] | None]]:
    records = table(model)
    statement = Statement()
    key = f"t.{records.key}"
    among = statement.among(model, records.key, keys)
    known = source_known(scope.policy, statement, model, f"t.{holder(model).system}")
    known = statement.dialect.tested(known)
    sql = f"SELECT {key}, {person_sql(model, 't')} FROM {records.name} t WHERE {among} AND {known}"

    def read(rows: Sequence[tuple[object, object]]) -> list[tuple[object] | None]:
        found = {row[0]: (row[1],) for row in rows}
        return [found.get(key) for key in keys]

    return Query(sql, statement.parameters, None, read)


async def people_of(model: type[Model], keys: Sequence[object]) -> set[object]:
    """Return the IDs of the people whom records with these primary keys stand for."""
    records, statement = table(model), Statement()
    among = statement.among(model, records.key, keys)
    sql = f"SELECT {person_sql(model, 't')} FROM {records.name} t WHERE {among}"
    rows: Sequence[tuple[object]] = await fetch(sql, statement.parameters) if keys else ()
    return {person for (person,) in rows if person is not None}


def person_sql(model: type[Model], alias: str) -> str:
    """Return SQL for the ID of the person whom a record stands for."""
    path = STANDS_FOR.get(model)
    if path is None:
        return "NULL"
    if not path:
        return f"{alias}.{table(model).key}"
    column = f"{alias}.{column_of(model, path[0])}"
    if len(path) == 1:
        return column
    target = related(model, path[0])
    assert target is not None
    inner = f"{alias}{len(alias)}"
    person = f"SELECT {person_sql(target, inner)} FROM {table(target).name} {inner}"
    return f"({person} WHERE {inner}.{table(target).key} = {column})"
