"""A source identifier that leads to a person is given only to its system and to the entitled."""

from dataclasses import replace
from typing import Any

import pytest
from strawberry.relay import to_base64

from erikti.auth.principal import Principal
from erikti.database.connection import fetch
from models.people import Language
from resolvers.context import Context
from resolvers.dataloaders.identities import STANDS_FOR
from resolvers.dataloaders.tables import holder
from resolvers.global_ids import NODES, key_text
from tests.access.callers import CALLERS, COUNTRY, PURPOSE, REGION
from tests.support.queries import KEY, ask, engine, execute, statements

pytestmark = pytest.mark.usefixtures("open_nation")
NAMES = [model.__name__ for model in STANDS_FOR if model.__name__ != "Person"]
# Rows without a person are public or belong to an organisation.
OF_PEOPLE = {
    "Nomination": "nominee_person_id IS NOT NULL",
    "Grant": "recipient_person_id IS NOT NULL",
}
# The roots of the lists of these types.
LISTED = {
    "Volunteer": "volunteers",
    "Grant": "grants",
    "Delegate": "delegates",
    "Placement": "placements",
    "Nomination": "nominations",
}
LAUREATE = "r.stage = 'LAUREATE'"
DELEGATION = f"SELECT d.id FROM delegations d WHERE d.country_id = '{COUNTRY}'"
CONSENTED = (
    f"SELECT c.person_id FROM consents c WHERE c.recipient_country_id = '{COUNTRY}'"
    f" AND c.purpose = '{PURPOSE}' AND c.given_on <= CURRENT_DATE AND c.expires_on >= CURRENT_DATE"
    " AND (c.withdrawn_on IS NULL OR c.withdrawn_on > CURRENT_DATE)"
)


async def rows(name: str, condition: str = "", count: int = 20) -> list[tuple[str, str, str]]:
    """Return system, identifier and global ID of records of a type about people."""
    held = holder(NODES[name].model)
    conditions = " AND ".join(filter(None, (condition, OF_PEOPLE.get(name, ""))))
    where = f"WHERE {conditions}" if conditions else ""
    sql = f"SELECT {held.system}, {held.identifier}, {held.owner} FROM {held.name} r {where}"
    found = await fetch(f"{sql} ORDER BY 1, 2 LIMIT {count}")
    assert found, name
    return [(row[0], row[1], to_base64(name, key_text(row[2]))) for row in found]


async def read(name: str, ids: list[str], caller: Principal, purpose: str | None = None) -> Any:
    """Return the sources of records, and the ledger of the operation."""
    query = f"""query ($ids: [ID!]!) {{ nodes(ids: $ids) {{ ... on {name} {{
      source {{ system identifier }} }} }} }}"""
    context = Context(Language.EN, KEY, caller, purpose=purpose)
    result = await engine().execute(query, {"ids": ids}, context)
    assert not result.errors, result.errors
    assert result.data is not None
    return [node and node["source"] for node in result.data["nodes"]], context.ledger


async def found(
    name: str, source: tuple[str, str], caller: Principal, purpose: str | None = None
) -> Any:
    """Return the responses to both forms of a look-up: the record or an error's code."""
    key = {"system": source[0], "identifier": source[1]}
    root = name[0].lower() + name[1:]
    by = f"query ($s: EriktiRecordSourceInput!) {{ one: {root}(by: {{ source: $s }}) {{ id }} }}"
    entity = "query ($r: [_Any!]!) { _entities(representations: $r) { ... on Node { id } } }"
    one = await execute(by, caller=caller, purpose=purpose, s=key)
    given = [{"__typename": name, "source": key}]
    other = await execute(entity, caller=caller, purpose=purpose, r=given)
    codes = [[e.extensions["code"] for e in result.errors or ()] for result in (one, other)]
    if codes[1]:
        assert set(codes[0]) == set(codes[1]) or codes[0] == ["FORBIDDEN"]
        return codes[1][0]
    assert codes == [[], []]
    assert one.data["one"] == other.data["_entities"][0]
    return one.data["one"] and one.data["one"]["id"]


@pytest.mark.parametrize("name", [name for name in NAMES if name != "Consent"])
async def test_a_caller_without_people_read_gets_no_identifier(name: str) -> None:
    """Neither as a field nor by look-up or filter, and before anything is read."""
    known = await rows(name)
    caller = CALLERS["analyst"]
    given, ledger = await read(name, [id_ for *_, id_ in known], caller)
    seen = [source for source in given if source]
    assert seen or name in ("Grant",)
    assert {source["identifier"] for source in seen} <= {None}
    assert {source["system"] for source in seen} <= {system for system, *_ in known}
    if seen:
        assert ledger.withheld == {(f"{name}.source", "NO_SCOPE"): len(seen)}
    assert not ledger.persons
    with statements() as made:
        answer = await found(name, known[0][:2], caller)
    if name in OF_PEOPLE:  # those of organisations are public
        assert answer is None
    else:
        assert answer == "FORBIDDEN"
        assert not made


@pytest.mark.parametrize("name", NAMES)
async def test_a_purpose_is_needed(name: str) -> None:
    known = await rows(name)
    caller, ids = CALLERS["registrar"], [id_ for *_, id_ in known]
    if name != "Consent":  # requires a purpose as a whole
        given, ledger = await read(name, ids, caller)
        assert {source["identifier"] for source in given} == {None}
        assert ledger.withheld == {(f"{name}.source", "NO_PURPOSE"): len(ids)}
    answer = await found(name, known[0][:2], caller)
    assert answer == (None if name in OF_PEOPLE else "FORBIDDEN")
    given, ledger = await read(name, ids, caller, PURPOSE)
    assert [(s["system"], s["identifier"]) for s in given] == [(a, b) for a, b, _ in known]
    assert f"{name}.source" in ledger.identifying
    assert ledger.persons
    assert await found(name, known[0][:2], caller, PURPOSE) == known[0][2]


@pytest.mark.parametrize("name", NAMES)
async def test_the_person_whose_record_is_found_by_its_source_is_recorded(name: str) -> None:
    ((system, identifier, id_),) = await rows(name, count=1)
    _, expected = await read(name, [id_], CALLERS["registrar"], PURPOSE)
    assert len(expected.persons) == 1
    root = name[0].lower() + name[1:]
    query = f"query ($s: EriktiRecordSourceInput!) {{ {root}(by: {{ source: $s }}) {{ id }} }}"
    for given, persons in ((identifier, expected.persons), ("none", set())):
        context = Context(Language.EN, KEY, CALLERS["registrar"], purpose=PURPOSE)
        source = {"s": {"system": system, "identifier": given}}
        assert not (await engine().execute(query, source, context)).errors
        assert context.ledger.persons == persons


@pytest.mark.parametrize("name", [name for name in NAMES if name != "Consent"])
async def test_a_system_knows_the_identifiers_that_it_supplied(name: str) -> None:
    known = await rows(name)
    system = known[0][0]
    base = CALLERS["analyst"]
    mine, others = replace(base, source_system=system), replace(base, source_system="OTHER")
    ids = [id_ for *_, id_ in known]
    given, _ = await read(name, ids, mine)
    for source, (where, identifier, _) in zip(given, known, strict=True):
        expected = identifier if where == system else None
        assert source == {"system": where, "identifier": expected}
    assert await found(name, known[0][:2], mine) == known[0][2]
    given, ledger = await read(name, ids, others)
    assert {source["identifier"] for source in given} == {None}
    assert sum(ledger.withheld.values()) == len(ids)
    assert await found(name, known[0][:2], others) is None
    absent = (known[0][0], "absent")
    assert await found(name, absent, others) is None


@pytest.mark.parametrize(("name", "field"), LISTED.items())
async def test_filters_obey_the_same_rule(name: str, field: str) -> None:
    (system, identifier, id_), *_ = await rows(name)
    query = f"""query ($s: EriktiRecordSourceInput!) {{
      {field}(filter: {{ source: $s }}) {{ totalCount nodes {{ id }} }} }}"""
    s = {"system": system, "identifier": identifier}

    async def listed(caller: Principal, purpose: str | None = None) -> Any:
        result = await execute(query, caller=caller, purpose=purpose, s=s)
        if result.errors:
            return result.errors[0].extensions["code"]
        page = result.data[field]
        assert page["totalCount"] == len(page["nodes"])
        return [node["id"] for node in page["nodes"]]

    refused: Any = [] if name in OF_PEOPLE else "FORBIDDEN"
    for role in ("analyst", "registrar"):
        with statements() as made:
            assert await listed(CALLERS[role]) == refused
        assert bool(made) == (refused == [])
    assert await listed(CALLERS["registrar"], PURPOSE) == [id_]
    assert await listed(replace(CALLERS["analyst"], source_system=system)) == [id_]
    assert await listed(replace(CALLERS["analyst"], source_system="OTHER")) == []


async def test_a_filter_of_a_related_record_obeys_it_too() -> None:
    (system, identifier, _), *_ = await rows("Volunteer")
    query = """query ($s: EriktiRecordSourceInput!) { projects(first: 3) { nodes {
      participations(filter: { volunteer: { source: $s } }) { totalCount } } } }"""
    s = {"system": system, "identifier": identifier}
    result = await execute(query, caller=CALLERS["analyst"], s=s)
    assert {error.extensions["code"] for error in result.errors} == {"FORBIDDEN"}
    for caller in (
        replace(CALLERS["analyst"], source_system=system),
        replace(CALLERS["analyst"], source_system="OTHER"),
    ):
        assert await ask(query, caller=caller, s=s)


# Filters that find a record by what identifies its person, and the names of their variables.
FOUND_BY = {
    "volunteers": "source: $s",
    "grants": "or: [{ source: $s }]",
    "delegates": "source: $s",
    "placements": "source: $s",
    "nominations": "source: $s",
    "participations": "source: $s",
}
PERSON_OF = {
    "participations": "SELECT v.person_id FROM participations p JOIN volunteers v ON v.id ="
    " p.volunteer_id WHERE p.source_system = {} AND p.source_id = {}",
    "grants": "SELECT recipient_person_id FROM grants WHERE source_system = {} AND source_id = {}",
    "nominations": "SELECT nominee_person_id FROM nominations"
    " WHERE source_system = {} AND source_id = {}",
}


async def people_recorded(query: str, **variables: Any) -> set[str]:
    """The people who are recorded when the registrar sends a query that finds something."""
    context = Context(Language.EN, KEY, CALLERS["registrar"], purpose=PURPOSE)
    result = await engine().execute(query, variables, context)
    assert not result.errors, result.errors
    return {key_text(person) for person in context.loaders.scope.persons}


@pytest.mark.parametrize(("field", "filter_"), FOUND_BY.items())
async def test_people_found_by_a_source_in_a_filter_are_recorded(field: str, filter_: str) -> None:
    name = field[0].upper() + field[1:-1]
    ((system, identifier, _),) = await rows(name, count=1)
    query = f"query ($s: EriktiRecordSourceInput!) {{ {field}(filter: {{ {filter_} }}) {{ nodes {{ id }} }} }}"
    sql = PERSON_OF.get(
        field, f"SELECT person_id FROM {field} WHERE source_system = {{}} AND source_id = {{}}"
    )
    ((person,),) = await fetch(sql.format(f"'{system}'", f"'{identifier}'"))
    s = {"system": system, "identifier": identifier}
    assert await people_recorded(query, s=s) == {key_text(person)}


@pytest.mark.parametrize(
    "filter_",
    ["volunteer: { source: $s }", "not: { not: { volunteer: { source: $s } } }"],
)
async def test_people_found_through_a_related_record_are_recorded(filter_: str) -> None:
    sql = "SELECT v.source_system, v.source_id, v.person_id FROM volunteers v"
    ((system, identifier, person),) = await fetch(
        f"{sql} WHERE EXISTS (SELECT 1 FROM participations p WHERE p.volunteer_id = v.id) LIMIT 1"
    )
    query = f"query ($s: EriktiRecordSourceInput!) {{ participations(filter: {{ {filter_} }}) {{ nodes {{ id }} }} }}"
    s = {"system": system, "identifier": identifier}
    assert await people_recorded(query, s=s) == {key_text(person)}
    by_name = """{ participations(filter: { volunteer: { person: {
      displayName: { ne: "no such name" } } } }, first: 3) { nodes { id } } }"""
    assert await people_recorded(by_name)
    assert not await people_recorded("{ participations(first: 3) { nodes { id } } }")


async def test_a_person_is_looked_up_by_any_of_their_sources() -> None:
    ((person, _),) = await fetch(
        "SELECT person_id, count(*) FROM person_sources GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT 1"
    )
    every = [row for row in await rows("Person", count=10**6) if row[2].endswith("")]
    mine = [row for row in every if row[2] == to_base64("Person", key_text(person))]
    assert len(mine) > 1
    for system, identifier, id_ in mine:
        source = (system, identifier)
        assert await found("Person", source, CALLERS["registrar"], PURPOSE) == id_
        assert await found("Person", source, CALLERS["registrar"]) == "FORBIDDEN"
        assert await found("Person", source, CALLERS["public"]) == "FORBIDDEN"
        other = replace(CALLERS["registrar"], source_system="OTHER")
        assert await found("Person", source, other) is None
        supplier = replace(other, source_system=system)
        assert await found("Person", source, supplier) == id_


async def test_a_region_finds_no_public_record_of_a_person_elsewhere() -> None:
    """Laureates are public, but not the identifiers that other systems have for them."""
    known = await rows("Nomination", LAUREATE)
    caller = CALLERS["region"]
    given, ledger = await read("Nomination", [id_ for *_, id_ in known], caller, PURPOSE)
    assert {source["identifier"] for source in given} == {None}
    assert ledger.withheld == {("Nomination.source", "NOT_RESPONSIBLE"): len(known)}
    assert await found("Nomination", known[0][:2], caller, PURPOSE) is None
    elsewhere = await rows("Volunteer", f"r.region_id <> '{REGION}'")
    assert await found("Volunteer", elsewhere[0][:2], caller, PURPOSE) is None
    here = await rows("Volunteer", f"r.region_id = '{REGION}'")
    assert await found("Volunteer", here[0][:2], caller, PURPOSE) == here[0][2]


async def test_another_country_needs_the_persons_consent() -> None:
    caller, of_country = CALLERS["partner"], f"r.delegation_id IN ({DELEGATION})"
    none = await rows("Delegate", of_country)
    given, ledger = await read("Delegate", [id_ for *_, id_ in none], caller, "EMERGENCY")
    assert {source["identifier"] for source in given} == {None}
    assert ledger.withheld == {("Delegate.source", "NO_CONSENT"): len(none)}
    assert await found("Delegate", none[0][:2], caller, "EMERGENCY") is None
    case = "case 2026/17"  # names no purpose that a person could consent to
    assert await found("Delegate", none[0][:2], caller, case) == "FORBIDDEN"
    some = await rows("Delegate", f"r.person_id IN ({CONSENTED})")
    given, _ = await read("Delegate", [id_ for *_, id_ in some], caller, PURPOSE)
    assert [source["identifier"] for source in given] == [one for _, one, _ in some]
    assert await found("Delegate", some[0][:2], caller, PURPOSE) == some[0][2]
    assert caller.country == COUNTRY
