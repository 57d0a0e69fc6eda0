"""Chains witness one another: none can be removed or truncated while another remains."""

import asyncio
import errno
import json
import os
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from uuid import UUID

import pytest

from erikti.audit import AccessLog, AccessLogUnavailableError
from tests.audit.commands import NOWHERE, Where, run
from tests.audit.places import Place, access, write_chain
from tests.audit.tampering import RECORDS, remove
from tests.support.waiting import until


def writer_of(log: AccessLog) -> UUID:
    assert log._chain is not None
    return log._chain.writer


@asynccontextmanager
async def two(place: Place) -> AsyncIterator[tuple[AccessLog, AccessLog]]:
    """Open two logs with one chain each."""
    async with place.log() as one, place.log() as other:
        await one.write(access(0))
        await other.write(access(1))
        yield one, other


def seen(place: Place, by: UUID, of: UUID) -> int:
    """Return the size of another chain's checkpoints that a chain has recorded."""
    payload = (json.loads(line)["seen"].get(str(of), 0) for line in place.lines(by))
    return max(payload, default=0)


def signing(place: Place, writer: UUID) -> int:
    """Return the end of the last checkpoint of a chain that signs entries."""
    lines = place.lines(writer)
    last = max(n for n, line in enumerate(lines) if json.loads(line)["marks"])
    return sum(map(len, lines[: last + 1]))


async def cut(place: Place, writer: UUID, *, lines: int = 1) -> None:
    """Remove a chain's checkpoints except the first ones, and the entries that they sign."""
    kept = place.lines(writer)[:lines]
    last = json.loads(kept[-1])["sequence"] if kept else -1
    path = place.checkpoints / f"{writer}.jsonl"
    path.write_text("".join(kept))
    if not kept:
        path.unlink()
    await remove(place, f"> {last} AND writer = {place.uuid(writer)}")


async def found(place: Place) -> set[tuple[str, str]]:
    return {(p.kind.value, p.writer) for p in (await place.report()).problems}


async def test_a_chain_that_is_cut_while_its_sibling_stays_is_named(place: Place) -> None:
    async with two(place) as (one, other):
        first = writer_of(one)
        for n in range(5):
            await one.write(access(n))
        await until(lambda: len(place.lines(first)) > 1)
        await other.write(access(9))
    assert await place.problems() == []
    await cut(place, first)
    assert await found(place) == {("checkpoint", str(first))}


async def test_a_sibling_without_new_entries_still_witnesses(place: Place) -> None:
    async with two(place) as (one, other):
        first, second = writer_of(one), writer_of(other)
        path = place.checkpoints / f"{first}.jsonl"
        await until(lambda: seen(place, second, first) > 0)
        for n in range(3):
            await one.write(access(n))
            await until(lambda: one._chain is not None and not one._chain.marks)
            await until(lambda: seen(place, second, first) >= signing(place, first))
        lines = place.lines(second)
        assert [json.loads(line)["marks"] for line in lines[-2:]] == [[], []]
        kept = path.read_bytes()
    assert await place.problems() == []
    # Padding does not replace what was cut off.
    os.truncate(path, signing(place, first) - 1)
    with path.open("ab") as file:
        file.write(b" " * len(kept))
    assert ("checkpoint", str(first)) in await found(place)


async def test_idle_siblings_do_not_react_to_one_another_forever(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("erikti.audit.log.INTERVAL", 0.01)
    async with two(place) as (one, other):
        chains = writer_of(one), writer_of(other)
        looks: list[bool] = []

        def counted(outdated: Callable[[], bool]) -> bool:
            looks.append(outdated())
            return looks[-1]

        await until(lambda: all(len(place.lines(writer)) > 1 for writer in chains))
        for log in (one, other):
            assert log._chain is not None
            file = log._chain.file
            monkeypatch.setattr(file, "outdated", partial(counted, file.outdated))
        await until(lambda: len(looks) > 100)
        lines = [len(place.lines(writer)) for writer in chains]
        assert max(lines) < 10


async def test_a_chain_is_missed_though_a_hundred_others_came_after_it(place: Place) -> None:
    first = await write_chain(place, before=1, after=1)
    for n in range(101):
        async with place.log() as log:
            if n % 50 == 0:
                await log.write(access(n))
            else:
                await log._checked_chain(datetime.now(UTC))
    assert await place.problems() == []
    # Each records only what is new since the previous one.
    assert max(path.stat().st_size for path in place.checkpoints.iterdir()) < 4_000
    await cut(place, first, lines=0)
    assert await found(place) == {("checkpoint", str(first))}


async def test_files_that_witness_only_one_another_hide_nothing(place: Place) -> None:
    """Two forged files claim to have seen a chain and each other."""
    first = await write_chain(place, before=1, after=1)
    names = [UUID(int=1), UUID(int=2)]
    for name, other in (names, reversed(names)):
        seen_by_it = {str(first): 1 << 40, str(other): 1 << 40}
        payload = {"writer": str(name), "checkpoint": 0, "seen": seen_by_it, "signature": "00"}
        (place.checkpoints / f"{name}.jsonl").write_text(json.dumps(payload) + "\n")
    second = await write_chain(place, before=1, after=1)
    for name in names:
        (place.checkpoints / f"{name}.jsonl").unlink()
    await cut(place, first, lines=0)
    assert ("checkpoint", str(first)) in await found(place)
    assert seen(place, second, first) > 0


@contextmanager
def full_disk(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Let files be created, but fail every write."""

    def failing(handle: int) -> None:
        os.ftruncate(handle, 0)
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patch:
        patch.setattr("erikti.audit.checkpoints.os.fsync", failing)
        yield


async def test_starts_that_fail_leave_no_file(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with place.log() as log:
        with full_disk(monkeypatch):
            for n in range(5):
                with pytest.raises(AccessLogUnavailableError):
                    await log.write(access(n))
            assert list(place.checkpoints.iterdir()) == []
        await log.write(access(5))
    report = await place.report()
    assert (report.problems, report.chains) == ([], 1)


@pytest.mark.parametrize("text", ["", '{"checkpoint":'])
async def test_a_file_without_a_complete_checkpoint_is_reported_and_not_witnessed(
    place: Place, text: str
) -> None:
    name = UUID(int=7)
    (place.checkpoints).mkdir()
    (place.checkpoints / f"{name}.jsonl").write_text(text)
    writer = await write_chain(place, before=1, after=1)
    assert seen(place, writer, name) == 0
    assert await found(place) == {("checkpoint", str(name))}
    (place.checkpoints / f"{name}.jsonl").unlink()
    assert await place.problems() == []


@pytest.mark.parametrize("gone", [True, False])
async def test_a_chain_whose_checkpoints_are_taken_away_is_left(place: Place, gone: bool) -> None:
    async with place.log() as log:
        await log.write(access(0))
        first = writer_of(log)
        path = place.checkpoints / f"{first}.jsonl"
        await until(lambda: len(place.lines(first)) > 1)
        if gone:
            path.unlink()
        else:
            os.truncate(path, 10)
        await log.write(access(1))
        assert log._chain is not None
        file = log._chain.file
        await until(lambda: file.lost)
        await log.write(access(2))
        assert writer_of(log) != first
    assert {writer for _, writer in await found(place)} == {str(first)}
    rows = await place.sql(f"SELECT count(*) FROM {RECORDS} WHERE sequence > 0")
    assert rows[0][0] == 3


async def test_a_bundle_is_of_one_moment_while_chains_grow(place: Place, tmp_path: Path) -> None:
    where = Where(place.url, place.checkpoints, place.key)
    key = tmp_path / "officer.pem"
    async with two(place) as (one, other):
        key.write_text(run(where, "public-key").stdout)
        stop = False

        async def keep(log: AccessLog) -> None:
            while not stop:
                await log.write(access(0))
                assert log._chain is not None
                await log._cover(log._chain)

        writing = [asyncio.create_task(keep(log)) for log in (one, other)]
        for n in range(3):
            await asyncio.to_thread(run, where, "export", tmp_path / f"bundle-{n}")
        stop = True
        await asyncio.gather(*writing)
    for n in range(3):
        bundle = tmp_path / f"bundle-{n}"
        done = await asyncio.to_thread(
            run, NOWHERE, "verify", "--bundle", bundle, "--public-key", key
        )
        assert done.exit_code == 0, done.output
