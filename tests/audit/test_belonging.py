"""A folder of checkpoints belongs to one database, and that database to it."""

import asyncio
import json
import shutil
import subprocess
from pathlib import Path
from uuid import UUID, uuid4

import pytest

from erikti.audit import OtherDatabaseError, check_database, colocation_warning
from erikti.audit.stores import store
from tests.audit.commands import NOWHERE, Where, run
from tests.audit.outages import ON_SQLITE, refused
from tests.audit.places import Place, access, write_chain
from tests.support.databases import Server
from tests.support.processes import environment, erikti, forked
from tests.support.waiting import PATIENCE


async def identity(place: Place) -> UUID:
    where = store(place.url)
    try:
        return await where.identity()
    finally:
        await where.close()


async def rename(place: Place) -> UUID:
    """Give the database another identity."""
    other = uuid4()
    if place.sqlite:
        triggers = await place.sql(
            "SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'access_identity'"
        )
        await place.sql(
            *(f"DROP TRIGGER {name}" for name, _ in triggers),
            f"UPDATE access_identity SET database = {place.uuid(other)}",
            *(sql for _, sql in triggers),
        )
    else:
        await place.tamper(f"UPDATE access_identity SET database = {place.uuid(other)}")
    return other


async def copied(server: Server, place: Place) -> Place:
    """Return another database with the same content and folder."""
    name = place.url.partition("?")[0].rpartition("/")[2].removesuffix(".db")
    return Place(server.url(await asyncio.to_thread(server.create, name)), place.folder)


async def test_checkpoints_name_their_database(place: Place) -> None:
    writer = await write_chain(place, before=1, after=1)
    named = {json.loads(line)["database"] for line in place.lines(writer)}
    assert named == {str(await identity(place))}


async def test_a_second_database_is_refused_by_a_folder(server: Server, place: Place) -> None:
    other = await copied(server, place)
    second = await rename(other)
    await write_chain(place, before=1, after=1)
    first = await identity(place)
    with pytest.raises(OtherDatabaseError, match=f"database {first}, but this is {second}"):
        await check_database(other.url, other.checkpoints)
    async with other.log() as log:
        await refused(log)
    assert len(list(place.checkpoints.iterdir())) == 1
    await check_database(place.url, place.checkpoints)
    assert await place.problems() == []


async def test_chains_of_another_database_are_distinguished_from_problems(
    server: Server, place: Place, tmp_path: Path
) -> None:
    """Both started on an empty folder at the same time."""
    other = await copied(server, place)
    second = await rename(other)
    apart = Place(other.url, tmp_path / "apart")
    apart.folder.mkdir()
    place.signer()
    shutil.copy(place.key, apart.key)
    await write_chain(place, before=1, after=1)
    await write_chain(apart, before=1, after=1)
    for path in apart.checkpoints.iterdir():
        shutil.copy(path, place.checkpoints / path.name)
    for requested, named in ((place, second), (other, await identity(place))):
        problems = (await requested.report()).problems
        assert [(p.kind.value, p.writer) for p in problems] == [("another database", str(named))]
        assert str(problems[0]).startswith(f"another database: {named}: 1 chains in the folder")


@pytest.mark.usefixtures("chain")
async def test_a_database_that_became_another_is_named(place: Place) -> None:
    first = await identity(place)
    await rename(place)
    problems = (await place.report()).problems
    assert [(p.kind.value, p.writer) for p in problems] == [("another database", str(first))]


@pytest.mark.usefixtures("chain")
async def test_a_database_without_its_identity_is_named(place: Place) -> None:
    first = await identity(place)
    await place.sql("DROP TABLE access_identity")
    problems = (await place.report()).problems
    assert [(p.kind.value, p.writer) for p in problems] == [("another database", str(first))]


@pytest.mark.usefixtures("chain")
def test_a_bundle_names_its_database(place: Place, tmp_path: Path) -> None:
    where, bundle = Where(place.url, place.checkpoints, place.key), tmp_path / "bundle"
    assert run(where, "export", bundle).exit_code == 0
    verify = ("verify", "--bundle", bundle, "--public-key", bundle / "public.pem")
    assert run(NOWHERE, *verify).exit_code == 0
    manifest = bundle / "manifest.json"
    payload = json.loads(manifest.read_text())
    manifest.write_text(json.dumps({**payload, "database": str(uuid4())}))
    done = run(NOWHERE, *verify)
    assert "bundle: manifest.json: its signature is invalid" in done.output
    assert f"another database: {payload['database']}" in done.output


async def test_a_log_that_lost_all_that_was_signed_for_is_refused(
    server: Server, place: Place
) -> None:
    before = await copied(server, place)
    await check_database(before.url, before.checkpoints)
    writer = await write_chain(place, before=1, after=1)
    with pytest.raises(OtherDatabaseError, match="none of the entries that were signed"):
        await check_database(before.url, before.checkpoints)
    await check_database(place.url, place.checkpoints)
    # Files of earlier versions do not name the database.
    path = place.checkpoints / f"{writer}.jsonl"
    lines = [json.loads(line) for line in place.lines(writer)]
    path.write_text("".join(json.dumps({**payload, "database": None}) + "\n" for payload in lines))
    with pytest.raises(OtherDatabaseError, match="none of the entries that were signed"):
        await check_database(before.url, before.checkpoints)
    # A chain that was announced but has no entry is not missing from any database.
    path.write_text(json.dumps({**lines[0], "database": None}) + "\n")
    await check_database(before.url, before.checkpoints)


@ON_SQLITE
@pytest.mark.usefixtures("processes", "chain")
async def test_no_server_starts_on_an_empty_database_in_the_place_of_the_one_that_was(
    place: Place,
) -> None:
    """For example because a volume is not mounted."""
    path = Path(place.url.removeprefix("sqlite://"))
    variables = {
        "DATABASE_URL": place.url,
        "ERIKTI_DATA": str(place.folder),
        "PORT": "0",
    }
    await asyncio.to_thread(path.unlink)
    for _ in range(2):
        done = await asyncio.to_thread(erikti, "serve", **variables)
        assert (done.returncode, "the checkpoints in" in done.stderr) == (1, True)
        assert "set DATABASE_URL to that one" in done.stderr


def exchange(place: Place, other: Place) -> None:
    path = place.url.removeprefix("sqlite://")
    for suffix in ("-wal", "-shm"):
        Path(f"{path}{suffix}").unlink()
    Path(other.url.removeprefix("sqlite://")).replace(path)


@ON_SQLITE
async def test_a_database_that_was_exchanged_takes_no_entry(server: Server, place: Place) -> None:
    other = await copied(server, place)
    await rename(other)
    async with place.log() as log:
        await log.write(access(0))
        await asyncio.to_thread(exchange, place, other)
        for n in range(3):
            await refused(log, n)
    assert await place.sql("SELECT * FROM access_records") == []


async def test_checkpoints_in_the_database_folder_cause_a_warning(
    place: Place, tmp_path: Path
) -> None:
    file = tmp_path / "erikti.db"
    assert "ERIKTI_CHECKPOINTS" in str(
        colocation_warning(f"sqlite://{file}", tmp_path / "checkpoints")
    )
    assert colocation_warning(f"sqlite://{file}", tmp_path.parent / "checkpoints") is None
    assert colocation_warning("asyncpg://127.0.0.1/erikti", tmp_path / "checkpoints") is None


@ON_SQLITE
@pytest.mark.usefixtures("chain")
def test_the_command_warns_of_checkpoints_in_the_database_folder(place: Place) -> None:
    beside = place.folder / "erikti.db"
    shutil.copy(place.url.removeprefix("sqlite://"), beside)
    for url, warned in ((f"sqlite://{beside}", True), (place.url, False)):
        done = run(Where(url, place.checkpoints, place.key), "verify")
        assert (done.exit_code, "are in the folder of the database" in done.output) == (0, warned)


@pytest.mark.usefixtures("processes")
def test_the_server_warns_of_checkpoints_in_the_database_folder(tmp_path: Path) -> None:
    """This is the default location."""
    for more, warned in (({}, True), ({"ERIKTI_CHECKPOINTS": str(tmp_path / "away")}, False)):
        env = environment(PORT="0", ERIKTI_DATA=str(tmp_path / "data"), **more)
        pipe = subprocess.PIPE
        process = forked.start(
            ["-m", "erikti", "serve"], env=env, stdout=pipe, stderr=pipe, text=True
        )
        assert process.stdout is not None
        assert process.stdout.readline().startswith("GraphQL at ")
        process.terminate()
        _, errors = process.communicate(timeout=PATIENCE)
        assert ("are in the folder of the database" in errors) == warned
