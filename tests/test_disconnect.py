"""A client that goes away takes its operation with it, and nothing else."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
import uvicorn

from erikti.endpoint.disconnect import ClientGoneError, until_disconnected
from erikti.settings import Settings
from server import create_app
from tests.database.leaks import watched
from tests.support.application import database_of

QUERY = "{ regions { code organisations { totalCount } projects { nodes { title } } } }"
BODY = json.dumps({"query": QUERY}).encode()
REQUEST = (
    b"POST /graphql HTTP/1.1\r\nHost: erikti\r\nContent-Type: application/json\r\n"
    b"Content-Length: %d\r\n\r\n%s" % (len(BODY), BODY)
)


def channel(*types: str) -> Callable[[], Awaitable[dict[str, Any]]]:
    """An ASGI channel that gives messages of these types, and then nothing any more."""
    waiting = list(types)

    async def receive() -> dict[str, Any]:
        if not waiting:
            await asyncio.Event().wait()
        return {"type": waiting.pop(0)}

    return receive


async def test_work_is_cancelled_on_a_disconnect() -> None:
    ended = asyncio.Event()

    async def work() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()

    receive = channel("http.request", "http.disconnect")
    with pytest.raises(ClientGoneError):
        await asyncio.wait_for(until_disconnected(receive, work(), 0.01), 10)
    assert ended.is_set()
    assert asyncio.current_task().cancelling() == 0  # type: ignore[union-attr]


async def test_a_result_is_returned_before_and_after_listening_begins() -> None:
    assert await until_disconnected(channel(), asyncio.sleep(0, "soon"), 10) == "soon"
    assert await until_disconnected(channel(), asyncio.sleep(0.05, "late"), 0.001) == "late"
    assert len(asyncio.all_tasks()) <= 2


async def test_an_external_cancellation_is_not_changed() -> None:
    waiting = asyncio.create_task(until_disconnected(channel(), asyncio.Event().wait(), 0))
    await asyncio.sleep(0.02)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting


@pytest.fixture
async def port(populated: str, tmp_path: Path) -> AsyncIterator[int]:
    """A real server on a port of this machine."""
    app = create_app(Settings("127.0.0.1", 0, tmp_path, populated, "", response_cache=False))
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="warning", lifespan="on"))
    running = asyncio.create_task(server.serve())
    async with asyncio.timeout(30):
        while not server.started:  # noqa: ASYNC110 - uvicorn has no event for it
            await asyncio.sleep(0.01)
    database = database_of(app)
    entered = database.enter()  # so that the test finds what requests leave behind
    yield server.servers[0].sockets[0].getsockname()[1]
    database.leave(entered)
    server.should_exit = True
    await running


async def test_disconnected_clients_leave_nothing(port: int, populated: str) -> None:
    async with watched(populated) as leaks:
        for wait in (0, 0.001, 0.003, 0.01, 0.02, 0.05, 0.1, 0.15, 0.2):
            writers = []
            for _ in range(10):
                _, writer = await asyncio.open_connection("127.0.0.1", port)
                writer.write(REQUEST)
                writers.append(writer)
            await asyncio.sleep(wait)
            for writer in writers:
                writer.transport.abort()
        await until_all_is_quiet(leaks.none_are_left)
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(REQUEST)
        answer = await asyncio.wait_for(reader.readuntil(b'"extensions"'), 10)
        assert b'"organisations":{"totalCount"' in answer
        writer.close()


async def until_all_is_quiet(look: Callable[[], Awaitable[None]]) -> None:
    """Wait until the requests that were sent are over, and then look."""
    async with asyncio.timeout(30):
        while True:
            try:
                await look()
            except (AssertionError, TimeoutError):
                await asyncio.sleep(0.1)
            else:
                return
