"""Insert-only tables: triggers reject updates and deletes, in the SQL of both databases."""

from collections.abc import Sequence

from tortoise.backends.base.client import BaseDBAsyncClient as Client

from erikti.database.operations import SqlOperation

FUNCTION = "refuse_change"


class InsertOnly(SqlOperation):
    """Make a table insert-only; ``keys`` are its unique combinations of columns."""

    def __init__(self, table: str, keys: Sequence[Sequence[str]]) -> None:
        self.table = table
        self.keys = keys

    def describe(self) -> str:
        """Return what Tortoise lists for the operation."""
        return f"Make {self.table} insert-only"

    async def forward(self, client: Client) -> None:
        """Create the triggers."""
        sqlite = client.capabilities.dialect == "sqlite"
        for sql in self._sqlite() if sqlite else self._postgres():
            await client.execute_query(sql)

    async def backward(self, client: Client) -> None:
        """Drop the triggers, not the table."""
        if client.capabilities.dialect == "sqlite":
            for event in ("update", "delete", "insert"):
                await client.execute_query(f"DROP TRIGGER {self.table}_no_{event}")
        else:
            await client.execute_query(f"DROP TRIGGER {self.table}_kept ON {self.table}")

    def _sqlite(self) -> list[str]:
        refusal = f"SELECT RAISE(ABORT, '{self.table} takes inserts only')"
        made = [
            f"CREATE TRIGGER {self.table}_no_{event} BEFORE {event} ON {self.table} "
            f"BEGIN {refusal}; END"
            for event in ("update", "delete")
        ]
        # INSERT OR REPLACE deletes conflicting rows without running the triggers above.
        same = " OR ".join(
            f"({' AND '.join(f'{name} = NEW.{name}' for name in key)})"
            for key in (("rowid",), *self.keys)
        )
        made.append(
            f"CREATE TRIGGER {self.table}_no_insert BEFORE INSERT ON {self.table} "
            f"WHEN EXISTS (SELECT 1 FROM {self.table} WHERE {same}) BEGIN {refusal}; END"
        )
        return made

    def _postgres(self) -> list[str]:
        return [
            f"CREATE OR REPLACE FUNCTION {FUNCTION}() RETURNS trigger LANGUAGE plpgsql AS "
            "$body$BEGIN RAISE EXCEPTION '% takes inserts only', TG_TABLE_NAME "
            "USING ERRCODE = 'insufficient_privilege'; END$body$",
            f"CREATE TRIGGER {self.table}_kept BEFORE UPDATE OR DELETE OR TRUNCATE "
            f"ON {self.table} FOR EACH STATEMENT EXECUTE FUNCTION {FUNCTION}()",
        ]
