"""Tampering with disabled triggers is detected, and its place is reported."""

import asyncio
import json
import sqlite3
from uuid import UUID, uuid4

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from erikti.audit.checkpoints import CheckpointFile
from erikti.audit.entries import canonical
from tests.audit.places import Place, write_chain

# The fixture ``chain`` has the entries 0 to 12; checkpoints sign for 5 and for 12.
from tests.audit.tampering import RECORDS, WHERE, copy, remove, renumber, rewrite, unique
from tests.support.databases import Server

pytestmark = pytest.mark.usefixtures("chain")


@pytest.mark.parametrize(
    "change",
    [
        "client = 'another'",
        "client = NULL",
        "subject = 'another'",
        "country = 'RU'",
        "purpose = 'another'",
        "operation = '1'",
        "coordinates = '[1]'",
        "coordinates = 'none'",
        "decision = 'REFUSED'",
        "person_count = 3",
        "record_count = 3",
        "filter_hash = 'another'",
        "request_id = 'r'",
        "recorded_at = '2020-01-01 00:00:00+00:00'",
        "previous_hash = hash",
    ],
)
@pytest.mark.parametrize("number", [0, 4, 12])
async def test_an_edited_entry_is_named(place: Place, change: str, number: int) -> None:
    await place.tamper(f"UPDATE {RECORDS} SET {change} {WHERE}{number}")
    assert await place.problems() == [("changed", number)]


async def test_an_entry_with_another_hash_is_named(place: Place) -> None:
    await place.tamper(f"UPDATE {RECORDS} SET hash = {place.blob(bytes(32))} {WHERE}4")
    assert await place.problems() == [("changed", 4)]


@pytest.mark.parametrize("server", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ("client = x'00'", ("changed", 4)),
        ("recorded_at = 'never'", ("changed", 4)),
        ("recorded_at = x'00'", ("changed", 4)),
        ("previous_hash = 5", ("changed", 4)),
        ("hash = NULL", None),
        ("id = 'x'", ("changed", 4)),
        ("person_count = 'x'", ("changed", 4)),
        ("sequence = 'x'", ("removed", 4)),
    ],
)
async def test_values_of_no_such_type_are_named_as_well(
    place: Place, change: str, expected: tuple[str, int] | None
) -> None:
    """SQLite stores values of any type."""
    statement = f"UPDATE {RECORDS} SET {change} {WHERE}4"
    if expected is None:
        with pytest.raises(sqlite3.IntegrityError):
            await place.tamper(statement)
        return
    await place.tamper(statement)
    assert expected in await place.problems()


@pytest.mark.parametrize("number", [0, 6])
async def test_a_removed_entry_is_named(place: Place, number: int) -> None:
    await remove(place, f"= {number}")
    assert await place.problems() == [("removed", number)]


async def test_a_removed_entry_is_named_though_the_others_close_up(place: Place) -> None:
    await remove(place, "= 8")
    await renumber(place, 8, -1)
    assert await place.problems() == [("swapped", 8)]


async def test_an_inserted_entry_is_named(place: Place) -> None:
    await renumber(place, 8, 1)
    await copy(place, 7, 8)
    assert await place.problems() == [("inserted", 8)]


async def test_an_inserted_entry_is_named_though_it_is_well_made(place: Place) -> None:
    await renumber(place, 8, 1)
    await copy(place, 7, 8)
    await rewrite(place, 8, last=8)
    assert await place.problems() == [("inserted", 8)]


async def test_an_entry_added_after_the_end_is_reported(place: Place) -> None:
    await copy(place, 12, 13)
    await rewrite(place, 13)
    assert await place.problems() == [("inserted", 13)]


@pytest.mark.parametrize(("one", "other"), [(7, 8), (2, 4), (9, 12)])
async def test_swapped_entries_are_named(place: Place, one: int, other: int) -> None:
    await place.tamper(
        f"UPDATE {RECORDS} SET sequence = -1 {WHERE}{one}",
        f"UPDATE {RECORDS} SET sequence = {one} {WHERE}{other}",
        f"UPDATE {RECORDS} SET sequence = {other} WHERE sequence = -1",
    )
    assert await place.problems() == [("swapped", one)]


@pytest.mark.parametrize("number", [0, 3, 5, 6, 9, 12])
async def test_a_rewritten_suffix_is_named_from_its_first_entry(place: Place, number: int) -> None:
    await place.tamper(f"UPDATE {RECORDS} SET client = 'another' {WHERE}{number}")
    await rewrite(place, number)
    assert await place.problems() == [("rewritten", number)]


@pytest.mark.parametrize("number", [1, 6, 9, 12])
async def test_a_cut_tail_is_named(place: Place, chain: UUID, number: int) -> None:
    await write_chain(place, before=1, after=1)
    await remove(place, f">= {number} AND writer = {place.uuid(chain)}")
    assert await place.problems() == [("cut off", number)]


async def test_a_whole_chain_that_is_gone_is_named(place: Place, chain: UUID) -> None:
    await write_chain(place, before=1, after=1)
    await remove(place, f">= 0 AND writer = {place.uuid(chain)}")
    report = await place.report()
    (problem,) = report.problems
    assert (problem.kind, problem.writer, problem.sequence) == ("cut off", str(chain), 0)


async def test_a_chain_without_an_announcement_is_reported(place: Place) -> None:
    forged = uuid4()
    await place.tamper(f"UPDATE {RECORDS} SET writer = {place.uuid(forged)}")
    await rewrite(place, 0)
    found = {(p.kind.value, p.writer, p.sequence) for p in (await place.report()).problems}
    assert ("not signed for", str(forged), 0) in found


async def test_an_old_copy_of_the_database_is_named(server: Server, place: Place) -> None:
    name = place.url.partition("?")[0].rpartition("/")[2].removesuffix(".db")
    old = server.url(await asyncio.to_thread(server.create, name))
    second = await write_chain(place, before=1, after=1)
    assert await place.problems() == []
    report = await place.report(old)
    (problem,) = report.problems
    assert (problem.kind, problem.writer, problem.sequence) == ("restored", str(second), 0)


async def test_a_fork_is_named(place: Place) -> None:
    if place.sqlite:
        await place.sql(
            f"CREATE TABLE copied AS SELECT * FROM {RECORDS}",
            f"DROP TABLE {RECORDS}",
            f"ALTER TABLE copied RENAME TO {RECORDS}",
        )
    else:
        await place.tamper(f"ALTER TABLE {RECORDS} DROP CONSTRAINT {await unique(place)}")
    await copy(place, 8, 9)
    report = await place.report()
    problem, *others = report.problems
    assert {other.kind.value for other in others} == ({"unguarded"} if place.sqlite else set())
    # The order of the two is undefined; the forged one differs from the signed one.
    assert (problem.kind.value, problem.sequence) in {("forked", 9), ("changed", 9)}


@pytest.mark.parametrize(
    "change",
    [
        "DELETE FROM access_persons WHERE id = {id}",
        "UPDATE access_persons SET person_hash = {uuid} WHERE id = {id}",
        "INSERT INTO access_persons (record_id, person_hash) SELECT record_id, {uuid} FROM access_persons WHERE id = {id}",
    ],
)
async def test_an_entry_whose_persons_were_changed_is_named(place: Place, change: str) -> None:
    ((key,),) = await place.sql(
        "SELECT min(p.id) FROM access_persons p JOIN access_records r ON r.id = p.record_id WHERE r.sequence = 6"
    )
    await place.tamper(change.format(id=key, uuid=place.uuid(uuid4())))
    assert ("changed", 6) in await place.problems()


async def test_persons_without_an_entry_are_reported(place: Place) -> None:
    await place.tamper(
        f"INSERT INTO access_persons (record_id, person_hash) VALUES ({place.uuid(uuid4())}, {place.uuid(uuid4())})"
    )
    assert await place.problems() == [("persons", None)]


async def test_changed_checkpoints_are_reported(place: Place, chain: UUID) -> None:
    path = place.checkpoints / f"{chain}.jsonl"
    lines = place.lines(chain)
    assert len(lines) >= 4
    payload = json.loads(lines[1])
    payload["hash"] = "0" * 64
    other = Ed25519PrivateKey.generate()
    forged = CheckpointFile(place.folder / "forged", other, chain, uuid4())
    forged.open()
    for changed in (
        [lines[0], json.dumps(payload) + "\n", *lines[2:]],
        [lines[0], *lines[2:]],
        [lines[0], lines[2], lines[1], *lines[3:]],
        lines[1:],
        [*lines[:2], *lines[1:]],
        ["nothing\n", *lines],
        forged.path.read_text().splitlines(keepends=True),
    ):
        path.write_text("".join(changed))
        assert await place.problems() == [("checkpoint", None)]


async def test_two_branches_of_checkpoints_are_reported(place: Place, chain: UUID) -> None:
    lines = place.lines(chain)
    payload = json.loads(lines[-1])
    del payload["signature"]
    payload["recorded_at"] = "2030-01-01T00:00:00.000000Z"
    line = canonical(
        {**payload, "signature": place.signer().sign(canonical(payload)).hex()}
    ).decode()
    (place.checkpoints / f"{chain}.jsonl").write_text("".join([*lines, line + "\n"]))
    (problem,) = (await place.report()).problems
    assert "fork" in problem.text


async def test_checkpoints_that_are_gone_are_missed(place: Place, chain: UUID) -> None:
    path = place.checkpoints / f"{chain}.jsonl"
    await write_chain(place, before=1, after=1)
    whole = path.read_text()
    path.write_text("".join(place.lines(chain)[:-2]))
    report = await place.report()
    assert [(p.kind.value, p.writer) for p in report.problems] == [("checkpoint", str(chain))]
    path.unlink()
    found = {(p.kind.value, p.writer, p.sequence) for p in (await place.report()).problems}
    assert found == {("not signed for", str(chain), 0), ("checkpoint", str(chain), None)}
    # If the entries are removed too, another chain still has a record of them.
    await remove(place, f">= 0 AND writer = {place.uuid(chain)}")
    assert await place.problems() == [("checkpoint", None)]
    path.write_text(whole)
    assert await place.problems() == [("cut off", 0)]


async def test_entries_too_old_for_a_checkpoint_are_reported(place: Place, chain: UUID) -> None:
    """The last checkpoints are removed, and the entries after them span too long a time."""
    path = place.checkpoints / f"{chain}.jsonl"
    path.write_text("".join(place.lines(chain)[:2]))
    report = await place.report()
    assert (report.problems, report.uncovered) == ([], {str(chain): 7})
    later = "'2040-01-01 00:00:00+00:00'"
    await place.tamper(f"UPDATE {RECORDS} SET recorded_at = {later} {WHERE}12")
    await rewrite(place, 12)
    assert await place.problems() == [("not signed for", 6)]


async def test_the_last_line_of_a_killed_writer_is_no_problem(place: Place, chain: UUID) -> None:
    lines = place.lines(chain)
    (place.checkpoints / f"{chain}.jsonl").write_text("".join(lines[:-1]) + lines[-1][:40])
    assert await place.problems() == []
