"""A process that responds without a network, and counts its processor time.

``python -P inside.py``, with a version of Erikti in PYTHONPATH, prints a line when it is ready.
Then it reads lines of JSON, each with the ``body`` of a request, its ``headers`` and a ``count``,
and prints microseconds of processor time per response.
"""

import asyncio
import gc
import json
import sys
import time
from collections.abc import MutableMapping
from contextlib import asynccontextmanager
from typing import Any

import uvloop

import server

Message = MutableMapping[str, Any]


class Requests:
    """The same request again and again."""

    def __init__(self, app: Any, state: dict[str, Any], body: bytes, headers: list[Any]) -> None:
        self._app = app
        self._state = state
        self._body = body
        self._headers = headers
        self._status = 0

    async def run(self, count: int) -> float:
        """Return microseconds of processor time per response; raises RuntimeError for a failure."""
        began = time.process_time()
        for _ in range(count):
            await self._one()
            if self._status != 200:
                raise RuntimeError(f"status {self._status}")
        return (time.process_time() - began) / count * 1e6

    async def _one(self) -> None:
        messages = [{"type": "http.request", "body": self._body, "more_body": False}]

        async def receive() -> Message:
            if messages:
                return messages.pop()
            await asyncio.get_running_loop().create_future()  # the client stays
            raise AssertionError

        async def send(message: Message) -> None:
            self._status = message.get("status", self._status)

        await self._app(self._scope(), receive, send)

    def _scope(self) -> Message:
        return {
            "type": "http",
            "asgi": {"version": "3.0", "spec_version": "2.4"},
            "http_version": "1.1",
            "method": "POST",
            "scheme": "http",
            "path": "/graphql",
            "raw_path": b"/graphql",
            "root_path": "",
            "query_string": b"",
            "headers": self._headers,
            "client": ("127.0.0.1", 50_000),
            "server": ("127.0.0.1", 8_000),
            "state": self._state.copy(),
        }


@asynccontextmanager
async def open_app(app: Any) -> Any:
    """Run the lifespan of an application; yield the state of its requests."""
    state: dict[str, Any] = {}
    started, ending, ended = asyncio.Event(), asyncio.Event(), asyncio.Event()
    messages = iter(("lifespan.startup", "lifespan.shutdown"))

    async def receive() -> Message:
        kind = next(messages)
        if kind == "lifespan.shutdown":
            await ending.wait()
        return {"type": kind}

    async def send(message: Message) -> None:
        if message["type"].endswith(".failed"):
            raise RuntimeError(message.get("message"))
        (ended if started.is_set() else started).set()

    running = asyncio.create_task(app({"type": "lifespan", "state": state}, receive, send))
    await asyncio.wait(
        {running, asyncio.ensure_future(started.wait())}, return_when="FIRST_COMPLETED"
    )
    try:
        yield state
    finally:
        ending.set()
        await running


async def main() -> None:
    """Respond to the lines of the standard input until its end."""
    app = server.app()
    async with open_app(app) as state:
        print("ready", flush=True)
        while line := await asyncio.to_thread(sys.stdin.readline):
            wanted = json.loads(line)
            body = json.dumps(wanted["body"]).encode()
            headers = [(name.encode(), value.encode()) for name, value in wanted["headers"].items()]
            headers.append((b"content-length", b"%d" % len(body)))
            gc.collect()
            print(await Requests(app, state, body, headers).run(wanted["count"]), flush=True)


if __name__ == "__main__":
    uvloop.run(main())
