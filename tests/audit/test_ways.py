"""Ways to tamper with a log that has a history: each is reported, and nothing else."""

import asyncio
import shutil
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID, uuid4

import pytest

from erikti.audit.entries import chained, draft
from erikti.audit.stores import store
from tests.audit.history import History, write_history
from tests.audit.places import PERSON_KEY, Place, access
from tests.audit.tampering import COLUMNS, RECORDS
from tests.support.databases import Server

Way = Callable[[History], Awaitable[None]]
WAYS: list[tuple[Way, set[tuple[str, str]]]] = []


def way(*named: tuple[str, str]) -> Callable[[Way], Way]:
    """Declare the verifier's expected problems: kinds, and names of chains or tables."""

    def noted(function: Way) -> Way:
        WAYS.append((function, set(named)))
        return function

    return noted


@pytest.fixture(scope="session")
def template(
    server: Server, migrated: str, tmp_path_factory: pytest.TempPathFactory
) -> tuple[str, History]:
    """Create a history to be copied."""
    name, folder = server.create(migrated), tmp_path_factory.mktemp("template")
    return name, asyncio.run(write_history(Place(server.url(name), folder)))


@pytest.fixture
def history(server: Server, template: tuple[str, History], tmp_path: Path) -> History:
    name, written = template
    shutil.copytree(written.place.folder, tmp_path, dirs_exist_ok=True)
    return written._replace(place=Place(server.url(server.create(name)), tmp_path))


async def invent(history: History, writer: UUID, *, count: int = 1, late: int = 0) -> None:
    """Add well-formed entries after the end of a chain."""
    where = store(history.place.url)
    tail = await where.tail(writer)
    assert tail is not None
    sequence, previous = tail
    for _ in range(count):
        sequence += 1
        at = datetime.now(UTC) + timedelta(days=late)
        made = chained(writer, sequence, previous, draft(access(persons=0), PERSON_KEY, at))
        await where.insert([made])
        previous = made.hash
    await where.close()


@way(("checkpoint", "killed"), ("not signed for", "killed"))
async def the_successor_s_checkpoint_is_taken_away_and_entries_are_added(history: History) -> None:
    history.keep(history.killed, 2)
    await invent(history, history.killed, late=-1000)


@way(("checkpoint", "killed"))
async def the_successor_s_checkpoint_is_taken_away(history: History) -> None:
    history.keep(history.killed, 2)
    await history.remove(history.killed, "> 5")


@way(("cut off", "killed"))
async def the_end_that_a_successor_wrote_is_taken_away(history: History) -> None:
    await history.remove(history.killed, "= 13")


@way(("cut off", "killed"))
async def all_that_a_successor_signed_for_is_taken_away(history: History) -> None:
    await history.remove(history.killed, "> 5")


@way(("inserted", "killed"))
async def entries_are_added_behind_the_end_of_a_killed_chain(history: History) -> None:
    await invent(history, history.killed, count=3)


@way(("inserted", "closed"), ("inserted", "newest"))
async def entries_are_added_behind_every_other_chain(history: History) -> None:
    for writer in (history.closed, history.newest):
        await invent(history, writer)


@way(("changed", "killed"))
async def an_entry_that_a_successor_signed_for_is_changed(history: History) -> None:
    await history.update(history.killed, "purpose = 'another'", "= 9")


@way(("removed", "killed"))
async def an_entry_that_a_successor_signed_for_is_taken_away(history: History) -> None:
    await history.remove(history.killed, "= 9")


@way(("checkpoint", "closed"))
async def a_chain_is_taken_away_with_its_checkpoints(history: History) -> None:
    await history.remove(history.closed, ">= 0")
    history.path(history.closed).unlink()


@way(("checkpoint", "killed"))
async def all_chains_but_the_newest_are_taken_away(history: History) -> None:
    for writer in (history.closed, history.killed):
        await history.remove(writer, ">= 0")
        history.path(writer).unlink()


@way(("checkpoint", "closed"))
async def a_file_is_padded_with_spaces_to_its_length(history: History) -> None:
    path = history.path(history.closed)
    size = path.stat().st_size
    history.keep(history.closed, 2)
    await history.remove(history.closed, "> 5")
    path.write_text(path.read_text().ljust(size))


@way(("checkpoint", "closed"))
async def a_file_is_padded_with_empty_lines(history: History) -> None:
    path = history.path(history.closed)
    size = path.stat().st_size
    history.keep(history.closed, 2)
    path.write_text(path.read_text().ljust(size, "\n"))


@way(("checkpoint", "closed"), ("checkpoint", "killed"))
async def the_files_of_two_chains_are_exchanged(history: History) -> None:
    one, other = history.path(history.closed), history.path(history.killed)
    text = one.read_text()
    one.write_text(other.read_text())
    other.write_text(text)


@way(("checkpoint", "closed"))
async def the_checkpoint_of_another_chain_is_added(history: History) -> None:
    with history.path(history.closed).open("a") as file:
        file.write(history.place.lines(history.newest)[-1])


@way(("checkpoint", "00000000-0000-0000-0000-000000000001"))
async def a_file_is_copied_under_another_name(history: History) -> None:
    shutil.copy(history.path(history.closed), history.path(UUID(int=1)))


@way(("checkpoint", "00000000-0000-0000-0000-000000000001"))
async def an_empty_file_is_added(history: History) -> None:
    history.path(UUID(int=1)).touch()


@way(("checkpoint", "closed"), ("not signed for", "closed"))
async def a_file_is_emptied(history: History) -> None:
    history.path(history.closed).write_text("")
    history.path(history.closed).unlink()


@way(("checkpoint", "closed"), ("not signed for", "closed"))
async def a_folder_lies_in_the_place_of_a_file(history: History) -> None:
    history.path(history.closed).unlink()
    history.path(history.closed).mkdir()


@way(("checkpoint", "closed"))
async def the_lines_of_a_file_end_as_on_windows(history: History) -> None:
    path = history.path(history.closed)
    path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))


@way(("checkpoint", "newest"))
async def a_checkpoint_says_a_thing_twice(history: History) -> None:
    """Readers may use either of two members with the same name."""
    path = history.path(history.newest)
    *lines, last = history.place.lines(history.newest)
    path.write_text("".join([*lines, last.replace("{", '{"sequence":99,', 1)]))


@way(("checkpoint", "newest"))
async def a_checkpoint_is_closed_by_hand(history: History) -> None:
    lines = history.place.lines(history.newest)
    lines[-1] = lines[-1].replace('"closed":true', '"closed":false')
    history.path(history.newest).write_text("".join(lines))


@way(("checkpoint", "killed"))
async def a_successor_s_checkpoint_becomes_the_writer_s_own(history: History) -> None:
    lines = history.place.lines(history.killed)
    lines[-1] = lines[-1].replace('"successor":true', '"successor":false')
    history.path(history.killed).write_text("".join(lines))


@way(("changed", "closed"), ("changed", "killed"))
async def two_chains_exchange_an_entry(history: History) -> None:
    one, other = history.place.uuid(history.closed), history.place.uuid(history.killed)
    await history.place.tamper(
        f"UPDATE {RECORDS} SET sequence = -7 WHERE writer = {one} AND sequence = 7",
        f"UPDATE {RECORDS} SET writer = {one} WHERE writer = {other} AND sequence = 7",
        f"UPDATE {RECORDS} SET writer = {other}, sequence = 7 WHERE sequence = -7",
    )


@way(("cut off", "closed"), ("inserted", "newest"))
async def the_end_of_a_chain_is_hung_behind_another(history: History) -> None:
    change = f"writer = {history.place.uuid(history.newest)}, sequence = sequence - 6"
    await history.update(history.closed, change, ">= 10")


@way(("not signed for", "00000000-0000-0000-0000-000000000001"))
async def a_chain_is_added_that_copies_another(history: History) -> None:
    columns = COLUMNS.replace("writer,", f"{history.place.uuid(UUID(int=1))},", 1)
    columns = columns.replace("id, ", f"{history.place.uuid(uuid4())}, ", 1)
    columns = columns.replace("person_count", "0")
    of = f"writer = {history.place.uuid(history.closed)} AND sequence = 0"
    await history.place.tamper(
        f"INSERT INTO {RECORDS} ({COLUMNS}) SELECT {columns} FROM {RECORDS} WHERE {of}"
    )


@way(("changed", "closed"))
async def persons_are_moved_from_one_entry_to_another(history: History) -> None:
    of = f"writer = {history.place.uuid(history.closed)} AND sequence"
    entry = f"(SELECT id FROM {RECORDS} WHERE {of} = {{}})"
    await history.place.tamper(
        f"UPDATE access_persons SET record_id = {entry.format(5)} "
        f"WHERE record_id = {entry.format(4)}"
    )


@way(("changed", "closed"))
async def persons_are_taken_away_and_counted_anew(history: History) -> None:
    of = f"SELECT id FROM {RECORDS} WHERE writer = {history.place.uuid(history.closed)} AND sequence = 4"
    await history.place.tamper(f"DELETE FROM access_persons WHERE record_id IN ({of})")
    await history.update(history.closed, "person_count = 0", "= 4")


@way(("changed", "closed"), ("changed", "killed"), ("changed", "newest"))
async def one_client_is_renamed_everywhere(history: History) -> None:
    await history.place.tamper(f"UPDATE {RECORDS} SET client = 'x' WHERE sequence = 3")


@pytest.mark.parametrize(("tamper", "named"), WAYS, ids=[w.__name__ for w, _ in WAYS])
async def test_tampering_is_reported_and_intact_chains_are_not(
    history: History, tamper: Way, named: set[tuple[str, str]]
) -> None:
    assert await history.place.problems() == []
    await tamper(history)
    chains = {str(getattr(history, name)): name for name in ("closed", "killed", "newest")}
    report = await history.place.report()
    assert {(p.kind.value, chains.get(p.writer, p.writer)) for p in report.problems} == named


def test_there_are_at_least_twenty_ways() -> None:
    assert len({named.__name__ for named, _ in WAYS}) > 20
