"""Key rotation in a running database, interrupted at any point without data loss."""

import asyncio
import os
import signal
import subprocess
from datetime import date
from pathlib import Path

import pytest
from tortoise.migrations.executor import MigrationTarget

from erikti.database.connection import Database, config, connection, dialect, fetch
from erikti.database.migration_executor import Executor
from erikti.database.tables import APP
from erikti.importers import load
from erikti.sealing import HASH, SealingError, new_entry
from models.key_rotation import rotate, status
from models.migrate import migrate
from models.people import Person
from models.sealing_keys import exclusive_transaction, recorded_keys
from tests.importers.samples import letters, numbers, outcome, row
from tests.models.sealing import everything, raw, read, using
from tests.support.databases import KEYS
from tests.support.processes import forked

ROOT = Path(__file__).parents[2]
FIRST, HASHES = KEYS.split(",")
NEW = f"{new_entry('k2')},{KEYS}"
ALONE = f"{NEW.split(',', maxsplit=1)[0]},{HASHES}"  # without the old key
MANY = 6000
ID, DAY = Person._meta.fields_map["id"], Person._meta.fields_map["recorded_on"]
ROTATE = """
import asyncio, itertools, sys, time
from erikti.database.connection import Database
from models import key_rotation
from models.migrate import migrate
from erikti.database.sealed import use
from erikti.settings import from_environment

sealed, calls = key_rotation._resealed, itertools.count(1)

def stopping(*given):
    if next(calls) == 2_500:  # in the third batch
        print("begun", flush=True)
        time.sleep(600)  # until it is killed
    return sealed(*given)

async def main(url, what):
    async with Database(url):
        await (key_rotation.rotate() if what == "rotate" else migrate(url))

key_rotation._resealed = stopping
use(from_environment().keyring())
asyncio.run(main(*sys.argv[1:]))
"""


def people(count: int) -> list[dict[str, object]]:
    """Return rows of people with contacts, every other one with an IIN."""
    known = list(zip(range(count // 2), numbers(), strict=False))
    iins = {2 * index: number for index, number in known}
    return [
        row(
            str(n),
            family_name=f"Sample{letters(n)}",
            given_name="Example",
            iin=iins.get(n),
            email=f"canary{n}@example.org",
            phone=f"+7701{n:07d}",
        )
        for n in range(count)
    ]


@pytest.fixture
async def some(database: str) -> str:
    """Return the URL of an open database with people sealed with the first key."""
    assert (await load("people", people(50))).committed
    return database


async def test_everything_comes_under_the_new_key_and_the_old_one_is_not_needed(some: str) -> None:
    before, hashes = await read(), {name: v[1] for name, v in (await raw()).items()}
    assert await status() == {"k1": 125}
    with using(NEW):
        done = await rotate()
        assert (done.values, done.hashes, done.retired, done.unreadable) == (125, 0, ("k1",), set())
        assert (await rotate()).values == 0
    with using(ALONE):
        assert await status() == {"k2": 125}
        assert await read() == before
        assert {name: v[1] for name, v in (await raw()).items()} == hashes
        assert outcome(await load("people", people(50))) == (0, 0, 50, 0)
        await migrate(some)
    with pytest.raises(SealingError, match="k2"):
        await load("people", people(1))


async def test_without_the_old_key_nothing_is_changed(some: str) -> None:
    assert some
    before = await raw()
    with using(ALONE), pytest.raises(SealingError, match="sealed with the key 'k1'"):
        await rotate()
    assert await raw() == before


async def test_an_incomplete_rotation_is_finished(some: str) -> None:
    assert some
    before = await read()
    with using(NEW):
        changed = [{**entry, "phone": "+77770000000"} for entry in people(20)]
        assert outcome(await load("people", changed)) == (0, 20, 0, 0)
        assert await status() == {"k1": 125 - 50, "k2": 50}
        assert (await rotate()).retired == ("k1",)
        after = await read()
    assert {name: v[:2] for name, v in after.items()} == {n: v[:2] for n, v in before.items()}


async def test_hashes_are_made_anew_with_another_key(some: str) -> None:
    before = await raw()
    keys = f"{FIRST},{new_entry(HASH)}"
    with using(keys):
        with pytest.raises(SealingError, match="run erikti keys rotate"):
            await load("people", people(50))
        assert (await rotate()).hashes == 25
        after = await raw()
        assert all(after[n][1] != v[1] for n, v in before.items() if v[1])
        assert outcome(await load("people", people(50))) == (0, 0, 50, 0)
        other = [{**entry, "source_system": "B"} for entry in people(50) if entry["iin"]]
        assert outcome(await load("people", other)) == (0, 25, 0, 0)
    with pytest.raises(SealingError, match="the key 'hash'"):
        await migrate(some)


async def test_a_damaged_value_is_reported_and_its_key_is_not_retired(some: str) -> None:
    assert some
    before = await raw()
    await fetch("UPDATE people SET email = phone WHERE family_name = 'Sampleh'")
    with using(NEW):
        done = await rotate()
        ((damaged,),) = await fetch("SELECT id FROM people WHERE family_name = 'Sampleh'")
        assert {v.bytes for v in done.unreadable} == {getattr(damaged, "bytes", damaged)}
        assert done.retired == ()
        assert (await status())["k1"] == 2
        assert set(await recorded_keys()) == {"k1", "k2", "hash"}
        assert (await raw())["Sampleh"][3] == before["Sampleh"][3]


async def test_an_unsealed_value_is_not_accepted(some: str) -> None:
    assert some
    await fetch("UPDATE people SET email = 'plain' WHERE family_name = 'Sampleh'")
    with using(NEW):
        assert len((await rotate()).unreadable) == 1
        assert (await raw())["Sampleh"][2] == "plain"


async def test_a_rotation_waits_for_an_import_and_reseals_its_values(some: str) -> None:
    """An import that started with the old key must not reintroduce it unnoticed."""
    loaded = asyncio.Event()
    release = asyncio.Event()

    async def importing() -> None:
        async with exclusive_transaction():
            loaded.set()
            await release.wait()

    holder = asyncio.create_task(importing())
    await loaded.wait()
    with using(NEW):
        task = asyncio.create_task(rotate())
        await asyncio.sleep(0.3)
        assert not task.done()
        release.set()
        await holder
        assert (await task).retired == ("k1",)
    with using(f"{KEYS},{NEW.split(',', maxsplit=1)[0]}"):  # a process that still uses the old keys
        assert outcome(await load("people", people(51)[50:])) == (1, 0, 0, 0)
        assert set(await recorded_keys()) == {"k1", "k2", "hash"}
    with using(ALONE), pytest.raises(SealingError, match="sealed with the key 'k1'"):
        await migrate(some)


async def _before(url: str, count: int) -> None:
    """Create a database of the previous version with unsealed people."""
    executor = Executor(connection(), config(url)["apps"])
    await executor.migrate([MigrationTarget(APP, "0002_rollups")])
    encode = dialect().encode
    rows = [
        (
            encode(ID, f"00000000-0000-7000-8000-{n:012x}"),
            f"Example{n} S.",
            encode(DAY, date(2025, 1, 1)),
            *(entry[name] for name in ("family_name", "iin", "email", "phone")),
        )
        for n, entry in enumerate(people(count))
    ]
    names = ("id", "display_name", "recorded_on", "family_name", "iin", "email", "phone")
    await dialect().insert(connection(), "people", names, rows)
    await dialect().insert(
        connection(),
        "person_sources",
        ("system", "identifier", "person_id"),
        [("REGISTRY", str(n), row[0]) for n, row in enumerate(rows)],
    )


def _expected(count: int) -> dict[str, tuple[object, ...]]:
    return {
        str(e["family_name"]): tuple(e[name] for name in ("iin", "email", "phone"))
        for e in people(count)
    }


async def test_people_of_the_version_before_are_sealed_and_leave_no_trace(empty_url: str) -> None:
    async with Database(empty_url):
        await _before(empty_url, 1500)
        # Values that no import would accept are sealed too.
        await fetch("UPDATE people SET phone = '8.701.1' WHERE family_name = 'Samplei'")
        await fetch("UPDATE people SET email = 'k1.a@b.kz' WHERE family_name = 'Samplej'")
        assert "canary7@" in await everything(empty_url)
        assert "0003_sealing" in await migrate(empty_url)
        found = await read()
        assert (found["Samplei"][2], found["Samplej"][1]) == ("8.701.1", "k1.a@b.kz")
        odd = {name: found[name] for name in ("Samplei", "Samplej")}
        assert found == {**_expected(1500), **odd}
        assert await status() == {"k1": 1500 * 2 + 750}
        assert (await fetch("SELECT count(*) FROM person_sources"))[0][0] == 1500
        assert (await fetch("SELECT sum(count) FROM people_by_day"))[0][0] == 1500
        assert (await fetch("SELECT count(iin_hash) FROM people"))[0][0] == 750
        held = await everything(empty_url)
        for entry in people(1500):
            for name in ("iin", "email", "phone"):
                assert str(entry[name]) not in held or entry[name] is None
        assert await migrate(empty_url) == []


async def _count(condition: str) -> int:
    return int((await fetch(f"SELECT count(*) FROM people WHERE {condition}"))[0][0])


def _cut_off(url: str, what: str, keys: str, begun: str) -> tuple[int, int]:
    """Run a process, kill it in its third batch, and count the people who meet a condition."""
    environment = {**os.environ, "ERIKTI_KEYS": keys}
    with forked.start(
        ["-c", ROTATE, url, what], env=environment, stdout=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"begun\n"
        process.send_signal(signal.SIGKILL)
    assert process.returncode == -signal.SIGKILL

    async def count() -> tuple[int, int]:
        async with Database(url):
            return await _count(begun), await _count("1 = 1")

    return asyncio.run(count())


@pytest.mark.usefixtures("processes")
def test_a_rotation_that_is_killed_is_finished_by_the_next(database_url: str) -> None:
    async def prepare() -> None:
        async with Database(database_url):
            assert (await load("people", people(MANY))).committed

    async def finish() -> None:
        async with Database(database_url):
            with using(NEW):
                assert await read() == _expected(
                    MANY
                )  # both keys are in use, all values are readable
                assert (await rotate()).retired == ("k1",)
            with using(ALONE):
                assert await read() == _expected(MANY)
                assert set(await status()) == {"k2"}

    asyncio.run(prepare())
    begun, whole = _cut_off(database_url, "rotate", NEW, "email LIKE 'k2.%'")
    assert (begun, whole) == (2_000, MANY)
    asyncio.run(finish())


@pytest.mark.usefixtures("processes")
def test_a_migration_that_is_killed_while_it_seals_is_finished_by_the_next(empty_url: str) -> None:
    async def prepare() -> None:
        async with Database(empty_url):
            await _before(empty_url, MANY)

    async def finish() -> None:
        async with Database(empty_url):
            assert "plain" in await recorded_keys()
            with pytest.raises(SealingError, match="unsealed personal data: run erikti migrate"):
                await load("people", people(1))
            await migrate(empty_url)
            assert set(await recorded_keys()) == {"k1", "hash"}
            assert await read() == _expected(MANY)
            assert "canary5999@" not in await everything(empty_url)

    asyncio.run(prepare())
    begun, whole = _cut_off(empty_url, "migrate", KEYS, "email LIKE 'k1.%'")
    assert (begun, whole) == (2_000, MANY)
    asyncio.run(finish())
