"""Imports of consents: given, repeated, withdrawn, and only for known people."""

from datetime import date

import pytest

from erikti.importers import KINDS, load
from erikti.importers.headings import same, spellings
from erikti.writing.problems import preview
from models.people import Consent, Purpose
from tests.importers.samples import PERSON, count, numbers, outcome, row

pytestmark = pytest.mark.usefixtures("database", "known_person")
IIN = next(numbers())
WITHDRAWN = date(2025, 6, 1)


def consent(name: str = "C1", /, **more: object) -> dict[str, object]:
    """Return a row of a file of ``consents``."""
    return {
        **row(name, person="P1", purpose="FORUM_PARTICIPATION", recipient_country="UZ"),
        "given_on": "2025-03-01",
        "expires_on": "2030-02-28",
        **more,
    }


@pytest.fixture
async def known_person() -> None:
    await load("people", [row("P1", **{**PERSON, "iin": IIN})])


async def test_a_consent_goes_in_as_it_was_given() -> None:
    assert outcome(await load("consents", [consent()])) == (1, 0, 0, 0)
    stored = await Consent.get(source_id="C1")
    assert stored.purpose is Purpose.FORUM_PARTICIPATION
    assert stored.recipient_country_id == "UZ"
    assert (stored.given_on, stored.expires_on) == (date(2025, 3, 1), date(2030, 2, 28))
    assert stored.withdrawn_on is None
    assert await count("consents", "person_id = (SELECT id FROM people)") == 1


async def test_headings_and_values_may_be_in_kazakh_or_russian() -> None:
    known = spellings(tuple(column.name for column in KINDS["consents"].columns))
    assert known[same("Дата отзыва")] == known[same("кері қайтарып алынған күні")] == "withdrawn_on"
    await load("consents", [consent()])
    said = {"purpose": "форумға қатысу", "recipient_country": "Узбекистан"}
    assert outcome(await load("consents", [consent(**said)])) == (0, 0, 1, 0)


async def test_the_person_is_found_by_iin_and_by_identifier() -> None:
    report = await load("consents", [consent("C1"), consent("C2", person=IIN)])
    assert outcome(report) == (2, 0, 0, 0)
    assert await count("consents", "person_id = (SELECT id FROM people)") == 2


async def test_identifiers_are_per_system_but_an_iin_is_global() -> None:
    rows = [consent("C1"), consent("C2", person=IIN)]
    report = await load("consents", [{**r, "source_system": "OTHER"} for r in rows], "skip")
    assert [(p.row, p.column, p.code) for p in report.problems] == [
        (1, "person", "REFERENCE_NOT_FOUND")
    ]
    assert outcome(report) == (1, 0, 0, 1)


@pytest.mark.parametrize("person", ["P2", list(numbers())[1]])
async def test_a_consent_creates_no_person(person: str) -> None:
    report = await load("consents", [consent(), consent("C2", person=person)])
    (problem,) = report.problems
    assert (problem.row, problem.column, problem.code) == (2, "person", "REFERENCE_NOT_FOUND")
    assert problem.reason == "no such person is known"
    assert problem.value == preview(person)
    assert await count("people") == 1
    assert await count("person_sources") == 1
    assert await count("consents") == 0


async def test_the_same_consents_again_change_nothing() -> None:
    rows = [consent(), consent("C2", recipient_country="RU", withdrawn_on="2025-06-01")]
    assert outcome(await load("consents", rows)) == (2, 0, 0, 0)
    assert outcome(await load("consents", rows)) == (0, 0, 2, 0)
    assert await count("consents") == 2


async def test_a_later_file_withdraws() -> None:
    await load("consents", [consent(), consent("C2", purpose="EMERGENCY")])
    again = [consent(withdrawn_on="2025-06-01"), consent("C2", purpose="EMERGENCY")]
    assert outcome(await load("consents", again)) == (0, 1, 1, 0)
    assert (await Consent.get(source_id="C1")).withdrawn_on == WITHDRAWN
    assert (await Consent.get(source_id="C2")).withdrawn_on is None


@pytest.mark.parametrize("earlier", [{}, {"withdrawn_on": ""}, {"withdrawn_on": None}])
async def test_an_earlier_file_does_not_take_a_withdrawal_back(earlier: dict[str, object]) -> None:
    await load("consents", [consent(withdrawn_on="2025-06-01")])
    assert outcome(await load("consents", [consent(**earlier)])) == (0, 0, 1, 0)
    assert (await Consent.get(source_id="C1")).withdrawn_on == WITHDRAWN


async def test_the_day_of_a_withdrawal_can_be_corrected() -> None:
    await load("consents", [consent(withdrawn_on="2025-06-02")])
    assert outcome(await load("consents", [consent(withdrawn_on="2025-06-01")])) == (0, 1, 0, 0)
    assert (await Consent.get(source_id="C1")).withdrawn_on == WITHDRAWN


async def test_a_withdrawn_consent_cannot_start_after_its_withdrawal() -> None:
    await load("consents", [consent(withdrawn_on="2025-06-01")])
    report = await load("consents", [consent(given_on="2025-06-02")])
    (problem,) = report.problems
    assert problem.code == "CONSTRAINT"
    assert "ck_consents_withdrawal" in problem.reason
    assert (await Consent.get(source_id="C1")).given_on == date(2025, 3, 1)


async def test_a_consent_may_end_on_the_day_it_was_given() -> None:
    day = "2025-03-01"
    rows = [consent(expires_on=day), consent("C2", withdrawn_on=day)]
    assert outcome(await load("consents", rows)) == (2, 0, 0, 0)


@pytest.mark.parametrize(
    ("change", "column", "reason"),
    [
        ({"expires_on": "2025-02-28"}, "expires_on", "expires_on must not come before given_on"),
        (
            {"withdrawn_on": "28.02.2025"},
            "withdrawn_on",
            "withdrawn_on must not come before given_on",
        ),
        ({"expires_on": ""}, "expires_on", "expires_on is required"),
        ({"given_on": ""}, "given_on", "given_on is required"),
        ({"person": ""}, "person", "person is required"),
        ({"recipient_country": ""}, "recipient_country", "recipient_country is required"),
        ({"purpose": ""}, "purpose", "purpose is required"),
        (
            {"purpose": "curiosity"},
            "purpose",
            f"one of these is expected: {', '.join(Purpose)}",
        ),
    ],
)
async def test_invalid_consents_are_rejected_with_a_reason(
    change: dict[str, object], column: str, reason: str
) -> None:
    report = await load("consents", [consent(**change)])
    assert [(p.column, p.reason) for p in report.problems] == [(column, reason)]
    assert await count("consents") == 0
