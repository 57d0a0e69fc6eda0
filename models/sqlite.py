"""Tortoise's SQLite engine with the one function that SQLite lacks."""

import os

from tortoise.backends.sqlite.client import SqliteClient


class Client(SqliteClient):
    """A connection whose ``lower_text`` lowers the letters of every alphabet."""

    _inode: int | None = None

    async def check_file(self) -> None:
        """Let go of a file that was replaced; raises FileNotFoundError where there is none.

        SQLite itself would go on reading the file that is no longer there.
        """
        if self._connection is not None and os.stat(self.filename).st_ino != self._inode:
            await self.close()

    async def _post_connect(self) -> None:
        await super()._post_connect()
        self._inode = os.stat(self.filename).st_ino
        assert self._connection is not None
        await self._connection.create_function("lower_text", 1, _lower_text, deterministic=True)


def _lower_text(value: str | None) -> str | None:
    return None if value is None else value.lower()


client_class = Client
