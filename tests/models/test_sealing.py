"""IINs and contacts are stored only sealed, and readable only in their own place."""

import pytest

from erikti.database.connection import Database, dialect, fetch
from erikti.database.sealed import keyring
from erikti.importers import load
from erikti.sealing import HASH, NotSealedError, SealingError, UnreadableError, is_sealed, new_entry
from models.migrate import migrate
from models.people import Person
from models.sealing_keys import check, record_current_keys
from tests.importers.samples import numbers, outcome, row
from tests.models.sealing import COLUMNS, everything, raw, read, rows, using
from tests.support.databases import KEYS

IIN, OTHER_IIN = (number for number, _ in zip(numbers(), range(2), strict=False))
CONTACTS = {"email": "canary.one@example.org", "phone": "+77012345678"}
PEOPLE = [
    row("1", family_name="A", given_name="Example", iin=IIN, **CONTACTS),
    row("2", family_name="B", given_name="Example", iin=OTHER_IIN, **CONTACTS),
    row("3", family_name="C", given_name="Example"),
]
READ = {
    "A": (IIN, CONTACTS["email"], CONTACTS["phone"]),
    "B": (OTHER_IIN, CONTACTS["email"], CONTACTS["phone"]),
    "C": (None, None, None),
}


@pytest.fixture
async def people(database: str) -> str:
    """Return the URL of an open database with three people."""
    assert (await load("people", PEOPLE)).committed
    return database


async def test_nothing_of_it_is_in_the_database(people: str) -> None:
    held = await everything(people)
    assert "Example" in held  # proves that the search covers the data
    for canary in (IIN, OTHER_IIN, *CONTACTS.values(), "canary", "7012345678"):
        assert canary not in held
    assert await read() == READ


async def test_equal_values_are_sealed_differently(people: str) -> None:
    assert people
    stored = await raw()
    for index in (2, 3):
        assert stored["A"][index] != stored["B"][index]
    assert stored["C"] == (None, None, None, None)
    assert all(is_sealed(stored[name][index]) for name in "AB" for index in (0, 2, 3))


async def test_a_person_is_found_by_the_hash_of_the_iin(people: str) -> None:
    assert people
    found = await Person.filter(iin_hash=keyring().digest(OTHER_IIN)).values_list("family_name")
    assert found == [("B",)]


async def test_rows_of_loaders_are_readable(people: str) -> None:
    assert people
    found = await rows(*COLUMNS)
    assert [(r.iin, r.email, r.phone) for r in found] == list(READ.values())
    assert [r.phone for r in await rows("phone")] == [v[2] for v in READ.values()]


@pytest.mark.parametrize("column", COLUMNS)
async def test_values_of_two_people_cannot_be_swapped(people: str, column: str) -> None:
    assert people
    one = f"(SELECT {column} FROM people WHERE family_name = 'B')"
    await fetch(f"UPDATE people SET {column} = {one} WHERE family_name = 'A'")
    first, second, _ = await rows(column)
    with pytest.raises(UnreadableError, match=f"people.{column}"):
        getattr(first, column)
    assert getattr(second, column) == READ["B"][COLUMNS.index(column)]


async def test_values_of_two_columns_cannot_be_swapped(people: str) -> None:
    assert people
    await fetch("UPDATE people SET email = phone")
    with pytest.raises(UnreadableError):
        _ = (await rows("email"))[0].email


async def test_a_value_that_was_never_sealed_is_not_given_out(people: str) -> None:
    assert people
    await fetch("UPDATE people SET email = 'plain-value'")
    with pytest.raises(NotSealedError) as caught:
        _ = (await rows("email"))[0].email
    assert "plain-value" not in str(caught.value)
    with pytest.raises(NotSealedError):
        await load("people", [PEOPLE[0]])


async def test_nothing_is_stored_unsealed_by_way_of_the_model(people: str) -> None:
    assert people
    person = Person(display_name="X Y.", recorded_on="2025-01-01", email="plain@example.org")
    with pytest.raises(NotSealedError, match="email must be sealed"):
        await person.save()


async def test_the_same_file_again_rewrites_nothing(people: str) -> None:
    assert people
    before = await raw()
    assert outcome(await load("people", PEOPLE)) == (0, 0, 3, 0)
    assert await raw() == before


async def test_a_changed_detail_is_seen_through_the_seal(people: str) -> None:
    assert people
    changed = {**PEOPLE[1], "phone": "+77020000000"}
    assert outcome(await load("people", [changed])) == (0, 1, 0, 0)
    assert (await read())["B"] == (OTHER_IIN, CONTACTS["email"], "+77020000000")


async def test_an_iin_cannot_be_an_identifier(people: str) -> None:
    names = {"family_name": "D", "given_name": "Example"}
    number = next(numbers(start=700))
    for bad in ({"source_id": number}, {"source_id": "9", "person_id": number}):
        entry = {**row("9", **names, iin=number), **bad}
        kind = "volunteers" if "person_id" in bad else "people"
        if kind == "volunteers":
            entry |= {"region": "KZ-75", "status": "ACTIVE", "registered_on": "2025-01-31"}
        report = await load(kind, [entry])
        assert [p.code for p in report.problems] == ["IIN_AS_IDENTIFIER"]
    assert number not in await everything(people)


async def test_other_keys_than_the_databases_are_refused(people: str) -> None:
    first, hashes = KEYS.split(",")
    await check()
    for keys, words in (
        (f"{new_entry('k2')},{hashes}", "sealed with the key 'k1', which is not among the keys"),
        (f"{new_entry('k1')},{hashes}", "the key 'k1' is not the one"),
        (f"{first},{new_entry(HASH)}", "the key 'hash' is not the one"),
    ):
        with using(keys):
            with pytest.raises(SealingError, match=words):
                await check()
            with pytest.raises(SealingError, match=words):
                await load("people", PEOPLE)
            with pytest.raises(SealingError, match=words):
                await migrate(people)
    with using(f"{new_entry('k2')},{KEYS}"):
        await check()
        await record_current_keys()
    with pytest.raises(SealingError, match="with the key 'k2'"):
        await check()


async def test_a_missing_key_is_reported_when_a_value_is_read(people: str) -> None:
    assert people
    words = r"people\.iin: a value is sealed with the key 'k1'"
    with using(f"{new_entry('k2')},{new_entry(HASH)}"), pytest.raises(SealingError, match=words):
        _ = (await rows("iin"))[0].iin


async def test_a_fresh_database_has_its_key_on_the_list(empty_url: str) -> None:
    async with Database(empty_url):
        await migrate(empty_url)
        found = await fetch("SELECT id FROM sealing_keys ORDER BY id")
        assert [row[0] for row in found] == ["hash", "k1"]
        assert dialect().name
