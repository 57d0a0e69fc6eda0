"""Two records of one person become one, and two again."""

import asyncio
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import pytest

from erikti.database.connection import Database, fetch
from erikti.database.sealed import use
from erikti.importers import load
from erikti.sealing import Keyring, new_entry
from erikti.writing.humans import FIELDS, STORED, unsealed
from erikti.writing.merging import MergeError, merge, references, unmerge
from models.changes import ChangeKind, Origin, latest
from models.global_ids import encoded
from models.key_rotation import rotate, status
from models.merged_people import MergedPerson
from models.people import Consent, FieldSource, Person, PersonSource
from models.un_placements import Placement
from models.volunteers import Volunteer
from tests.importers.samples import NATION, PERSON, load_nation, numbers, outcome, row, volunteer
from tests.models.counting import wrong
from tests.support.databases import KEYS
from tests.support.processes import erikti, serving
from tests.support.waiting import eventually

IIN, OTHER_IIN = (number for number, _ in zip(numbers(), range(2), strict=False))
EDIT = Origin(ChangeKind.MUTATION, "a client", "a registrar", reason="request 7")
NAMED = {"family_name": "Sample", "given_name": "Example", "birth_date": None, "sex": None}


async def details(id_: UUID) -> Mapping[str, object]:
    """Return a person's values."""
    key = Person._meta.fields_map["id"]
    ((stored, *values),) = [
        tuple(found)
        for found in await fetch(f"SELECT id, {', '.join(STORED)} FROM people")
        if str(key.to_python_value(found[0])) == str(id_)
    ]
    found = dict(zip(FIELDS, unsealed(stored, tuple(values)), strict=True))
    return {name: str(value) for name, value in found.items() if value is not None}


def named(id_: UUID) -> str:
    return encoded("Person", id_)


async def person_of(system: str, identifier: str) -> UUID:
    return (await PersonSource.get(system=system, identifier=identifier)).person_id


async def everything() -> Sequence[object]:
    """Return all that a merge may change, without versions and change sets."""
    people = {person.id: await details(person.id) for person in await Person.all()}
    refers = {
        found.name: sorted(map(str, await found.model.all().values_list("id", found.column)))
        for found in references()
        if found.model is not MergedPerson
    }
    sources = sorted(await PersonSource.all().values_list("system", "identifier", "person_id"))
    fields = sorted(await FieldSource.all().values_list("person_id", "field", "system"))
    return people, refers, sources, fields


@pytest.fixture
async def two(database: str) -> tuple[UUID, UUID]:
    """Return two records of one person, each with records that refer to it."""
    assert database
    await load_nation()
    second = {**NAMED, "iin": IIN, "person_id": "X1"}
    contacts = {"email": "s@example.org", "phone": "+77010000002"}
    rows: dict[str, Mapping[str, object]] = {
        "people": {**row("X1"), **NAMED, **contacts, "source_system": "SECOND", "iin": IIN},
        "volunteers": {**volunteer(5), **second},
        "placements": {**NATION["placements"][0], **second, "source_id": "PL2"},
        "consents": {**NATION["consents"][0], "source_id": "CO9", "person": "X1"},
    }
    for kind, found in rows.items():
        assert outcome(await load(kind, [found])) == (1, 0, 0, 0)
    return await person_of("REGISTRY", "P1"), await person_of("SECOND", "X1")


async def test_the_kept_record_has_all_that_the_other_had(two: tuple[UUID, UUID]) -> None:
    kept, merged = two
    first, second = await details(kept), await details(merged)
    ((last, _),) = await latest(1)
    assert (await Volunteer.get(source_id="5")).person_id == merged
    await merge(kept, merged, EDIT)
    assert not await Person.exists(id=merged)
    assert await details(kept) == {**second, **first}  # its own values come first
    assert (await details(kept))["iin"] == IIN
    assert (await Volunteer.get(source_id="5")).person_id == kept
    assert await Placement.filter(person_id=kept).count() == 2
    assert await Consent.filter(person_id=kept).count() == 3
    assert await person_of("SECOND", "X1") == await person_of("REGISTRY", "X1") == kept
    assert await wrong() == {}
    ((made, tables),) = await latest(1)
    assert made.position == (last.position or 0) + 1
    assert (made.kind, made.subject, made.reason) == (EDIT.kind, EDIT.subject, EDIT.reason)
    counts = {table.name: (table.added, table.updated, table.deleted) for table in tables}
    assert counts == {
        "people": (0, 1, 1),
        "volunteers": (0, 1, 0),
        "placements": (0, 1, 0),
        "consents": (0, 1, 0),
    }


async def test_who_supplied_a_value_may_still_correct_it(two: tuple[UUID, UUID]) -> None:
    await merge(*two, EDIT)
    ours = {**row("P1"), **PERSON}
    theirs = {**row("X1"), **NAMED, "source_system": "SECOND", "birth_date": None}
    new = "+77010000009"
    report = await load("people", [{**ours, "phone": new}])
    assert [(w.column, w.code) for w in report.warnings] == [("phone", "PERSON_CONFLICT")]
    assert outcome(await load("people", [{**theirs, "phone": new}])) == (0, 1, 0, 0)
    assert (await details(two[0]))["phone"] == new
    report = await load("people", [{**theirs, "email": "new@example.org"}])
    assert [(w.column, w.code) for w in report.warnings] == [("email", "PERSON_CONFLICT")]


async def test_a_file_finds_the_kept_record_from_then_on(two: tuple[UUID, UUID]) -> None:
    await merge(*two, EDIT)
    again = {**volunteer(5), **NAMED, "iin": IIN, "person_id": "X1"}
    assert outcome(await load("volunteers", [again])) == (0, 0, 1, 0)


async def test_undoing_a_merge_restores_everything(two: tuple[UUID, UUID]) -> None:
    before = await everything()
    version = (await Person.get(id=two[1])).version
    await merge(*two, EDIT)
    assert await everything() != before
    assert await unmerge(two[1], EDIT) == two[0]
    assert await everything() == before
    assert (await Person.get(id=two[1])).version > version
    assert await MergedPerson.all().count() == 0
    assert await wrong() == {}
    ((_, tables),) = await latest(1)
    (people,) = [table for table in tables if table.name == "people"]
    assert (people.added, people.updated, people.deleted) == (0, 2, 0)
    await merge(*two, EDIT)
    await unmerge(two[1], EDIT)
    assert await everything() == before


async def test_what_came_later_stays_with_the_kept_record(two: tuple[UUID, UUID]) -> None:
    kept, merged = two
    await merge(kept, merged, EDIT)
    consent = {**NATION["consents"][0], "source_id": "CO10", "person": "X1"}
    await load("consents", [consent])
    theirs = {**row("X1"), **NAMED, "source_system": "SECOND", "phone": "+77010000009"}
    await load("people", [theirs])
    await unmerge(merged, EDIT)
    assert (await Consent.get(source_id="CO10")).person_id == kept
    assert (await details(kept))["phone"] == "+77010000009"
    assert (await details(merged))["phone"] == "+77010000002"


async def test_an_iin_that_another_person_has_since_prevents_the_undoing(
    two: tuple[UUID, UUID],
) -> None:
    kept, merged = two
    await merge(kept, merged, EDIT)
    theirs = {**row("X1"), **NAMED, "source_system": "SECOND"}
    assert outcome(await load("people", [{**theirs, "iin": OTHER_IIN}])) == (0, 1, 0, 0)
    await load("people", [row("P8", **{**NAMED, "iin": IIN})])
    other = await person_of("REGISTRY", "P8")
    before = await everything()
    with pytest.raises(MergeError, match=f"{named(other)} has the IIN of the record now"):
        await unmerge(merged, EDIT)
    assert await everything() == before


async def test_merges_are_undone_in_turn(two: tuple[UUID, UUID]) -> None:
    kept, merged = two
    last = await person_of("REGISTRY", "P9")
    before = await everything()
    await merge(kept, merged, EDIT)
    between = await everything()
    await merge(last, kept, EDIT)
    assert (await MergedPerson.get(id=merged)).person_id == last
    with pytest.raises(MergeError, match=f"{named(kept)} was merged since: undo that first"):
        await unmerge(merged, EDIT)
    await unmerge(kept, EDIT)
    assert await everything() == between
    await unmerge(merged, EDIT)
    assert await everything() == before


async def test_two_merges_into_one_record_are_undone_in_turn(two: tuple[UUID, UUID]) -> None:
    kept, merged = two
    await load("people", [{**row("P8"), **NAMED, "phone": "+77010000008"}])
    other = await person_of("REGISTRY", "P8")
    before = await everything()
    await merge(kept, other, EDIT)
    await merge(kept, merged, EDIT)
    assert (await details(kept))["phone"] == "+77010000008"
    with pytest.raises(MergeError, match=f"{named(merged)} was merged since: undo that first"):
        await unmerge(other, EDIT)
    await unmerge(merged, EDIT)
    await unmerge(other, EDIT)
    assert await everything() == before


@pytest.mark.parametrize("stated", [{"birth_date": "1901-01-01"}, {"sex": "FEMALE"}])
async def test_an_iin_contradicts_another_birth_date_or_sex(
    two: tuple[UUID, UUID], stated: dict[str, str]
) -> None:
    _, merged = two
    await load("people", [{**row("P8"), **NAMED, **stated}])
    other = await person_of("REGISTRY", "P8")
    column = next(iter(stated)).replace("_", " ")
    with pytest.raises(MergeError, match=f"the IIN of one contradicts the {column} of the other"):
        await merge(other, merged, EDIT)


async def test_what_cannot_be_merged_is_rejected_and_unchanged(two: tuple[UUID, UUID]) -> None:
    kept, merged = two
    volunteer_of = (await Volunteer.get(source_id="1")).person_id
    missing = UUID(int=7)
    await load("people", [row("P8", **{**NAMED, "iin": OTHER_IIN})])
    other = await person_of("REGISTRY", "P8")
    before = await everything()
    for pair, reason in (
        ((kept, kept), "both are the same record"),
        ((kept, missing), f"{named(missing)} is not there"),
        ((other, merged), "they have two IINs, so they are two people"),
        (
            (volunteer_of, merged),
            "both have a record in volunteers, of which a person can have only one: "
            "REGISTRY/1 and REGISTRY/5",
        ),
    ):
        with pytest.raises(MergeError) as error:
            await merge(*pair, EDIT)
        assert str(error.value) == reason
    with pytest.raises(MergeError, match="was not merged"):
        await unmerge(kept, EDIT)
    assert await everything() == before
    await merge(kept, merged, EDIT)
    with pytest.raises(MergeError, match=f"{named(merged)} was merged into {named(kept)}"):
        await merge(other, merged, EDIT)


async def test_new_keys_reseal_what_a_merge_keeps(two: tuple[UUID, UUID]) -> None:
    before = await everything()
    await merge(*two, EDIT)
    use(Keyring.parse(f"{new_entry('k2')},{KEYS}"))
    rotated = await rotate()
    assert rotated.retired == ("k1",)
    assert set(await status()) == {"k2"}
    await unmerge(two[1], EDIT)
    assert await everything() == before


BY_IDS = """
query ($ids: [ID!]!, $entities: [_Any!]!) {
  nodes(ids: $ids) { id }
  _entities(representations: $entities) { ... on Person { id displayName } }
}
"""
# By itself, so that the server keeps its statement with the parameters.
FILTERED = "query ($id: EriktiIDFilter) { people(filter: { id: $id }) { nodes { id } } }"


def filled(database_url: str) -> tuple[str, str]:
    """Fill the database with a laureate and another person; return their global IDs."""

    async def fill() -> tuple[str, str]:
        async with Database(database_url):
            for kind in ("award-editions", "award-categories", "laureates"):
                await load(kind, NATION[kind])
            await load("people", [row("X1", family_name="Other", given_name="Example")])
            ids = [await person_of("REGISTRY", name) for name in ("X1", "P1")]
            return named(ids[0]), named(ids[1])

    return asyncio.run(fill())


def settings(database_url: str, folder: Path, **more: str) -> dict[str, str]:
    found = {"DATABASE_URL": database_url, "ERIKTI_DATA": str(folder), "ERIKTI_KEYS": KEYS}
    return {**found, "COLUMNS": "200", **more}


def found(client: httpx.Client, id_: str, query: str = BY_IDS) -> tuple[str, tuple[str, str]]:
    """Return the ID and the name that an ID finds in every way; raises ValueError if none."""

    def data(query: str, **variables: object) -> Any:
        sent = {"query": query, "variables": variables}
        return client.post("/graphql", json=sent).json()["data"]

    by_ids = data(query, ids=[id_], entities=[{"__typename": "Person", "id": id_}])
    filtered = data(FILTERED, id={"eq": id_})
    (node,), (entity,), (person,) = (
        by_ids["nodes"],
        by_ids["_entities"],
        filtered["people"]["nodes"],
    )
    if node is None or node != person:
        raise ValueError("no person, or the server has learned of a change in between")
    return node["id"], (entity["id"], entity["displayName"])


@pytest.mark.usefixtures("processes")
def test_the_commands_merge_and_servers_find_the_old_id(database_url: str, tmp_path: Path) -> None:
    kept, merged = filled(database_url)
    variables = settings(database_url, tmp_path)
    with serving(**variables) as (client, _):
        assert found(client, merged) == (merged, (merged, "Example S."))
        line = ("people", "merge", "REGISTRY/X1", merged, "--reason", "request 7")
        done = erikti(*line, **variables)
        assert (done.returncode, done.stdout) == (0, f"merged: {merged} is {kept} now\n")
        eventually(lambda: found(client, merged) == (kept, (kept, "Example O.")))
        shown = erikti("people", "merged", **variables).stdout
        assert all(part in shown for part in (merged, kept, "request 7"))
        done = erikti(*line, **variables)
        assert (done.returncode, "was merged into" in done.stderr) == (1, True)
        done = erikti("people", "unmerge", merged, "--reason", "request 8", **variables)
        assert done.returncode == 0
        eventually(lambda: found(client, merged) == (merged, (merged, "Example S.")))
        done = erikti("people", "unmerge", "REGISTRY/X1", "--reason", "request 8", **variables)
        assert (done.returncode, "REGISTRY/X1: not the global ID" in done.stderr) == (1, True)
    listed = erikti("changes", **variables).stdout
    assert ["erikti people merge," in listed, "erikti people unmerge," in listed] == [True, True]


@pytest.mark.usefixtures("processes")
def test_a_server_that_starts_later_knows_the_merge(
    database_url: str, tmp_path: Path, valkey_url: str
) -> None:
    kept, merged = filled(database_url)
    variables = settings(database_url, tmp_path, CACHE_URL=valkey_url)
    line = ("people", "merge", kept, merged, "--reason", "request 7")
    with serving(**variables) as (first, _):
        assert found(first, merged)[0] == merged
        assert erikti(*line, **variables).returncode == 0
        eventually(lambda: found(first, merged)[0] == kept)
        with serving(**variables) as (second, _):
            other = BY_IDS.replace("displayName", "displayName __typename")  # not cached yet
            eventually(lambda: found(second, merged, other)[0] == kept)
