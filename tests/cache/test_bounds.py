"""Limits of the cache, and its cleanup: bytes, ages, tasks, connections, invalidations."""

import asyncio
import gc
import time
import weakref
from collections.abc import Sequence
from typing import Any

import pytest
from valkey import Valkey

from erikti.cache import Answer, ResponseCache
from erikti.cache import Valkey as Client
from erikti.cache.backends import Shared
from erikti.cache.valkey import in_time
from tests.cache.computation import Computation, Make
from tests.support.clock import Clock
from tests.support.valkey import PATIENCE, OwnValkey, client_of
from tests.support.waiting import until

KEY, OTHER = b"a key", b"another key"
TAGS = {"Volunteer"}
PAUSE = 0.05
FOREVER = 1000.0


async def endless() -> Answer:
    await asyncio.Event().wait()
    raise AssertionError


def large() -> Answer:
    return Answer(b"x" * 6_000, '"etag"', 60)


async def test_memory_holds_as_many_answers_as_fit_by_their_size(make: Make) -> None:
    cache = make(max_bytes=20_000)

    async def compute() -> Answer:
        return large()

    for number in range(10):
        await cache.answer(b"%d" % number, (), compute)
    for number in reversed(range(10)):
        await cache.answer(b"%d" % number, (), Computation(max_age=0))
    assert cache.metrics["hits"] == 3


async def test_an_answer_that_is_made_anew_takes_no_more_room(make: Make) -> None:
    cache, compute = make(max_bytes=20_000), Computation()
    await cache.answer(OTHER, {"Forum"}, compute)
    for _ in range(200):
        await cache.answer(KEY, TAGS, compute)
        await cache.drop(TAGS)
        await cache.answer(OTHER, {"Forum"}, compute)
    assert (await cache.answer(OTHER, {"Forum"}, compute)).body == b"answer 1"


async def test_an_answer_of_just_the_largest_size_is_kept(
    make: Make, valkey_client: Valkey, valkey_url: str
) -> None:
    await make(valkey_url).answer(KEY, TAGS, Computation())
    (name,) = valkey_client.keys("*answer*")  # type: ignore[misc]
    size: Any = valkey_client.strlen(name)
    for most, kept in ((size, 1), (size - 1, 0)):
        cache = make(max_entry_bytes=most)
        await cache.answer(KEY, TAGS, Computation())
        assert (cache.metrics["stored"], cache.metrics["refused"]) == (kept, 1 - kept)


@pytest.mark.parametrize(
    ("made", "age", "fresh_for"),
    [(0, 0, 60), (-1.5, 1, 58.5), (-59, 59, 1), (-61, 61, 0), (0.5, 0, 60), (30, 0, 0)],
)
def test_an_answer_ages_and_one_from_the_future_is_of_no_use(
    monkeypatch: pytest.MonkeyPatch, made: float, age: int, fresh_for: float
) -> None:
    monkeypatch.setattr("erikti.cache.answers.time", Clock())
    answer = Answer(b"", "", 60, made)
    assert (answer.age, answer.fresh_for) == (age, fresh_for)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """A clock that the test sets."""
    found = Clock()
    for module in ("answers", "backends"):
        monkeypatch.setattr(f"erikti.cache.{module}.time", found)
    return found


async def test_an_answer_of_a_clock_that_is_put_right_ages_all_the_same(
    make: Make, clock: Clock
) -> None:
    """Otherwise a response computed a day ahead would never expire."""
    cache, compute = make(), Computation(max_age=60)
    clock.day += 86_400
    assert (await cache.answer(KEY, TAGS, compute)).age == 0
    clock.day -= 86_400
    clock.running += 59
    assert (await cache.answer(KEY, TAGS, compute)).age == 59
    clock.running += 2
    assert (await cache.answer(KEY, TAGS, compute)).body == b"answer 2"


@pytest.mark.parametrize("apart", [-86_400, 86_400])
async def test_machines_whose_clocks_differ_share_answers_by_the_clock_of_valkey(
    make: Make, clock: Clock, valkey_client: Valkey, valkey_url: str, apart: float
) -> None:
    assert valkey_client.dbsize() == 0
    here, there, compute = make(valkey_url), make(valkey_url), Computation(max_age=3_600)
    first = await here.answer(KEY, TAGS, compute)
    clock.running += apart
    clock.day += apart
    found = await there.answer(KEY, TAGS, compute)
    assert (found.body, found.max_age) == (first.body, 3_600)
    assert abs(found.made_at - apart - first.made_at) < 3_600
    assert found.fresh_for > 0


async def test_entries_of_a_valkey_whose_clock_was_put_back_are_made_anew(
    make: Make, monkeypatch: pytest.MonkeyPatch, valkey_client: Valkey, valkey_url: str
) -> None:
    """Otherwise their time to live would be a day too long."""
    assert valkey_client.dbsize() == 0
    cache, compute = make(valkey_url), Computation(max_age=60)
    read = Shared.read

    async def ahead(self: Shared, names: Sequence[str]) -> list[bytes | None]:
        found = await read(self, names)
        self.ahead += 86_400
        return found

    with monkeypatch.context() as before:
        before.setattr(Shared, "read", ahead)
        for _ in range(2):
            assert (await cache.answer(KEY, TAGS, compute)).body == b"answer 1"
    for _ in range(2):
        assert (await cache.answer(KEY, TAGS, compute)).body == b"answer 2"


async def test_an_answer_that_is_not_kept_takes_no_room(cache: ResponseCache) -> None:
    left = weakref.ref(await cache.answer(KEY, TAGS, Computation(max_age=0)))
    await asyncio.sleep(0)
    gc.collect()
    assert left() is None


async def test_drops_are_counted(cache: ResponseCache) -> None:
    for _ in range(3):
        assert await cache.drop(TAGS)
    assert (cache.metrics["drops"], cache.metrics["failed_drops"]) == (3, 0)


@pytest.mark.parametrize("away", [False, True])
async def test_a_closed_cache_leaves_no_task_behind(away: bool) -> None:
    before = asyncio.all_tasks()
    valkey = Client("redis://127.0.0.1:1", pause=FOREVER)
    cache = ResponseCache(valkey if away else None)
    caller = asyncio.create_task(cache.answer(KEY, TAGS, endless))
    await until(lambda: cache.metrics["misses"] + cache.metrics["bypassed"] == 1)
    assert cache.away is away
    async with asyncio.timeout(PATIENCE):
        await cache.close()
        await valkey.close()
        with pytest.raises(asyncio.CancelledError):
            await caller
    await asyncio.sleep(0)
    assert asyncio.all_tasks() == before


async def test_a_closed_cache_leaves_no_connection_behind(own_valkey: OwnValkey) -> None:
    with own_valkey.client() as client:
        async with client_of(own_valkey.url) as valkey:
            cache = ResponseCache(valkey)
            await cache.answer(KEY, TAGS, Computation())
            assert len(client.client_list()) == 2
            await cache.close()
        await until(lambda: len(client.client_list()) == 1)


async def test_a_drop_is_made_though_its_caller_leaves_and_the_cache_is_closed(
    make: Make, own_valkey: OwnValkey
) -> None:
    there, compute = make(own_valkey.url, timeout=PATIENCE), Computation()
    for number in range(1, 10):
        assert (await there.answer(KEY, TAGS, compute)).body == b"answer %d" % number
        assert (await there.answer(KEY, TAGS, compute)).body == b"answer %d" % number
        async with client_of(own_valkey.url) as valkey:
            here = ResponseCache(valkey)
            leaving = asyncio.create_task(here.drop(TAGS))
            for _ in range(4):
                await asyncio.sleep(0)  # on its way
            leaving.cancel()
            await here.close()


async def test_a_drop_that_failed_is_made_as_the_cache_is_closed(
    make: Make, own_valkey: OwnValkey
) -> None:
    there, compute = make(own_valkey.url, timeout=PATIENCE), Computation()
    await there.answer(KEY, TAGS, compute)
    async with client_of(own_valkey.url, pause=FOREVER, timeout=0.1) as valkey:
        here = ResponseCache(valkey)
        own_valkey.freeze()
        assert not await here.drop(TAGS)
        own_valkey.thaw()
        valkey.timeout = PATIENCE
        await here.close()
    assert (await there.answer(KEY, TAGS, compute)).body == b"answer 2"


async def test_a_drop_that_a_busy_process_could_not_make_is_made_later(
    make: Make, own_valkey: OwnValkey, caplog: pytest.LogCaptureFixture
) -> None:
    there, compute = make(own_valkey.url, timeout=PATIENCE), Computation()
    await there.answer(KEY, TAGS, compute)
    here = make(own_valkey.url, timeout=0.05, pause=PAUSE)
    assert await here.drop({"Forum"})
    own_valkey.freeze()
    dropping = asyncio.create_task(here.drop(TAGS))
    for _ in range(4):
        await asyncio.sleep(0)
    time.sleep(0.5)  # noqa: ASYNC251 - this is the busyness
    assert not await dropping
    assert "Valkey cannot be used (TimeoutError)" in caplog.text
    own_valkey.thaw()
    await until(lambda: not here.away)
    assert (await there.answer(KEY, TAGS, compute)).body == b"answer 2"


@pytest.mark.parametrize("swallows", [False, True])
async def test_an_exchange_that_is_given_up_is_cancelled_and_reports_no_error(
    swallows: bool,
) -> None:
    heard: list[dict[str, Any]] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: heard.append(context))
    ended = asyncio.Event()

    async def exchange() -> None:
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            if swallows:
                raise ValueError("too late") from None
            raise
        finally:
            ended.set()

    with pytest.raises(TimeoutError):
        await in_time(exchange(), 0.01)
    async with asyncio.timeout(PATIENCE):
        await ended.wait()
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    gc.collect()
    await asyncio.sleep(0)
    assert heard == []
