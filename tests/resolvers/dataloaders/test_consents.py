"""Validity of consents on a day, for many people in one statement."""

from datetime import date
from typing import Any

import pytest

from erikti.database.connection import fetch
from erikti.importers import load
from models.people import Purpose
from resolvers.dataloaders import Loaders
from resolvers.dataloaders.listings import PageRequest
from resolvers.dataloaders.lists import lists_by
from resolvers.dataloaders.people import CONSENTS as LISTING
from resolvers.dataloaders.people import Consented
from tests.importers.samples import PERSON, row
from tests.support.queries import REGISTRAR, statements

pytestmark = pytest.mark.usefixtures("database", "consents")
GIVEN, LAST, WITHDRAWN = date(2025, 3, 1), date(2030, 2, 28), date(2027, 6, 1)
FORUM = Purpose.FORUM_PARTICIPATION


def consent(source_id: str, person: str, **more: object) -> dict[str, object]:
    """Return a consent of a person to share data with Uzbekistan for the Forum."""
    given = {"given_on": GIVEN, "expires_on": LAST, **more}
    return {**row(source_id, person=person, purpose=FORUM, recipient_country="UZ"), **given}


CONSENTS = [
    consent("1", "valid"),
    consent("2", "withdrawn", withdrawn_on=WITHDRAWN),
    consent("3", "other purpose", purpose=Purpose.UN_PLACEMENT),
    consent("4", "other country", recipient_country="RU"),
    # Two that do not overlap, and one given again after a withdrawal.
    consent("5", "twice", expires_on=date(2026, 1, 31)),
    consent("6", "twice", given_on=date(2026, 3, 1)),
    consent("7", "again", withdrawn_on=WITHDRAWN),
    consent("8", "again", given_on=WITHDRAWN),
    # Both are valid at the same time, with one result.
    consent("9", "double"),
    consent("10", "double"),
]
NAMES = sorted({str(consent["person"]) for consent in CONSENTS} | {"none"})


@pytest.fixture
async def consents() -> None:
    people = [row(name, **{**PERSON, "birth_date": f"1990-01-{n:02}"})
              for n, name in enumerate(NAMES, 1)]  # fmt: skip
    assert (await load("people", people)).accepted == len(NAMES)
    assert (await load("consents", CONSENTS)).accepted == len(CONSENTS)


async def ids() -> dict[str, Any]:
    """Return the stored IDs of the people by name."""
    return {
        row[0]: row[1] for row in await fetch("SELECT identifier, person_id FROM person_sources")
    }


async def consenting(
    day: date, purpose: Purpose = FORUM, country: str = "UZ", loaders: Loaders | None = None
) -> set[str]:
    """Return the names of those who consent, loaded together."""
    known = await ids()
    loader = (loaders or Loaders()).of(Consented(purpose, country, day))
    answers = loader.load_many([known[name] for name in NAMES])
    found = answers if isinstance(answers, list) else await answers
    assert {type(answer) for answer in found} == {bool}
    return {name for name, answer in zip(NAMES, found, strict=True) if answer}


@pytest.mark.parametrize(
    ("day", "names"),
    [
        (date(2025, 2, 28), ""),
        (GIVEN, "valid withdrawn twice again double"),
        (date(2026, 1, 31), "valid withdrawn twice again double"),
        (date(2026, 2, 1), "valid withdrawn again double"),
        (date(2026, 2, 28), "valid withdrawn again double"),
        (date(2026, 3, 1), "valid withdrawn twice again double"),
        (date(2027, 5, 31), "valid withdrawn twice again double"),
        (WITHDRAWN, "valid twice again double"),
        (LAST, "valid twice again double"),
        (date(2030, 3, 1), ""),
    ],
    ids=str,
)
async def test_a_consent_is_valid_from_its_first_to_its_last_day_until_withdrawn(
    day: date, names: str
) -> None:
    assert await consenting(day) == set(names.split())


async def test_a_consent_is_valid_only_for_its_purpose_and_country() -> None:
    assert await consenting(GIVEN, Purpose.UN_PLACEMENT) == {"other purpose"}
    assert await consenting(GIVEN, country="RU") == {"other country"}
    assert await consenting(GIVEN, country="KZ") == set()
    assert await consenting(GIVEN, Purpose.EMERGENCY) == set()


async def test_many_persons_take_one_statement_and_the_second_time_none() -> None:
    loaders = Loaders()
    await consenting(GIVEN, loaders=loaders)
    with statements() as made:
        await consenting(GIVEN, loaders=loaders)
        assert len([sql for sql in made if "consents" in sql]) == 0
        await consenting(LAST, loaders=loaders)
    assert len([sql for sql in made if "consents" in sql]) == 1


async def test_an_unknown_id_is_not_loaded() -> None:
    ((unknown,),) = await fetch(
        "SELECT id FROM organisations UNION ALL SELECT id FROM consents LIMIT 1"
    )
    assert await Loaders().of(Consented(FORUM, "UZ", GIVEN)).load(unknown) is False


async def test_a_persons_consents_are_loaded_in_one_statement() -> None:
    known = await ids()
    with statements() as made:
        lists = Loaders(REGISTRAR, "REGISTRATION").lists(lists_by(LISTING, "person_id"))
        loader = lists.pages(PageRequest(20))
        answers = loader.load_many([known["withdrawn"], known["none"], known["again"]])
        pages = answers if isinstance(answers, list) else await answers
        found = [page.rows for page in pages]
    assert len(made) == 1
    (withdrawn,), nothing, again = found
    assert nothing == []
    assert (withdrawn.purpose, withdrawn.recipient_country_id) == ("FORUM_PARTICIPATION", "UZ")
    assert (withdrawn.given_on, withdrawn.withdrawn_on) == (GIVEN, WITHDRAWN)
    assert withdrawn.expires_on == LAST
    assert {one.withdrawn_on for one in again} == {WITHDRAWN, None}
