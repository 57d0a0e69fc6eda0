"""Constraints: the database rejects invalid records from any writer."""

import pytest
from tortoise.exceptions import IntegrityError

from erikti.database.connection import dialect, fetch, transaction
from models.people import Consent, Person
from models.volunteers import Organisation
from tests.models.tables import KEY, organisation

pytestmark = pytest.mark.usefixtures("database")
OTHER = "019ab000-0000-7000-8000-000000000002"
PERSON = f"INSERT INTO people (id, display_name, recorded_on) VALUES ('{KEY}', 'A.', '2025-01-01')"
FALSE = {"sqlite": "0", "postgres": "false"}


def consent(source: str, **values: str) -> str:
    row = {
        "id": f"'019ab000-0000-7000-8000-00000000001{source}'",
        "source_system": "'TEST'",
        "source_id": f"'{source}'",
        "person_id": f"'{KEY}'",
        "purpose": "'EMERGENCY'",
        "recipient_country_id": "'UZ'",
        "given_on": "'2025-03-01'",
        "expires_on": "'2025-03-01'",
        **values,
    }
    return f"INSERT INTO consents ({', '.join(row)}) VALUES ({', '.join(row.values())})"


@pytest.mark.parametrize(
    "values",
    [
        {"region_id": "'KZ-99'"},
        {"region_id": "NULL"},
        {"kind": "'CIRCUS'"},
        {"bin": "'123'"},
        {"name_en": "NULL"},
        {"id": f"'{KEY}'"},
        {"source_id": "'1'"},
        {"registered_on": "NULL"},
    ],
    ids=str,
)
async def test_an_invalid_organisation_is_rejected(values: dict[str, str]) -> None:
    await fetch(organisation(KEY, "1"))
    with pytest.raises(IntegrityError):
        await fetch(organisation(OTHER, "2", **values))
    assert await Organisation.all().count() == 1


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE people SET sex = 'X'",
        "UPDATE people SET citizenship_id = 'ZZ'",
        f"""INSERT INTO volunteers (id, source_system, source_id, person_id, region_id, status,
            silver, registered_on, hours_total) VALUES ('{KEY}', 'T', '1', '{OTHER}', 'KZ-75',
            'ACTIVE', %s, '2025-01-01', 0)""",
        f"""INSERT INTO volunteers (id, source_system, source_id, person_id, region_id, status,
            silver, registered_on, hours_total) VALUES ('{KEY}', 'T', '1', '{KEY}', 'KZ-75',
            'ACTIVE', %s, '2025-01-01', -1)""",
        f"""INSERT INTO grants (id, source_system, source_id, amount, currency, awarded_on, status)
            VALUES ('{KEY}', 'T', '1', 100, 'KZT', '2025-01-01', 'AWARDED')""",
        f"""INSERT INTO grants (id, source_system, source_id, amount, currency, awarded_on, status,
            recipient_person_id) VALUES ('{KEY}', 'T', '1', 0, 'KZT', '2025-01-01', 'AWARDED', '{KEY}')""",
        f"""INSERT INTO front_offices (id, source_system, source_id, name_en, kind)
            VALUES ('{KEY}', 'T', '1', 'Office', 'REGIONAL')""",
        f"""INSERT INTO committees (id, source_system, source_id, name_en, established_on, dissolved_on)
            VALUES ('{KEY}', 'T', '1', 'Committee', '2025-01-01', '2024-01-01')""",
        consent("2", purpose="'CURIOSITY'"),
        consent("2", expires_on="'2025-02-28'"),
        consent("2", withdrawn_on="'2025-02-28'"),
        consent("2", recipient_country_id="'ZZ'"),
        consent("2", person_id=f"'{OTHER}'"),
        consent("2", source_id="NULL"),
    ],
)
async def test_invalid_records_are_rejected(statement: str) -> None:
    await fetch(PERSON)
    with pytest.raises(IntegrityError):
        await fetch(statement.replace("%s", FALSE[dialect().name]))


async def test_a_consent_may_end_on_the_day_it_was_given_and_has_one_source() -> None:
    await fetch(PERSON)
    await fetch(consent("1", withdrawn_on="'2025-03-01'"))
    with pytest.raises(IntegrityError):
        await fetch(consent("2", source_id="'1'"))
    assert await Consent.all().count() == 1
    await fetch("DELETE FROM people")
    assert await Consent.all().count() == 0


async def test_a_person_with_records_cannot_be_removed() -> None:
    await fetch(PERSON)
    await fetch(
        f"""INSERT INTO volunteers (id, source_system, source_id, person_id, region_id, status,
            silver, registered_on, hours_total) VALUES ('{OTHER}', 'T', '1', '{KEY}', 'KZ-75',
            'ACTIVE', {FALSE[dialect().name]}, '2025-01-01', 0)"""
    )
    with pytest.raises(IntegrityError):
        await fetch("DELETE FROM people")
    assert await Person.all().count() == 1


async def two_of_the_same() -> None:
    async with transaction():
        await fetch(organisation(KEY, "1"))
        await fetch(organisation(OTHER, "1"))


async def test_a_transaction_is_all_or_nothing_and_a_nested_one_a_savepoint() -> None:
    with pytest.raises(IntegrityError):
        await two_of_the_same()
    assert await Organisation.all().count() == 0
    async with transaction():
        await fetch(organisation(KEY, "1"))
        with pytest.raises(IntegrityError):
            async with transaction():
                await fetch(organisation(OTHER, "1"))
    assert await Organisation.all().count() == 1


async def test_text_sorts_by_code_point_on_every_database() -> None:
    rows = await fetch("SELECT name_kk FROM countries WHERE name_kk IS NOT NULL ORDER BY name_kk")
    names = [row[0] for row in rows]
    assert names == sorted(names)
    assert len(names) > 200


async def test_ids_grow_with_time() -> None:
    made = [Organisation().id for _ in range(100)]
    assert made == sorted(made)
    assert {key.version for key in made} == {7}
