"""Imports record no person whom the suppression list names."""

from pathlib import Path

import pytest

from erikti.importers import load
from models import suppressions
from models.people import Person
from models.suppressions import SuppressionKeyError, by_iin, by_source
from tests.importers.samples import NATION, numbers, outcome, volunteer
from tests.models.sealing import everything
from tests.support.databases import KEYS
from tests.support.processes import environment, erikti, forked

KEY = b"k" * 32
IIN = next(numbers())
KNOWN = {"iin": IIN, "birth_date": None, "sex": None}


@pytest.mark.usefixtures("database")
async def test_a_suppressed_person_is_rejected_and_others_are_not() -> None:
    people = [by_iin(IIN), by_source("REGISTRY", "volunteers:2")]
    rows = [{**volunteer(1), **KNOWN}, volunteer(2), volunteer(3)]
    assert await suppressions.add(KEY, people, "request 7") == 2
    report = await load("volunteers", rows, "skip", person_key=KEY)
    assert outcome(report) == (1, 0, 0, 2)
    assert [(p.row, p.column, p.code) for p in report.problems] == [
        (1, "iin", "SUPPRESSED"),
        (2, "source_id", "SUPPRESSED"),
    ]
    assert await Person.all().count() == 1


@pytest.mark.usefixtures("database")
async def test_who_was_removed_from_the_list_is_recorded_again() -> None:
    await suppressions.add(KEY, [by_iin(IIN)], "request 7")
    assert await suppressions.remove(KEY, {by_iin(IIN), by_source("REGISTRY", "9")}) == 1
    assert await suppressions.listed(KEY) == []
    report = await load("volunteers", [{**volunteer(1), **KNOWN}])  # an empty list has no key
    assert outcome(report) == (1, 0, 0, 0)
    assert await suppressions.add(b"x" * 32, [by_iin(IIN)], "request 8") == 1


@pytest.mark.usefixtures("database")
@pytest.mark.parametrize("key", [None, b"x" * 32])
async def test_without_its_key_the_list_stops_imports_of_people(key: bytes | None) -> None:
    await suppressions.add(KEY, [by_iin(IIN)], "request 7")
    with pytest.raises(Exception, match="SUPPRESSION_KEY"):
        await load("volunteers", [volunteer(1)], person_key=key)
    assert not await Person.exists()
    assert (await load("organisations", NATION["organisations"], person_key=key)).committed
    with pytest.raises(SuppressionKeyError):
        await suppressions.add(b"x" * 32, [by_iin(IIN)], "request 8")


@pytest.mark.usefixtures("database")
async def test_an_entry_is_added_once_and_tells_nothing(database_url: str) -> None:
    people = [by_iin(IIN), by_source("REGISTRY", "erased-1")]
    assert await suppressions.add(KEY, people, "request 7") == 2
    assert await suppressions.add(KEY, people, "request 8") == 0
    assert [entry.reason for entry in await suppressions.listed(KEY)] == ["request 7"] * 2
    stored = await everything(database_url)
    assert "request 7" in stored
    assert IIN not in stored
    assert "erased-1" not in stored


@pytest.mark.usefixtures("processes")
def test_the_commands_read_people_from_standard_input(database_url: str, tmp_path: Path) -> None:
    variables = {"DATABASE_URL": database_url, "ERIKTI_DATA": str(tmp_path), "ERIKTI_KEYS": KEYS}

    def run(*arguments: str, given: str = "") -> tuple[int, str]:
        (tmp_path / "given").write_text(given, encoding="utf-8")
        line = ("-m", "erikti", "suppressions", *arguments)
        with (tmp_path / "given").open("rb") as stream:
            done = forked.python(*line, env=environment(**variables), stdin=stream)
        return done.returncode, done.stdout + done.stderr

    given = f"{IIN}\n\nREGISTRY/volunteers:2\n"
    assert run("add", "--reason", "request 7", given=given) == (0, "2 added, 0 already listed\n")
    assert run("add", "--reason", "request 8", given=IIN) == (0, "0 added, 1 already listed\n")
    code, shown = run("list")
    assert (code, shown.count("request 7")) == (0, 2)
    code, shown = run("add", "--reason", "request 9", given=f"{IIN}\n{IIN[:-1]}x\n")
    assert (code, "line 2: neither SYSTEM/IDENTIFIER nor an IIN" in shown) == (1, True)
    assert IIN[:-1] not in shown
    assert run("add", "--reason", "request 9")[0] == 1
    file = tmp_path / "volunteers.csv"
    names = [name for name, value in volunteer(2).items() if value is not None]
    lines = [",".join(str(volunteer(n)[name]) for name in names) for n in (2, 3)]
    file.write_text("\n".join([",".join(names), *lines]), encoding="utf-8")
    done = erikti("import", "volunteers", str(file), "--on-error", "skip", **variables)
    assert (done.returncode, done.stdout.count("SUPPRESSED")) == (1, 1)
    assert run("remove", given=given) == (0, "2 removed, 0 not listed\n")
    assert erikti("import", "volunteers", str(file), **variables).returncode == 0
