"""Matching of people by identifier and IIN, likely duplicates, and ownership of records."""

import asyncio

import pytest
from strawberry.relay import to_base64

from erikti.database.connection import fetch
from erikti.database.sealed import Sealed
from erikti.importers import KINDS, Report, UnusableFileError, load
from erikti.importers.sources import Naming
from erikti.writing import duplicates
from models.people import Person
from resolvers.global_ids import key_text
from tests.importers.samples import (
    NATION,
    PERSON,
    codes,
    count,
    load_nation,
    numbers,
    one,
    outcome,
    row,
    volunteer,
)

pytestmark = pytest.mark.usefixtures("database")

IIN, OTHER_IIN, *_ = (number for number, _ in zip(numbers(), range(3), strict=False))
NAMED = {"family_name": "Sample", "given_name": "Example"}


def person(system: str, identifier: str, **more: object) -> dict[str, object]:
    return {**row(identifier, **NAMED), "source_system": system, **more}


def warned(report: Report) -> list[tuple[int | None, str | None, str]]:
    return [(w.row, w.column, w.code) for w in report.warnings]


async def stored(name: str) -> str:
    """Return the unsealed value of a column of the only person."""
    sealed = Person._meta.fields_map[name]
    assert isinstance(sealed, Sealed)
    ((owner, value),) = await fetch(f"SELECT id, {name} FROM people")
    return sealed.unseal(owner, value)


async def test_one_person_from_two_systems_is_matched_by_iin() -> None:
    await load("people", [person("A", "1", iin=IIN)])
    report = await load("people", [person("B", "77", iin=IIN)])
    assert outcome(report) == (0, 1, 0, 0)
    assert await count("people") == 1
    assert await count("person_sources") == 2
    assert outcome(await load("people", [person("B", "77", iin=IIN)])) == (0, 0, 1, 0)


async def test_two_systems_in_one_file_make_one_person() -> None:
    rows = [person("A", "1", iin=IIN), person("B", "2", iin=IIN, email="b@example.org")]
    await load("people", rows)
    assert await stored("email") == "b@example.org"
    assert await count("people") == 1
    assert await count("person_sources") == 2


async def test_the_identifier_finds_the_person_without_an_iin() -> None:
    await load("people", [person("A", "1", iin=IIN)])
    assert outcome(await load("people", [person("A", "1")])) == (0, 0, 1, 0)
    assert await stored("iin") == IIN


async def test_another_system_fills_blanks_and_changes_nothing() -> None:
    await load("people", [person("A", "1", iin=IIN, phone="+77000000000")])
    other = person("B", "2", iin=IIN, phone="+77000000001", email="b@example.org")
    report = await load("people", [other])
    assert warned(report) == [(1, "phone", "PERSON_CONFLICT")]
    assert "A" in report.warnings[0].reason
    assert await stored("phone") == "+77000000000"
    assert await stored("email") == "b@example.org"


async def test_the_first_system_changes_its_person() -> None:
    await load("people", [person("A", "1", iin=IIN, phone="+77000000000")])
    await load("people", [person("B", "2", iin=IIN)])
    report = await load("people", [person("A", "1", iin=IIN, phone="+77000000002")])
    assert (outcome(report), warned(report)) == ((0, 1, 0, 0), [])
    assert await stored("phone") == "+77000000002"


async def test_likely_duplicates_are_reported_and_never_merged() -> None:
    await load("people", [person("A", "1", birth_date="1990-01-01")])
    report = await load(
        "people",
        [
            person("B", "2", birth_date="01.01.1990", family_name="SAMPLE"),
            person("B", "3", iin=IIN),
            person("B", "4", birth_date="1990-01-02"),
        ],
    )
    assert warned(report) == [(1, "family_name", "LIKELY_DUPLICATE"),
                              (2, "family_name", "LIKELY_DUPLICATE")]  # fmt: skip
    assert await count("people") == 4


async def test_likely_duplicates_within_a_file_are_reported() -> None:
    rows = [person("A", "1", birth_date="1990-01-01"), person("A", "2", birth_date="1990-01-01")]
    assert warned(await load("people", rows)) == [(2, "family_name", "LIKELY_DUPLICATE")]
    assert await count("people") == 2


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (("Сейіт", "Әсел"), ("СЕЙИТ", "Асель")),
        (("Ким", "Алёна"), ("Kim", "Alena")),
        (("Әбен", "Сәуле"), ("Abеn", "Säule")),
        (("Өмір", "Cәуле"), ("Омир", "Сауле ")),
    ],
)
async def test_likely_duplicates_are_found_however_their_names_are_spelled(
    first: tuple[str, str], second: tuple[str, str]
) -> None:
    people = [
        {
            **person("A", f"id-{n}", birth_date="1990-01-01"),
            "family_name": family,
            "given_name": given,
        }
        for n, (family, given) in enumerate((first, second))
    ]
    await load("people", people[:1])
    report = await load("people", people[1:])
    assert report.codes["LIKELY_DUPLICATE"] == 1


async def test_of_the_people_born_on_a_day_some_are_compared(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    named = ("First", "Second", "Third")
    day = "1900-01-01"  # of all whose birth date a program did not know
    people = [person("A", n, family_name=n, given_name=n, birth_date=day) for n in named]
    await load("people", people)
    again = [{**known, "source_system": "B"} for known in people]
    monkeypatch.setattr(duplicates, "MOST_OF_A_DAY", 2)
    found = warned(await load("people", again))
    assert [(column, code) for _, column, code in found] == [
        ("family_name", "LIKELY_DUPLICATE")
    ] * 2


async def test_a_likely_duplicate_names_the_other_source_and_its_global_id() -> None:
    await load("people", [person("A", "1", birth_date="1990-01-01")])
    id_ = to_base64("Person", key_text(await one("SELECT id FROM people")))
    rows = [person("B", n, birth_date="1990-01-01") for n in ("2", "3")]
    report = await load("people", rows)
    assert all(f"A/1, global ID {id_};" in warning.reason for warning in report.warnings)
    assert len(report.warnings) == 2
    within = [person("C", n, birth_date="1991-01-01") for n in ("1", "2")]
    assert "C/1, global ID" in (await load("people", within)).warnings[0].reason


async def test_two_iins_are_two_people_whatever_their_names() -> None:
    rows = [person("A", "1", iin=IIN), person("A", "2", iin=OTHER_IIN)]
    report = await load("people", rows)
    assert (warned(report), await count("people")) == ([], 2)


async def test_an_identifier_and_an_iin_of_different_people_are_refused() -> None:
    await load("people", [person("A", "1", iin=IIN), person("A", "2", iin=OTHER_IIN)])
    report = await load("people", [person("A", "1", iin=OTHER_IIN)])
    assert codes(report) == [(1, "iin", "IIN_CONFLICT")]


async def test_another_system_cannot_give_a_person_another_iin() -> None:
    await load("people", [person("A", "1", iin=IIN)])
    await load("people", [person("B", "2", iin=IIN)])
    report = await load("people", [person("B", "2", iin=OTHER_IIN)])
    assert codes(report) == [(1, "iin", "IIN_CONFLICT")]
    assert await stored("iin") == IIN


async def test_one_person_has_one_entry_in_the_registry() -> None:
    await load("volunteers", [volunteer(1, IIN)])
    second = {**volunteer(9, IIN, **NAMED), "source_system": "ELSEWHERE"}
    report = await load("volunteers", [second, volunteer(10, OTHER_IIN)], on_error="skip")
    assert codes(report) == [(1, "person_id", "CONFLICT")]
    assert "REGISTRY 1" in report.problems[0].reason
    assert await count("person_sources", "system = 'ELSEWHERE'") == 0


async def test_a_rejected_row_changes_nothing_of_its_person() -> None:
    entry = volunteer(1, IIN, **NAMED, phone="+77010000001")
    await load("volunteers", [entry])
    second = {**entry, "source_id": "9", "phone": "+77010000009"}
    report = await load("volunteers", [second, {**entry, "status": "INACTIVE"}], on_error="skip")
    assert codes(report) == [(1, "person_id", "CONFLICT")]
    assert warned(report) == []
    assert await stored("phone") == "+77010000001"
    assert await count("person_sources", "identifier = '9'") == 0


async def test_a_record_in_no_valid_state_brings_no_person() -> None:
    await load_nation()
    placement = NATION["placements"][0]
    await load("placements", [{**placement, "status": "COMPLETED"}])
    someone = {**placement, "person_id": "P9", "family_name": "Other", "birth_date": "1991-01-01"}
    wrong = {**someone, "phone": "+77010000009"}
    rows = [wrong, {**someone, "source_id": "PL9"}]
    assert codes(report := await load("placements", rows, on_error="skip")) == [
        (1, "status", "INVALID_STATE")
    ]
    assert (report.accepted, report.rejected) == (1, 1)
    assert await count("person_sources", "identifier = 'P9'") == 1
    assert await count("people", "family_name = 'Other' AND phone IS NULL") == 1


async def test_iin_must_agree_with_birth_date_and_sex() -> None:
    rows = [
        person("A", "1", iin=IIN, birth_date="1991-01-01"),
        person("A", "2", iin=OTHER_IIN, sex="FEMALE"),
    ]
    assert codes(await load("people", rows)) == [
        (1, "birth_date", "IIN_MISMATCH"),
        (2, "sex", "IIN_MISMATCH"),
    ]


async def test_an_unknown_century_is_taken_with_a_warning() -> None:
    number = next(numbers(kind=0))
    report = await load("people", [person("A", "1", iin=number)])
    assert warned(report) == [(1, "iin", "IIN_UNKNOWN_CENTURY")]
    assert (await count("people", "birth_date IS NULL AND sex IS NULL"), outcome(report)[0]) == (
        1,
        1,
    )


async def test_domains_meet_in_one_person() -> None:
    await load_nation()
    iin = next(numbers(start=500))
    entry = {**NATION["volunteers"][0], "source_id": "500", "iin": iin, **NAMED}
    delegate = {
        **NATION["delegates"][0],
        **PERSON,
        "source_id": "DE5",
        "person_id": "X",
        "iin": iin,
    }
    await load("volunteers", [entry])
    assert outcome(await load("delegates", [delegate])) == (1, 0, 0, 0)
    pair = "SELECT count(*) FROM volunteers v JOIN delegates d ON d.person_id = v.person_id"
    assert await one(f"{pair} WHERE v.source_id = '500' AND d.source_id = 'DE5'") == 1


async def test_two_imports_at_the_same_time_make_one_person() -> None:
    first = [
        person("A", str(n), iin=number) for n, number in zip(range(300), numbers(), strict=False)
    ]
    second = [{**r, "source_system": "B"} for r in reversed(first)]
    reports = await asyncio.gather(load("people", first), load("people", second))
    assert sorted(outcome(report) for report in reports) == [(0, 300, 0, 0), (300, 0, 0, 0)]
    assert await count("people") == 300
    assert await count("person_sources") == 600


async def test_a_person_may_have_one_name_only() -> None:
    one_name = {**person("A", "1", iin=IIN), "given_name": None}
    report = await load("people", [one_name])
    assert (outcome(report), warned(report)) == ((1, 0, 0, 0), [(1, "given_name", "ONE_NAME")])
    assert await one("SELECT display_name FROM people") == "S."
    assert outcome(await load("people", [one_name])) == (0, 0, 1, 0)
    # A name that is given later is filled in, and stays.
    await load("people", [person("A", "1", iin=IIN)])
    assert outcome(await load("people", [one_name])) == (0, 0, 1, 0)
    assert await one("SELECT display_name FROM people") == "Example S."


@pytest.mark.parametrize("kind", ["people", "volunteers", "delegates", "placements", "laureates"])
@pytest.mark.parametrize("given", ["Example", None])
async def test_a_person_has_a_family_name(kind: str, given: str | None) -> None:
    await load_nation()
    nameless = {**NATION[kind][0], "source_id": "new", "family_name": "\u200b", "given_name": given}
    (problem,) = (await load(kind, [nameless])).problems
    assert problem.code == "REQUIRED"


async def test_files_of_people_have_columns_of_both_names() -> None:
    nameless = {"source_system": "A", "source_id": "1", "family_name": "Sample"}
    lines = [list(nameless), list(nameless.values())]
    with pytest.raises(UnusableFileError, match="needs the column given_name"):
        list(Naming(KINDS["people"]).rows(enumerate(lines, 1)))
