"""Who may change a value of a known person: its supplier, and systems that precede it."""

import pytest

from erikti.database.connection import fetch
from erikti.importers import Report, load
from tests.importers.samples import count, numbers, one, outcome, row

pytestmark = pytest.mark.usefixtures("database")

IIN, OTHER_IIN, *_ = (number for number, _ in zip(numbers(), range(3), strict=False))


async def supply(
    system: str, precedence: tuple[str, ...] = (), **details: object
) -> tuple[Report, list[str]]:
    """Import one person from a system; return the report and its codes."""
    person = {**row("1"), "family_name": "Sample", "given_name": "Example", "iin": IIN, **details}
    report = await load("people", [{**person, "source_system": system}], precedence=precedence)
    assert report.committed or report.problems
    return report, [found.code for found in (*report.problems, *report.warnings)]


async def suppliers() -> dict[str, str]:
    """Return the systems that supplied values instead of the first one, by field."""
    return dict(map(tuple, await fetch("SELECT field, system FROM field_sources")))


async def test_the_supplier_of_a_value_corrects_it() -> None:
    await supply("A")
    await supply("B", latin_name="Sampel Example")
    assert await suppliers() == {"latin_name": "B"}
    report, codes = await supply("B", latin_name="Sample Example")
    assert (outcome(report), codes) == ((0, 1, 0, 0), [])
    assert await one("SELECT latin_name FROM people") == "Sample Example"
    assert await suppliers() == {"latin_name": "B"}


async def test_the_first_system_keeps_a_value_that_another_one_supplied() -> None:
    await supply("A")
    await supply("B", latin_name="Sample Example")
    report, codes = await supply("A", latin_name="Sampel Example")
    assert (outcome(report), codes) == ((0, 0, 1, 0), ["PERSON_CONFLICT"])
    assert report.warnings[0].reason == "A differs from B, whose value is kept"
    assert await one("SELECT latin_name FROM people") == "Sample Example"


async def test_a_value_that_two_systems_agree_on_belongs_to_the_first() -> None:
    await supply("A", latin_name="Sample Example")
    await supply("B", latin_name="Sample Example")
    assert await suppliers() == {}
    _, codes = await supply("B", latin_name="Other Example")
    assert codes == ["PERSON_CONFLICT"]
    assert (await supply("A", latin_name="Third Example"))[1] == []


async def test_a_system_replaces_the_values_of_those_that_it_precedes() -> None:
    order = ("B", "A")
    await supply("A", latin_name="Sample Example", birth_date=None)
    report, codes = await supply("B", order, latin_name="Sampel Example")
    assert (outcome(report), codes) == ((0, 1, 0, 0), ["PERSON_CORRECTED"])
    assert report.warnings[0].reason == "the value of B replaces that of A, which it precedes"
    assert await suppliers() == {"latin_name": "B"}
    assert (await supply("A", order, latin_name="Sample Example"))[1] == ["PERSON_CONFLICT"]
    assert (await supply("C", order, latin_name="Third Example"))[1] == ["PERSON_CONFLICT"]
    assert await one("SELECT latin_name FROM people") == "Sampel Example"


async def test_a_named_system_precedes_all_that_are_not_named() -> None:
    await supply("A", latin_name="Sample Example")
    assert (await supply("B", ("C",), latin_name="Other Example"))[1] == ["PERSON_CONFLICT"]
    assert (await supply("C", ("C",), latin_name="Third Example"))[1] == ["PERSON_CORRECTED"]
    assert (await supply("A", ("A", "C"), latin_name="Sample Example"))[1] == ["PERSON_CORRECTED"]
    assert await suppliers() == {"latin_name": "A"}


async def test_precedence_does_not_reach_the_iin() -> None:
    await supply("A")
    await supply("B")
    report, codes = await supply("B", ("B",), iin=OTHER_IIN, latin_name="Other Example")
    assert codes == ["IIN_CONFLICT"]
    assert report.problems[0].reason == "A recorded this person with another IIN"
    assert await one("SELECT latin_name FROM people") is None


async def test_an_iin_is_corrected_by_its_supplier() -> None:
    await supply("A")
    report, codes = await supply("A", iin=OTHER_IIN)
    assert (outcome(report), codes) == ((0, 1, 0, 0), [])


async def test_suppliers_within_one_file_are_recorded() -> None:
    rows = [
        {**row("1"), "source_system": system, "family_name": "Sample", "given_name": "Example"}
        for system in ("A", "B", "C")
    ]
    for system_row, latin in zip(rows, (None, "Sample Example", "Other Example"), strict=True):
        system_row |= {"iin": IIN, "latin_name": latin}
    report = await load("people", rows)
    assert [(w.row, w.code) for w in report.warnings] == [(3, "PERSON_CONFLICT")]
    assert await suppliers() == {"latin_name": "B"}


async def test_a_rejected_file_records_no_supplier() -> None:
    await supply("A")
    good = {**row("1"), "source_system": "B", "family_name": "Sample", "given_name": "Example"}
    await load("people", [{**good, "iin": IIN, "latin_name": "Sample Example"}, row("2")])
    assert await suppliers() == {}


async def test_suppliers_go_with_their_person() -> None:
    await supply("A")
    await supply("B", latin_name="Sample Example")
    await fetch("DELETE FROM people")
    assert await count("field_sources") == 0
