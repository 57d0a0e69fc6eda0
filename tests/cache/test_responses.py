"""The response cache behaves alike in memory and in a real Valkey."""

import asyncio

import pytest
from valkey import Valkey

from erikti.cache import EVERYTHING, Answer, ResponseCache
from tests.cache.computation import Computation, Make
from tests.support.processes import forked
from tests.support.waiting import until

KEY = b"a key"
TAGS = {"Volunteer", "Region"}
DROP = """
import asyncio, sys
from erikti.cache import ResponseCache, Valkey
async def drop():
    valkey = Valkey(sys.argv[1], timeout=5)
    cache = ResponseCache(valkey)
    assert await cache.drop(sys.argv[2:])
    await cache.close()
    await valkey.close()
asyncio.run(drop())
"""


async def test_an_answer_is_computed_once_and_then_kept(cache: ResponseCache) -> None:
    compute = Computation()
    first = await cache.answer(KEY, TAGS, compute)
    second = await cache.answer(KEY, TAGS, compute)
    assert (second.body, second.etag, second.max_age) == (first.body, first.etag, first.max_age)
    assert (first.body, first.etag, first.max_age) == (b"answer 1", '"etag"', 60)
    assert (await cache.answer(b"another key", TAGS, compute)).body == b"answer 2"
    assert cache.metrics["hits"] == 1
    assert cache.metrics["misses"] == cache.metrics["stored"] == 2


async def test_an_answer_tells_its_age(cache: ResponseCache) -> None:
    async def compute() -> Answer:
        made = Answer(b"", "", 60)
        return Answer(b"", "", 60, made.made_at - 20)

    await cache.answer(KEY, TAGS, compute)
    kept = await cache.answer(KEY, TAGS, compute)
    assert cache.metrics["hits"] == 1
    assert kept.age >= 20
    assert 0 < kept.fresh_for <= 40


async def test_an_answer_is_kept_no_longer_than_it_may_be(cache: ResponseCache) -> None:
    compute = Computation(max_age=1)
    first = await cache.answer(KEY, TAGS, compute)
    assert (await cache.answer(KEY, TAGS, compute)).body == first.body
    await until(lambda: first.fresh_for == 0)
    assert (await cache.answer(KEY, TAGS, compute)).body == b"answer 2"


@pytest.mark.parametrize("max_age", [0, -1])
async def test_an_answer_that_may_not_be_kept_is_not(cache: ResponseCache, max_age: int) -> None:
    compute = Computation(max_age)
    for _ in range(2):
        await cache.answer(KEY, TAGS, compute)
    assert compute.begun == 2
    assert cache.metrics["stored"] == 0


@pytest.mark.parametrize("tag", ["Volunteer", EVERYTHING])
async def test_a_dropped_tag_ends_the_answers_that_have_it(cache: ResponseCache, tag: str) -> None:
    compute = Computation()
    await cache.answer(KEY, TAGS, compute)
    await cache.answer(b"another key", {"Forum"}, compute)
    assert await cache.drop({"Placement"})
    assert (await cache.answer(KEY, TAGS, compute)).body == b"answer 1"
    assert await cache.drop({tag})
    assert (await cache.answer(KEY, TAGS, compute)).body == b"answer 3"
    other = await cache.answer(b"another key", {"Forum"}, compute)
    assert (other.body == b"answer 2") is (tag != EVERYTHING)


async def test_what_is_computed_while_its_tag_is_dropped_is_not_served_later(
    cache: ResponseCache,
) -> None:
    begun, go = asyncio.Event(), asyncio.Event()

    async def slow() -> Answer:
        begun.set()
        await go.wait()
        return Answer(b"from old data", "", 60)

    early = asyncio.create_task(cache.answer(KEY, TAGS, slow))
    await begun.wait()
    await cache.drop({"Region"})
    compute = Computation()
    assert (await cache.answer(KEY, TAGS, compute)).body == b"answer 1"
    go.set()
    assert (await early).body == b"from old data"
    assert (await cache.answer(KEY, TAGS, compute)).body != b"from old data"


async def test_equal_requests_share_one_computation(cache: ResponseCache) -> None:
    go = asyncio.Event()
    compute = Computation()

    async def slow() -> Answer:
        await go.wait()
        return await compute()

    waiting = [asyncio.create_task(cache.answer(KEY, TAGS, slow)) for _ in range(100)]
    await until(lambda: cache.metrics["misses"] + cache.metrics["joined"] == 100)
    go.set()
    assert {answer.body for answer in await asyncio.gather(*waiting)} == {b"answer 1"}
    assert compute.begun == 1


async def test_a_caller_who_leaves_takes_the_answer_from_nobody(cache: ResponseCache) -> None:
    begun, go = asyncio.Event(), asyncio.Event()

    async def slow() -> Answer:
        begun.set()
        await go.wait()
        return Answer(b"answer", "", 60)

    leader = asyncio.create_task(cache.answer(KEY, TAGS, slow))
    await begun.wait()
    follower = asyncio.create_task(cache.answer(KEY, TAGS, slow))
    await until(lambda: cache.metrics["joined"] == 1)
    leader.cancel()
    go.set()
    with pytest.raises(asyncio.CancelledError):
        await leader
    assert (await follower).body == b"answer"


async def test_a_computation_ends_when_nobody_waits_for_it(cache: ResponseCache) -> None:
    begun, ended = asyncio.Event(), asyncio.Event()

    async def endless() -> Answer:
        begun.set()
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()
        raise AssertionError

    caller = asyncio.create_task(cache.answer(KEY, TAGS, endless))
    await begun.wait()
    caller.cancel()
    with pytest.raises(asyncio.CancelledError):
        await caller
    assert (await cache.answer(KEY, TAGS, Computation())).body == b"answer 1"
    await ended.wait()


async def test_an_error_reaches_all_who_wait_and_is_not_kept(cache: ResponseCache) -> None:
    go = asyncio.Event()

    async def broken() -> Answer:
        await go.wait()
        raise LookupError("no such thing")

    waiting = [asyncio.create_task(cache.answer(KEY, TAGS, broken)) for _ in range(3)]
    await until(lambda: cache.metrics["misses"] + cache.metrics["joined"] == 3)
    go.set()
    results = await asyncio.gather(*waiting, return_exceptions=True)
    assert [type(result) for result in results] == [LookupError] * 3
    assert (await cache.answer(KEY, TAGS, Computation())).body == b"answer 1"


async def test_an_answer_that_is_too_large_is_given_and_not_kept(
    make: Make, valkey_client: Valkey, valkey_url: str
) -> None:
    for url in (None, valkey_url):
        cache = make(url, max_entry_bytes=50)
        compute = Computation()
        for _ in range(2):
            await cache.answer(KEY, TAGS, compute)
        assert compute.begun == cache.metrics["refused"] == 2
    assert not valkey_client.keys("*answer*")


async def test_memory_is_bounded_and_keeps_what_was_used_last(make: Make) -> None:
    cache = make(max_bytes=20_000)
    compute = Computation()
    for number in range(200):
        await cache.answer(b"often", (), compute)
        await cache.answer(b"%d" % number, (), compute)
    assert compute.begun == 201
    await cache.answer(b"199", (), compute)
    assert compute.begun == 201
    kept = compute.begun
    for number in range(200):
        await cache.answer(b"%d" % number, (), compute)
    assert compute.begun - kept > 100


@pytest.mark.usefixtures("processes")
async def test_a_drop_in_another_process_holds_here(make: Make, empty_url: str) -> None:
    cache, compute = make(empty_url), Computation()
    await cache.answer(KEY, TAGS, compute)
    done = await asyncio.to_thread(forked.python, "-c", DROP, empty_url, "Region")
    assert done.returncode == 0, done.stderr
    assert (await cache.answer(KEY, TAGS, compute)).body == b"answer 2"


async def test_processes_share_answers_under_one_secret(make: Make, empty_url: str) -> None:
    compute = Computation()
    for secret, body in ((b"one", b"answer 1"), (b"one", b"answer 1"), (b"two", b"answer 2")):
        cache = make(empty_url, secret=secret)
        assert (await cache.answer(KEY, TAGS, compute)).body == body


async def test_a_generation_that_was_lost_makes_no_old_answer_good(
    make: Make, valkey_client: Valkey, valkey_url: str
) -> None:
    cache, compute = make(valkey_url), Computation()
    await cache.answer(KEY, TAGS, compute)
    await cache.drop(TAGS)
    valkey_client.delete("erikti:tag:Region", "erikti:tag:Volunteer")
    assert (await cache.answer(KEY, TAGS, compute)).body == b"answer 2"
    assert (await cache.answer(KEY, TAGS, compute)).body == b"answer 2"
