"""The indexes of folded texts, in the SQL of both databases, and their migration.

PostgreSQL has trigrams in the extension pg_trgm, SQLite in an FTS5 table, which triggers keep.
"""

from collections.abc import Iterable

from asyncpg import InsufficientPrivilegeError
from tortoise.backends.base.client import BaseDBAsyncClient as Client
from tortoise.exceptions import OperationalError

from erikti.database.operations import SqlOperation

SEARCH_INDEXES = "SELECT name FROM sqlite_master WHERE type = 'table' AND sql LIKE '%USING fts5%'"
EXTENSION = "CREATE EXTENSION IF NOT EXISTS pg_trgm"


class MissingExtensionError(Exception):
    """The database lacks an extension that only another role can create."""


def index_name(table: str, column: str) -> str:
    """Return the name of the index of a column."""
    return f"{table}_{column}"


def sqlite(table: str, column: str) -> list[str]:
    """Return the statements that create the index of a column with SQLite."""
    index = index_name(table, column)
    add = f"INSERT INTO {index} (rowid, {column}) VALUES (NEW.rowid, NEW.{column});"
    remove = (
        f"INSERT INTO {index} ({index}, rowid, {column}) "
        f"VALUES ('delete', OLD.rowid, OLD.{column});"
    )
    changed = f"AFTER UPDATE OF {column} ON {table} WHEN NEW.{column} IS NOT OLD.{column}"
    return [
        f"CREATE VIRTUAL TABLE {index} USING fts5 ({column}, content = '{table}', "
        "content_rowid = 'rowid', tokenize = 'trigram case_sensitive 1', columnsize = 0)",
        rebuild(index),
        f"CREATE TRIGGER {index}_insert AFTER INSERT ON {table} BEGIN {add} END",
        f"CREATE TRIGGER {index}_delete AFTER DELETE ON {table} BEGIN {remove} END",
        f"CREATE TRIGGER {index}_update {changed} BEGIN {remove} {add} END",
    ]


def rebuild(index: str) -> str:
    """Return the statement that builds an index of SQLite anew."""
    return f"INSERT INTO {index} ({index}) VALUES ('rebuild')"


def postgres(table: str, column: str) -> list[str]:
    """Return the statements that create the index of a column with PostgreSQL."""
    return [
        f"CREATE INDEX {index_name(table, column)} ON {table} USING gin ({column} gin_trgm_ops)"
    ]


class Searchable(SqlOperation):
    """Index the folded texts of tables, given as pairs of table and column."""

    def __init__(self, *columns: tuple[str, str]) -> None:
        self.columns = columns

    def describe(self) -> str:
        """Return what Tortoise lists for the operation."""
        return f"Index folded texts of {', '.join(table for table, _ in self.columns)}"

    async def forward(self, client: Client) -> None:
        """Create the indexes; raises MissingExtensionError."""
        embedded = client.capabilities.dialect == "sqlite"
        if not embedded:
            await _extend(client)
        for table, column in self.columns:
            await _run(client, sqlite(table, column) if embedded else postgres(table, column))

    async def backward(self, client: Client) -> None:
        """Drop the indexes."""
        for table, column in self.columns:
            index = index_name(table, column)
            if client.capabilities.dialect == "sqlite":
                triggers = (f"{index}_{event}" for event in ("insert", "delete", "update"))
                await _run(client, [f"DROP TRIGGER {name}" for name in triggers])
                await _run(client, [f"DROP TABLE {index}"])
            else:
                await _run(client, [f"DROP INDEX {index}"])


async def _extend(client: Client) -> None:
    try:
        await client.execute_query(EXTENSION)
    except (InsufficientPrivilegeError, OperationalError) as error:
        raise MissingExtensionError(
            "searches need the extension pg_trgm, which this role may not create: "
            f"run {EXTENSION} in this database as its owner ({error})"
        ) from error


async def _run(client: Client, statements: Iterable[str]) -> None:
    # One by one: Tortoise itself splits SQLite's triggers at their semicolons.
    for sql in statements:
        await client.execute_query(sql)
