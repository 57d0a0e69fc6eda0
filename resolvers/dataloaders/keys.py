"""Loaders of records by their natural keys and by their source."""

from collections.abc import Hashable, Sequence
from functools import partial
from typing import Any, NamedTuple

from tortoise.models import Model

from erikti.database.connection import fetch
from erikti.database.snapshots import Query
from models.people import Person
from resolvers.dataloaders.conditions import Statement, holds
from resolvers.dataloaders.identities import STANDS_FOR
from resolvers.dataloaders.listings import ANY
from resolvers.dataloaders.loading import Load, Loader, LoaderGroup, load_one
from resolvers.dataloaders.scope import LoaderScope
from resolvers.dataloaders.tables import column_of, holder, related, table


class Found(NamedTuple):
    """A record that was found by its source, and the ID of the person whom it stands for."""

    record: Any
    person: Any


class KeyLoaders(LoaderGroup):
    """Loaders by model and key, each created when it is first used."""

    def __init__(self, scope: LoaderScope) -> None:
        super().__init__(scope)
        self._loaders: dict[Hashable, Loader] = {}

    def by(self, model: type[Model], column: str) -> Loader:
        """Return the loader of records by a unique column, None for those not visible."""
        return self._loader((model, column), partial(load_one, self.scope, model, column))

    def by_source(self, model: type[Model]) -> Loader:
        """Return the loader of records, as ``Found``, by the system and identifier of their source.

        None for those that are not visible or whose source the caller may not know.
        """
        return self._loader((model, "source"), partial(_load_by_source, self.scope, model))

    def persons(self, model: type[Model]) -> Loader:
        """Return the loader of the person of records whose source the caller may know.

        By their key; the person is in a tuple, None stands for a source that is withheld.
        """
        return self._loader((model, "persons"), partial(_load_persons, self.scope, model))

    def _loader(self, key: Hashable, load: Load) -> Loader:
        if key not in self._loaders:
            self._loaders[key] = Loader(load, known={None: None})
        return self._loaders[key]


def _load_by_source(scope: LoaderScope, model: type[Model], keys: list[Any]) -> Query:
    """Load the records with these sources.

    If the caller does not see all records, a missing key reads the record next to it, as
    ``load_one`` does.
    """
    held, records = holder(model), table(model)
    statement = Statement()
    pairs, parameters = statement.dialect.pairs(keys, ("text", "text"))
    statement.parameters += parameters
    selection = scope.of(model)
    source = f"h.{held.system}, h.{held.identifier}"
    columns = f"{selection.select('t')}, {source}, {_person(model, 't')}"
    joined = f"JOIN {records.name} t ON t.{records.key} = h.{held.owner}"
    if scope.policy.of(model) == scope.policy.sources(model) == ANY:
        equal = f"h.{held.system} = p.a AND h.{held.identifier} = p.b"
        sql = f"SELECT {columns} FROM {pairs} p JOIN {held.name} h ON {equal} {joined}"
    else:
        near = _near(held.name, (held.system, held.identifier))
        visible = holds(statement, model, scope.policy.of(model))
        known = _known(scope, statement, model, f"h.{held.system}")
        within = f"h.id IN (SELECT {near} FROM {pairs} p)"
        rows = f"{held.name} h {joined}"
        allowed = statement.dialect.tested(f"{visible} AND {known}")
        sql = f"SELECT {columns} FROM {rows} WHERE {within} AND {allowed}"

    def read(rows: Sequence[Any]) -> list[Found | None]:
        size = selection.size
        found = {(row[size], row[size + 1]): Found(row, row[size + 2]) for row in rows}
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


def _known(scope: LoaderScope, statement: Statement, model: type[Model], system: str) -> str:
    """Return SQL for whether the caller may know the source of a record."""
    condition = holds(statement, model, scope.policy.sources(model))
    mine = scope.policy.principal.source_system
    if mine is None:
        return condition
    return f"({system} = {statement.dialect.param(statement.bind(mine))} OR {condition})"


def _load_persons(scope: LoaderScope, model: type[Model], keys: list[Any]) -> Query:
    records = table(model)
    statement = Statement()
    key = f"t.{records.key}"
    among = statement.dialect.any_of(key, statement.bind(statement.dialect.array(keys)))
    known = _known(scope, statement, model, f"t.{holder(model).system}")
    known = statement.dialect.tested(known)
    sql = f"SELECT {key}, {_person(model, 't')} FROM {records.name} t WHERE {among} AND {known}"

    def read(rows: Sequence[Any]) -> list[Any]:
        found = {row[0]: (row[1],) for row in rows}
        return [found.get(key) for key in keys]

    return Query(sql, statement.parameters, None, read)


async def people_of(model: type[Model], keys: list[Any]) -> set[Any]:
    """Return the IDs of the people whom records with these primary keys stand for."""
    records, statement = table(model), Statement()
    among = statement.dialect.any_of(
        f"t.{records.key}", statement.bind(statement.dialect.array(keys))
    )
    sql = f"SELECT {_person(model, 't')} FROM {records.name} t WHERE {among}"
    rows = await fetch(sql, statement.parameters) if keys else ()
    return {person for (person,) in rows if person is not None}


def _person(model: type[Model], alias: str) -> str:
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
    person = f"SELECT {_person(target, inner)} FROM {table(target).name} {inner}"
    return f"({person} WHERE {inner}.{table(target).key} = {column})"
