"""A Valkey that is down, frozen, restarted or invalid: responses are computed without it."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import pytest

from erikti.cache import Answer, ResponseCache
from erikti.cache.valkey import LATE
from tests.cache.computation import SOON, Computation, Make
from tests.support.valkey import OwnValkey, client_of
from tests.support.waiting import until

KEY = b"a key"
TAGS = {"Volunteer"}
PAUSE = 0.05
FOREVER = 1000.0


def warnings(caplog: pytest.LogCaptureFixture) -> list[str]:
    """Return the warnings in the log."""
    return [r.getMessage() for r in caplog.records if r.levelname == "WARNING"]


@pytest.mark.parametrize("happens", [OwnValkey.freeze, OwnValkey.kill])
async def test_answers_come_without_valkey_after_one_wait(
    make: Make,
    own_valkey: OwnValkey,
    caplog: pytest.LogCaptureFixture,
    happens: Callable[[OwnValkey], None],
) -> None:
    cache, compute = make(own_valkey.url, pause=FOREVER, timeout=SOON), Computation()
    assert (await cache.answer(KEY, TAGS, compute)).body == b"answer 1"
    happens(own_valkey)
    for number in range(2, 12):
        assert (await cache.answer(KEY, TAGS, compute)).body == b"answer %d" % number
    assert not await cache.drop(TAGS)
    assert cache.metrics["outages"] == cache.metrics["away"] == cache.metrics["failed_drops"] == 1
    assert cache.metrics["bypassed"] == 10
    (warning,) = warnings(caplog)
    assert "Valkey cannot be used" in warning


async def test_valkey_that_was_never_there(make: Make, caplog: pytest.LogCaptureFixture) -> None:
    cache = make("redis://:hidden@127.0.0.1:1", pause=PAUSE)
    for _ in range(3):
        await cache.answer(KEY, TAGS, Computation())
        await asyncio.sleep(2 * PAUSE)
    assert cache.metrics["outages"] == 1
    assert len(warnings(caplog)) == 1
    assert "hidden" not in caplog.text


async def test_equal_requests_share_one_computation_in_an_outage(make: Make) -> None:
    cache, compute = make("redis://127.0.0.1:1", pause=FOREVER), Computation()
    go = asyncio.Event()

    async def slow() -> Answer:
        await go.wait()
        return await compute()

    await cache.answer(b"another key", TAGS, Computation())
    waiting = [asyncio.create_task(cache.answer(KEY, TAGS, slow)) for _ in range(100)]
    await until(lambda: cache.metrics["joined"] == 99)
    await cache.drop(TAGS)
    late = asyncio.create_task(cache.answer(KEY, TAGS, slow))
    go.set()
    assert {answer.body for answer in await asyncio.gather(*waiting)} == {b"answer 1"}
    assert (await late).body == b"answer 2"


async def test_valkey_is_used_again_when_it_is_back_and_drops_are_made_up_for(
    make: Make, own_valkey: OwnValkey, caplog: pytest.LogCaptureFixture
) -> None:
    cache, compute = make(own_valkey.url, pause=PAUSE, timeout=SOON), Computation()
    await cache.answer(KEY, TAGS, compute)
    await cache.answer(b"another key", {"Forum"}, compute)
    own_valkey.freeze()
    assert not await cache.drop(TAGS)
    own_valkey.thaw()
    await until(lambda: not cache.away)
    assert (await cache.answer(KEY, TAGS, compute)).body == b"answer 3"
    assert (await cache.answer(b"another key", {"Forum"}, compute)).body == b"answer 2"
    own_valkey.freeze()
    await cache.answer(KEY, TAGS, compute)
    own_valkey.thaw()
    await until(lambda: not cache.away)
    assert (await cache.answer(KEY, TAGS, compute)).body == b"answer 3"
    assert len(warnings(caplog)) == cache.metrics["outages"] == 2


async def test_a_drop_that_failed_holds_for_other_processes_once_valkey_is_back(
    make: Make, own_valkey: OwnValkey
) -> None:
    here, there = (make(own_valkey.url, pause=PAUSE, timeout=SOON) for _ in range(2))
    compute = Computation()
    await there.answer(KEY, TAGS, compute)
    own_valkey.freeze()
    assert not await here.drop(TAGS)
    own_valkey.thaw()
    await until(lambda: not here.away)
    assert (await there.answer(KEY, TAGS, compute)).body == b"answer 2"


async def test_a_drop_that_never_succeeds_is_told_at_the_end(
    own_valkey: OwnValkey, caplog: pytest.LogCaptureFixture
) -> None:
    async with client_of(own_valkey.url, pause=FOREVER, timeout=SOON) as valkey:
        cache = ResponseCache(valkey)
        own_valkey.freeze()
        assert not await cache.drop(TAGS)
        await cache.close()
        assert "an invalidation was lost" in caplog.text
        caplog.clear()
        cache = ResponseCache(valkey)
        assert not await cache.drop(TAGS)
        own_valkey.thaw()
        await cache.close()
    assert "an invalidation was lost" not in caplog.text


async def test_a_restarted_valkey_is_not_trusted_with_what_it_saved(
    make: Make, own_valkey: OwnValkey
) -> None:
    cache, compute = make(own_valkey.url, pause=PAUSE), Computation()
    await cache.answer(KEY, TAGS, compute)
    with own_valkey.client() as client:
        client.save()
    await cache.drop(TAGS)
    own_valkey.kill()
    own_valkey.start()
    with own_valkey.client() as client:
        # The old entry and its generation are restored.
        assert client.keys("*answer*")
    await cache.answer(b"another key", TAGS, compute)  # may meet a broken connection
    await until(lambda: not cache.away)
    for trusting in (cache, make(own_valkey.url)):
        bypassed = trusting.metrics["bypassed"]
        assert (await trusting.answer(KEY, TAGS, compute)).body != b"answer 1"
        assert trusting.metrics["bypassed"] == bypassed


@asynccontextmanager
async def talking(rubbish: bytes) -> AsyncIterator[str]:
    """A server with the same response to every request; its URL."""

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while await reader.read(1000):
            writer.write(rubbish)
        writer.close()

    server = await asyncio.start_server(talk, "127.0.0.1", 0)
    async with server:
        yield f"redis://127.0.0.1:{server.sockets[0].getsockname()[1]}"


@pytest.mark.parametrize(
    "rubbish",
    [
        b"HTTP/1.1 400 Bad Request\r\n\r\n",
        b"\x00\xff\xfe" * 100 + b"\r\n",
        b"+OK\r\n",
        b":1000000000000\r\n",
        b"$-1\r\n",
        b"$99999999999\r\nabc",
        b"*1\r\n$3\r\nabc\r\n",
        b"-ERR unknown command\r\n",
        b"$18\r\nrun_id:0123456789a\r\n",
        b"",
    ],
)
async def test_rubbish_from_valkey_reaches_nobody(
    make: Make, caplog: pytest.LogCaptureFixture, rubbish: bytes
) -> None:
    async with talking(rubbish) as url:
        cache, compute = make(url, pause=FOREVER, timeout=SOON), Computation()
        for number in (1, 2):
            assert (await cache.answer(KEY, TAGS, compute)).body == b"answer %d" % number
        assert cache.metrics["outages"] == 1
        assert len(warnings(caplog)) == 1
        await cache.close()


async def test_a_full_valkey_hurts_no_answer(make: Make, own_valkey: OwnValkey) -> None:
    with own_valkey.client() as client:
        client.config_set("maxmemory", "1mb")
        client.config_set("maxmemory-policy", "noeviction")
    cache, compute = make(own_valkey.url, pause=FOREVER), Computation()
    for number in (1, 2):
        assert (await cache.answer(KEY, TAGS, compute)).body == b"answer %d" % number
    assert cache.metrics["outages"] == 1


async def test_a_process_that_was_busy_itself_does_not_blame_valkey(
    make: Make, own_valkey: OwnValkey
) -> None:
    cache, compute = make(own_valkey.url, timeout=SOON), Computation()
    await cache.answer(KEY, TAGS, compute)
    own_valkey.freeze()
    caller = asyncio.create_task(cache.answer(KEY, TAGS, compute))
    await asyncio.sleep(0)
    time.sleep(2 * LATE * SOON)  # noqa: ASYNC251 - this is the busyness
    assert (await caller).body == b"answer 2"
    assert cache.metrics["outages"] == 0
    own_valkey.thaw()
    assert (await cache.answer(KEY, TAGS, compute)).body == b"answer 1"


async def test_valkey_is_found_by_a_socket_or_with_a_password(
    make: Make, own_valkey: OwnValkey
) -> None:
    with own_valkey.client() as client:
        client.config_set("requirepass", "secret")
        path, port = own_valkey.socket, own_valkey.port
        for number, url in enumerate(
            (
                f"unix://{path}?password=secret",
                f"unix://{path}?password=secret&db=1",
                f"valkey://:secret@127.0.0.1:{port}/2",
            ),
            1,
        ):
            cache, compute = make(url), Computation()
            await cache.answer(KEY, TAGS, compute)
            assert await cache.answer(KEY, TAGS, compute)
            assert (compute.begun, cache.metrics["outages"]) == (1, 0)
            assert len(client.info("keyspace")) == number
        refused = make(f"redis://:wrong@127.0.0.1:{port}", pause=FOREVER)
        await refused.answer(KEY, TAGS, Computation())
        assert refused.metrics["outages"] == 1
