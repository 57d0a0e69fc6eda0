"""The limit: one handwritten statement for each operation, which writes the JSON; no GraphQL."""

import os
from collections.abc import Callable
from typing import Any

import asyncpg
import orjson

from benchmarks.peers import statements, written

Answer = tuple[str, tuple[Any, ...]]  # a statement and its parameters
STATEMENTS: dict[str, Callable[[dict[str, Any]], Answer]] = {
    "Record": lambda given: (written.RECORD, (statements.volunteer_key(given["id"]),)),
    "Page": lambda given: (written.page(given["first"]), ()),
    "Tile": lambda _: (written.TILE, ()),
    "Dashboard": lambda _: (written.DASHBOARD, ()),
    "Big": lambda given: (written.big(given["first"]), ()),
}


class Limit:
    """The application: a pool of connections, and a statement for each operation's name."""

    def __init__(self) -> None:
        self._pool: asyncpg.Pool | None = None

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Serve an operation by its name, or the lifespan of the pool."""
        if scope["type"] == "lifespan":
            await self._live(receive, send)
            return
        body = b""
        more = True
        while more:
            message = await receive()
            body += message.get("body", b"")
            more = message.get("more_body", False)
        data = await self._data(orjson.loads(body)) if body else b"{}"
        headers = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(data))]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": data})

    async def _data(self, wanted: dict[str, Any]) -> bytes:
        assert self._pool is not None
        sql, parameters = STATEMENTS[wanted["operationName"]](wanted.get("variables") or {})
        data: bytes = await self._pool.fetchval(sql, *parameters)
        return data

    async def _live(self, receive: Any, send: Any) -> None:
        while (await receive())["type"] == "lifespan.startup":
            self._pool = await statements.pool(os.environ["DATABASE_URL"])
            await send({"type": "lifespan.startup.complete"})
        assert self._pool is not None
        await self._pool.close()
        await send({"type": "lifespan.shutdown.complete"})


app = Limit()
