"""Change sets: who changed records, when and why, in the order of the commits.

Records are what ``Versioned`` models hold. Other tables, such as keys, published documents and
the access log, belong to the operation of a server; writing to them leaves no change set.
"""

from collections.abc import AsyncIterator, Collection, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, NamedTuple
from uuid import uuid4

from tortoise import Tortoise
from tortoise.expressions import Subquery
from tortoise.fields import CASCADE, BigIntField, CharEnumField, DatetimeField, TextField
from tortoise.fields.relational import ForeignKeyFieldInstance
from tortoise.models import Model

from erikti.database.connection import connection, dialect, fetch, fetch_alone, transaction
from erikti.database.constraints import check, check_values
from erikti.database.fair_queue import OWN
from erikti.database.fields import Text, Uuid, derived
from erikti.database.postgres_versions import PostgresVersions
from erikti.database.sqlite_versions import SqliteVersions
from erikti.database.tables import APP
from erikti.database.versioning import FIRST, LinkTable, Parts, RecordTable, Versions
from models.base import Versioned

VERSIONS: dict[str, Versions] = {"sqlite": SqliteVersions(), "postgres": PostgresVersions()}


class ChangeKind(StrEnum):
    """The way on which records were changed."""

    MUTATION = "MUTATION"
    IMPORT = "IMPORT"
    APPROVAL = "APPROVAL"
    ERASURE = "ERASURE"
    MIGRATION = "MIGRATION"
    SQL = "SQL"  # by none of this product's writers


class ChangeSet(Model):
    """One transaction that changed records; one without a position has not been committed.

    ``client`` is the program and ``subject`` the user that wrote, ``import_digest`` the SHA-256
    of the imported file.
    """

    id = BigIntField(primary_key=True, generated=True)
    position = BigIntField(null=True, unique=True)
    committed_at = DatetimeField(null=True)
    kind = CharEnumField(ChangeKind, max_length=12, description="")
    client = Text(max_length=200, null=True)
    subject = Text(max_length=200, null=True)
    organisation = Text(max_length=200, null=True)
    reason = TextField(null=True)
    request_id = Text(max_length=64, null=True)
    import_digest = Text(max_length=64, null=True)

    class Meta:
        table = "change_sets"
        constraints = (check_values("change_sets", "kind", ChangeKind),)


class ChangedTable(Model):
    """The number of records of a table that a change set added, updated and deleted.

    A record whose links changed was updated.
    """

    id = BigIntField(primary_key=True, generated=True)
    change_set = BigIntField()
    name = Text(max_length=63)
    added = BigIntField(db_default=0)
    updated = BigIntField(db_default=0)
    deleted = BigIntField(db_default=0)

    class Meta:
        table = "changed_tables"
        unique_together = (("change_set", "name"),)


class FeedHead(Model):
    """The position of the last committed change set. One row.

    ``lineage`` identifies the sequence of positions.
    """

    id = BigIntField(primary_key=True, generated=False, default=1)
    position = BigIntField()
    lineage = Uuid(default=uuid4)

    class Meta:
        table = "feed_head"
        constraints = (check("feed_head", "id", "id = 1"),)


@dataclass(frozen=True)
class Origin:
    """What a change set says about its writer, in the columns of ``ChangeSet``."""

    kind: ChangeKind
    client: str | None = None
    subject: str | None = None
    organisation: str | None = None
    reason: str | None = None
    request_id: str | None = None
    import_digest: str | None = None


@asynccontextmanager
async def change_set(
    origin: Origin,
    models: Collection[str] = (),
    begin: AbstractAsyncContextManager[Any] | None = None,
) -> AsyncIterator[int]:
    """Hold a transaction open that writes records; the value is the number of its change set.

    ``models`` are the names of those whose records the writer stamps itself; triggers stamp
    others. ``begin`` begins the transaction; by default a plain one. A transaction that changes
    no record leaves no change set.
    """
    spelling = VERSIONS[dialect().name]
    async with begin or transaction():
        number = await spelling.open(connection(), asdict(origin))
        for name in sorted(models):
            table = Tortoise.apps[APP][name]._meta.db_table
            await fetch(
                f"INSERT INTO changed_tables (change_set, name) VALUES ({number}, '{table}')"
            )
        yield number
        await spelling.close(connection(), number)


def records() -> list[type[Versioned]]:
    """Return the models of records, in the order of their tables."""
    found = [model for model in Tortoise.apps[APP].values() if issubclass(model, Versioned)]
    return sorted(found, key=lambda model: model._meta.db_table)


def links() -> list[LinkTable]:
    """Return the tables that belong to records: those of rows that are removed with them."""
    found = []
    for model in Tortoise.apps[APP].values():
        owners = _owners(model)
        if owners and not issubclass(model, Versioned):
            meta, (owner, of) = model._meta, owners[0]
            columns = tuple(meta.fields_db_projection.values())
            shared = len(owners) > 1
            found.append(LinkTable(meta.db_table, columns, owner, record_table(of), shared))
    return sorted(found, key=lambda link: link.name)


def _owners(model: type[Model]) -> list[tuple[str, type[Model]]]:
    return [
        (f"{name}_id", field.related_model)
        for name, field in model._meta.fields_map.items()
        if isinstance(field, ForeignKeyFieldInstance) and field.on_delete == CASCADE
    ]


def record_table(model: type[Model]) -> RecordTable:
    """Return the table of a model; its computed columns make no new version."""
    meta = model._meta
    others = {"version", "change_set", *derived(model)}
    columns = tuple(name for name in meta.fields_db_projection.values() if name not in others)
    return RecordTable(meta.db_table, meta.db_pk_column, columns)


async def keep() -> None:
    """Keep versions and change sets in the open, migrated database from now on.

    Creates the triggers and indexes that are missing or of another version of the product, and
    the first change set, of the migration, to which all earlier records belong.
    """
    spelling, parts = VERSIONS[dialect().name], _parts()
    present = await spelling.present(connection())
    due: dict[str, list[str]] = {}
    for name, part in parts.items():
        if present.get(name) == part.sql:
            continue
        earlier = spelling.drop(name, part) if name in present else []
        due.setdefault(part.table, []).extend([*earlier, *spelling.create(name, part)])
    async with transaction():
        if not await FeedHead.exists():
            await _start()
    for statements in due.values():
        async with transaction():
            for sql in statements:
                await fetch(sql)


async def release() -> None:
    """Drop the triggers before a migration, which could not alter the columns that they name.

    ``keep`` creates them anew.
    """
    spelling = VERSIONS[dialect().name]
    present = await spelling.present(connection())
    for name, part in _parts().items():
        if part.kind == "TRIGGER" and name in present:
            for sql in spelling.drop(name, part):
                await fetch(sql)


def _parts() -> Parts:
    tables = [record_table(model) for model in records()]
    return VERSIONS[dialect().name].parts(tables, links())


async def _start() -> None:
    await FeedHead.create(position=0)
    now = dialect().encode(ChangeSet._meta.fields_map["committed_at"], datetime.now(UTC))
    one, two, three = map(dialect().param, (1, 2, 3))
    await fetch(
        "INSERT INTO change_sets (id, position, committed_at, kind, client, reason) "
        f"VALUES ({FIRST}, 0, {one}, {two}, 'erikti migrate', {three})",
        [now, ChangeKind.MIGRATION.value, "All records of the time before change sets."],
    )
    for model in records():
        table = model._meta.db_table
        count = (await fetch(f"SELECT count(*) FROM {table}"))[0][0]
        if count:
            await ChangedTable.create(change_set=FIRST, name=table, updated=count)


class Head(NamedTuple):
    """The last position, and the lineage of the positions."""

    lineage: str
    position: int


async def read_head() -> Head:
    """Return the last position, in one statement."""
    (row,) = await fetch_alone("SELECT lineage, position FROM feed_head", (), OWN)
    lineage = FeedHead._meta.fields_map["lineage"].to_python_value(row[0])
    return Head(lineage.hex, int(str(row[1])))


async def changed_after(position: int) -> frozenset[str]:
    """Return the names of the models whose records changed after a position."""
    rows = await fetch_alone(
        "SELECT DISTINCT t.name FROM change_sets s JOIN changed_tables t ON t.change_set = s.id "
        f"WHERE s.position > {dialect().param(1)}",
        [position],
        OWN,
    )
    names = {model._meta.db_table: model.__name__ for model in records()}
    return frozenset(names[str(row[0])] for row in rows if str(row[0]) in names)


async def latest(number: int) -> Sequence[tuple[ChangeSet, list[ChangedTable]]]:
    """Return the last committed change sets in the order of their positions, with their tables."""
    found = await ChangeSet.filter(position__isnull=False).order_by("-position").limit(number)
    if not found:
        return []
    listed = Subquery(ChangeSet.filter(position__gte=found[-1].position).values("id"))
    tables: dict[int, list[ChangedTable]] = {}
    for table in await ChangedTable.filter(change_set__in=listed).order_by("name"):
        tables.setdefault(table.change_set, []).append(table)
    return [(item, tables.get(item.id, [])) for item in reversed(found)]
