"""Tortoise's SQLite engine with the functions that SQLite lacks."""

import os
from typing import Any

from tortoise.backends.sqlite.client import SqliteClient

BYTES = "\x01"


class Client(SqliteClient):
    """A connection that lowers the letters of every alphabet and finds bytes in JSON arrays."""

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
        for name, function in (("lower_text", _lower_text), ("unpacked", _unpacked)):
            await self._connection.create_function(name, 1, function, deterministic=True)


def packed(value: bytes) -> str:
    """Bytes as a JSON string that ``unpacked`` knows again; no text may begin like it."""
    return BYTES + value.hex()


def _unpacked(value: Any) -> Any:
    if isinstance(value, str) and value.startswith(BYTES):
        return bytes.fromhex(value.removeprefix(BYTES))
    return value


def _lower_text(value: str | None) -> str | None:
    return None if value is None else value.lower()


client_class = Client
