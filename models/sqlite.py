"""Tortoise's SQLite engine with the one function that SQLite lacks."""

from tortoise.backends.sqlite.client import SqliteClient


class Client(SqliteClient):
    """A connection whose ``lower_text`` lowers the letters of every alphabet."""

    async def _post_connect(self) -> None:
        await super()._post_connect()
        assert self._connection is not None
        await self._connection.create_function("lower_text", 1, _lower_text, deterministic=True)


def _lower_text(value: str | None) -> str | None:
    return None if value is None else value.lower()


client_class = Client
