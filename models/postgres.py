"""Reading from PostgreSQL: a pooled connection in a transaction that sees one state."""

from collections.abc import Sequence
from typing import Any

from tortoise.backends.base.client import BaseDBAsyncClient

BEGIN = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"


class PostgresReader:
    """A connection inside a transaction that only reads."""

    def __init__(self, holder: Any, connection: Any) -> None:
        self._holder = holder
        self._connection = connection

    @classmethod
    async def borrow(cls, client: BaseDBAsyncClient) -> "PostgresReader":
        """Take a connection from the pool and begin."""
        holder = client.acquire_connection()
        reader = cls(holder, await holder.__aenter__())
        try:
            await reader._connection.execute(BEGIN)
        except BaseException:
            await holder.__aexit__(None, None, None)
            raise
        return reader

    async def fetch(self, sql: str, parameters: Sequence[Any], row: type | None) -> Sequence[Any]:
        """The rows of a statement."""
        found: Sequence[Any] = await self._connection.fetch(sql, *parameters, record_class=row)
        return found

    async def give_back(self) -> None:
        """End the transaction and let others have the connection."""
        try:
            await self._connection.execute("ROLLBACK")
        finally:
            await self._holder.__aexit__(None, None, None)


async def reset(connection: Any) -> None:
    """What makes a connection ready for its next borrower: nothing.

    The driver ends a transaction that was left open. Its own reset, of settings and
    listeners that nobody here changes for longer, would cost as much as several statements.
    """
