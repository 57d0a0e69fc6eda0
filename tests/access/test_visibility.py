"""Rows visible to each role, by every path, against handwritten statements."""

from typing import Any
from uuid import UUID

import pytest
from graphql import ExecutionResult, experimental_execute_incrementally, parse
from strawberry.relay import to_base64
from strawberry.utils.await_maybe import await_maybe

from erikti.auth.principal import Principal
from erikti.auth.scopes import Scope
from erikti.database.connection import dialect, fetch
from models.people import Language, Person
from resolvers.context import Context
from resolvers.dataloaders.row_policy import RULES
from resolvers.dataloaders.tables import table
from resolvers.global_ids import NODES, key_text
from tests.access.callers import CALLERS, COUNTRY, PURPOSE, REGION, myself
from tests.schema.walk import GRAPH
from tests.support.owners import read
from tests.support.queries import KEY, ask, engine, execute, statements

pytestmark = pytest.mark.usefixtures("open_nation")
EVERYTHING, NOTHING = "1 = 1", "1 = 0"
LAUREATE = "r.stage = 'LAUREATE'"
IN_REGION = f"SELECT v.person_id FROM volunteers v WHERE v.region_id = '{REGION}'"
LAUREATES = f"SELECT nominee_person_id FROM nominations r WHERE {LAUREATE} AND nominee_person_id IS NOT NULL"
DELEGATION = f"SELECT d.id FROM delegations d WHERE d.country_id = '{COUNTRY}'"
TO_COUNTRY = f"c.recipient_country_id = '{COUNTRY}' AND "
CONSENTED = (
    f"SELECT c.person_id FROM consents c WHERE {TO_COUNTRY}c.given_on"
    " <= CURRENT_DATE AND c.expires_on >= CURRENT_DATE AND (c.withdrawn_on IS NULL OR c.withdrawn_on > CURRENT_DATE)"
)
# Delegates who consented to be named, to any country.
NAMED = (
    f"SELECT g.person_id FROM delegates g WHERE g.person_id IN ({CONSENTED.replace(TO_COUNTRY, '')}"
    " AND c.purpose = 'FORUM_PARTICIPATION')"
)
DELEGATES = f"(r.delegation_id IN ({DELEGATION}) OR r.person_id IN ({CONSENTED}))"
ORGANISATIONS = "r.recipient_organisation_id IS NOT NULL"
# Conditions on the rows ``r`` of each model with a rule; other models are hidden from a role.
SEEN: dict[str, dict[str, str]] = {
    "public": {"Nomination": LAUREATE, "Grant": ORGANISATIONS, "Person": f"r.id IN ({LAUREATES})"},
    "analyst": dict.fromkeys((m.__name__ for m in RULES), EVERYTHING)
    | {"Person": f"(r.id IN ({LAUREATES}) OR r.id IN ({NAMED}))"}
    | {"Consent": NOTHING},
    "registrar": dict.fromkeys((m.__name__ for m in RULES), EVERYTHING),
    "region": {
        "Consent": f"r.person_id IN ({IN_REGION})",
        "Volunteer": f"r.region_id = '{REGION}'",
        "Participation": f"r.volunteer_id IN (SELECT id FROM volunteers WHERE region_id = '{REGION}')",
        "Enquiry": f"r.region_id = '{REGION}'",
        "Grant": f"({ORGANISATIONS} OR r.recipient_person_id IN ({IN_REGION}))",
        "Nomination": LAUREATE,
        "Person": f"(r.id IN ({LAUREATES}) OR r.id IN ({IN_REGION}))",
    },
    "partner": {
        "Consent": f"(r.recipient_country_id = '{COUNTRY}' AND r.person_id IN (SELECT person_id FROM delegates r WHERE {DELEGATES}))",
        "Delegate": DELEGATES,
        "Grant": ORGANISATIONS,
        "Nomination": LAUREATE,
        "Person": f"(r.id IN ({LAUREATES}) OR r.id IN (SELECT person_id FROM delegates r WHERE {DELEGATES}))",
    },
    "liaison": {
        "Consent": "r.person_id IN (SELECT person_id FROM placements)",
        "Placement": EVERYTHING,
        "PlacementReport": EVERYTHING,
        "Grant": ORGANISATIONS,
        "Nomination": LAUREATE,
        "Person": f"(r.id IN ({LAUREATES}) OR r.id IN (SELECT person_id FROM placements))",
    },
    "commission": {
        "Consent": "r.person_id IN (SELECT nominee_person_id FROM nominations WHERE nominee_person_id IS NOT NULL)",
        "Nomination": EVERYTHING,
        "Grant": ORGANISATIONS,
        "Person": "r.id IN (SELECT nominee_person_id FROM nominations WHERE nominee_person_id IS NOT NULL)",
    },
    "officer": {"Person": EVERYTHING, "Grant": ORGANISATIONS, "Nomination": LAUREATE},
}
for role in ("gateway", "no-country"):
    SEEN[role] = SEEN["public"]
ROOTS = {
    "Volunteer": "volunteers",
    "Enquiry": "enquiries",
    "Grant": "grants",
    "Delegate": "delegates",
    "Placement": "placements",
    "Nomination": "nominations",
    "Person": "people",
}
DIMENSIONS = {
    "Volunteer": "STATUS",
    "Enquiry": "TOPIC",
    "Grant": "STATUS",
    "Delegate": "ROLE",
    "Placement": "STATUS",
    "Nomination": "STAGE",
    "Person": "RECORDED_YEAR",  # requires people:read
}
SAMPLE = 400


async def keys(name: str, condition: str) -> list[Any]:
    records = table(NODES[name].model)
    sql = f"SELECT r.{records.key} FROM {records.name} r WHERE {condition} ORDER BY 1"
    return [row[0] for row in await fetch(sql)]


async def compare(role: str, caller: Principal, name: str, condition: str) -> None:
    """Check that nodes, entities, pages and counts show the same rows."""
    every = await keys(name, EVERYTHING)
    expected = await keys(name, condition)
    seen = {to_base64(name, key_text(key)) for key in expected}
    sample = [to_base64(name, key_text(key)) for key in [*every[:SAMPLE], *expected[:SAMPLE]]]
    for start in range(0, len(sample), 100):
        ids = sample[start : start + 100]
        node = "query ($ids: [ID!]!) { nodes(ids: $ids) { id } }"
        found = (await ask(node, caller=caller, purpose=PURPOSE, ids=ids))["nodes"]
        assert [n and n["id"] for n in found] == [i if i in seen else None for i in ids]
        entity = "query ($r: [_Any!]!) { _entities(representations: $r) { ... on Node { id } } }"
        given = [{"__typename": name, "id": i} for i in ids]
        answer = await ask(entity, caller=caller, purpose=PURPOSE, r=given)
        assert answer["_entities"] == found
    if name in ROOTS:
        await compare_list(role, caller, name, seen)


async def compare_list(role: str, caller: Principal, name: str, seen: set[str]) -> None:
    root = ROOTS[name]
    identifies = Scope.PEOPLE_READ in caller.scopes and not caller.foreign
    grouped = name != "Person" or identifies
    groups = f"groups(by: [{DIMENSIONS[name]}]) {{ nodes {{ count }} }}" if grouped else ""
    query = f"query ($after: String) {{ {root}(first: 100, after: $after) {{ nodes {{ id }} totalCount {groups} pageInfo {{ hasNextPage endCursor }} }} }}"
    result = await execute(query, caller=caller, purpose=PURPOSE)
    if result.errors:
        assert result.errors[0].extensions["code"] == "FORBIDDEN"
        assert not seen, (role, name)
        return
    found: list[str] = []
    while True:
        page = result.data[root]
        assert page["totalCount"] == len(seen)
        if grouped:
            assert sum(group["count"] for group in page["groups"]["nodes"]) == len(seen)
        found += [node["id"] for node in page["nodes"]]
        if not page["pageInfo"]["hasNextPage"] or len(found) >= SAMPLE:
            break
        result = await execute(
            query, caller=caller, purpose=PURPOSE, after=page["pageInfo"]["endCursor"]
        )
    assert set(found) <= seen
    assert len(found) == min(len(seen), max(len(found), SAMPLE))


@pytest.mark.parametrize("name", [model.__name__ for model in RULES])
@pytest.mark.parametrize("role", CALLERS)
async def test_a_role_sees_the_rows_of_its_rule_by_every_path(role: str, name: str) -> None:
    await compare(role, CALLERS[role], name, SEEN[role].get(name, NOTHING))


@pytest.mark.parametrize("name", [model.__name__ for model in RULES])
async def test_a_person_sees_only_their_own_records(name: str) -> None:
    for source in ("volunteers", "delegates", "placements"):
        ((key,),) = await fetch(f"SELECT person_id FROM {source} ORDER BY id LIMIT 1")
        me = key_text(key)
        mine = f"= '{me}'" if dialect().name == "postgres" else f"= x'{UUID(me).hex}'"
        own = {
            "Consent": f"r.person_id {mine}",
            "Volunteer": f"r.person_id {mine}",
            "Participation": f"r.volunteer_id IN (SELECT id FROM volunteers WHERE person_id {mine})",
            "Grant": f"({ORGANISATIONS} OR r.recipient_person_id IN (SELECT person_id FROM volunteers WHERE person_id {mine}))",
            "Delegate": f"r.person_id {mine}",
            "Placement": f"r.person_id {mine}",
            "PlacementReport": f"r.placement_id IN (SELECT id FROM placements WHERE person_id {mine})",
            "Nomination": f"({LAUREATE} OR (r.nominee_person_id IS NOT NULL AND r.nominee_person_id {mine}))",
            "Person": f"(r.id {mine} OR r.id IN ({LAUREATES}))",
        }
        await compare("person", myself(me), name, own.get(name, NOTHING))


FILTERS = {
    "region": "{ regions { code volunteers(first: 100) { totalCount nodes { region { code } } } } }",
    "office": "{ organisations(first: 100) { nodes { volunteers { totalCount nodes { region { code } } groups(by: [REGION]) { nodes { count region { code } } } } } } }",
}


@pytest.mark.usefixtures("generous")
async def test_lists_of_parents_hold_no_more_than_the_region_s() -> None:
    data = await ask(FILTERS["region"], caller=CALLERS["region"])
    counts = {region["code"]: region["volunteers"]["totalCount"] for region in data["regions"]}
    assert counts.pop(REGION) > 0
    assert set(counts.values()) == {0}
    data = await ask(FILTERS["office"], caller=CALLERS["region"])
    for organisation in data["organisations"]["nodes"]:
        found = organisation["volunteers"]
        assert {node["region"]["code"] for node in found["nodes"]} <= {REGION}
        assert {group["region"]["code"] for group in found["groups"]["nodes"]} <= {REGION}
        assert sum(group["count"] for group in found["groups"]["nodes"]) == found["totalCount"]


async def test_a_filter_reveals_nothing_about_hidden_records() -> None:
    """Other delegates cannot be identified by filtering for names."""
    hidden = await fetch(
        f"SELECT p.display_name FROM people p WHERE p.id NOT IN ({LAUREATES}) ORDER BY p.id LIMIT 50"
    )
    for (name,) in hidden:
        query = "query ($n: String!) { people(filter: { displayName: { eq: $n } }) { totalCount } }"
        data = await ask(query, caller=CALLERS["public"], n=name)
        seen = await fetch(
            f"SELECT count(*) FROM people p WHERE p.id IN ({LAUREATES}) AND p.display_name = '{name}'"
        )
        assert data["people"]["totalCount"] == seen[0][0]


@pytest.mark.usefixtures("generous")
async def test_sums_apply_the_rule_too() -> None:
    query = "{ projects(first: 100) { nodes { hours participations(first: 100) { nodes { hours } pageInfo { hasNextPage } } } } }"
    whole = await ask(query, caller=CALLERS["analyst"])
    part = await ask(query, caller=CALLERS["region"])
    compared = 0
    for all_, some in zip(whole["projects"]["nodes"], part["projects"]["nodes"], strict=True):
        assert float(some["hours"]) <= float(all_["hours"])
        if not some["participations"]["pageInfo"]["hasNextPage"]:
            hours = sum(float(node["hours"]) for node in some["participations"]["nodes"])
            assert round(hours, 1) == float(some["hours"])
            compared += 1
    assert compared > 10


async def test_a_cursor_of_another_country_reveals_nothing() -> None:
    query = "query ($after: String) { people(first: 100, after: $after) { nodes { id } pageInfo { endCursor } } }"
    page = (await ask(query, caller=CALLERS["registrar"]))["people"]
    after = page["pageInfo"]["endCursor"]
    for role in ("public", "partner", "region"):
        seen = {
            to_base64("Person", key_text(key)) for key in await keys("Person", SEEN[role]["Person"])
        }
        found = (await ask(query, caller=CALLERS[role], after=after))["people"]["nodes"]
        assert {node["id"] for node in found} <= seen


@pytest.mark.parametrize("country", ["KG", "UZ", "TJ"])
async def test_foreign_and_missing_ids_give_the_same_response(country: str) -> None:
    """For every field with an ID argument, hidden records look like missing ones."""
    scopes = CALLERS["analyst"].scopes | CALLERS["partner"].scopes
    partner = Principal("p", "p", scopes=scopes, country=country)
    missing = "019ab000-0000-7000-8000-000000000000"
    for name in NODES:
        if NODES[name].model not in RULES and name not in ("Organisation",):
            continue
        absent = to_base64(name, missing)
        seen = {
            i
            for key in (await keys(name, EVERYTHING))[:100]
            for i in [to_base64(name, key_text(key))]
            if (await ask("query ($i: ID!) { node(id: $i) { id } }", caller=partner, i=i))["node"]
        }
        every = [to_base64(name, key_text(key)) for key in (await keys(name, EVERYTHING))[:100]]
        for foreign in [i for i in every if i not in seen][:3]:
            await alike(partner, name, foreign, absent)


async def alike(caller: Principal, name: str, foreign: str, absent: str) -> None:
    queries = ["query ($i: ID!) { node(id: $i) { id __typename } }"]
    queries.append("query ($i: ID!) { nodes(ids: [$i, $i]) { id } }")
    root = name[0].lower() + name[1:]
    queries.append(f"query ($i: ID!) {{ {root}(by: {{ id: $i }}) {{ id }} }}")
    if name in ROOTS:
        listed = ROOTS[name]
        queries.append(
            f"query ($i: ID!) {{ {listed}(filter: {{ id: {{ eq: $i }} }}) {{ totalCount nodes {{ id }} }} }}"
        )
    for query in queries:
        results = [await execute(query, caller=caller, i=i) for i in (foreign, absent)]
        bodies = [(r.data, [e.formatted for e in r.errors or ()]) for r in results]
        assert bodies[0] == bodies[1], query
    given = [[{"__typename": name, "id": i}] for i in (foreign, absent)]
    entity = "query ($r: [_Any!]!) { _entities(representations: $r) { ... on Node { id } } }"
    results = [await execute(entity, caller=caller, r=r) for r in given]
    assert results[0].data == results[1].data == {"_entities": [None]}


def test_every_model_about_people_has_a_rule() -> None:
    """A model that refers to a person must have a rule, or it would be public."""
    leading = {
        node.model
        for node in NODES.values()
        if any(
            getattr(f, "related_model", None) is Person
            for f in node.model._meta.fields_map.values()
        )
    }
    assert leading <= set(RULES)


@pytest.mark.parametrize("name", [model.__name__ for model in RULES])
async def test_a_response_is_tagged_with_all_models_that_decide_its_visibility(name: str) -> None:
    """A cached response must be invalidated when a record changes that a rule depends on."""
    node = f"query ($i: [ID!]!) {{ nodes(ids: $i) {{ ... on {name} {{ id }} }} }}"
    ids = [to_base64(name, key_text(key)) for key in (await keys(name, EVERYTHING))[:10]]
    tags = engine().policies.policy({name: ["id"]}).depends_on
    for role in ("public", "region", "partner", "liaison", "commission"):
        with statements() as made:
            await ask(node, caller=CALLERS[role], i=ids)
        assert read(made) <= tags, role


async def test_a_personal_field_is_null_for_a_caller_without_permission() -> None:
    """Not even if an operation is executed without the permission check."""
    document = parse("{ people(first: 5) { nodes { displayName recordedOn email iin } } }")
    context = Context(Language.EN, KEY, CALLERS["analyst"])
    result = await await_maybe(
        experimental_execute_incrementally(GRAPH, document, context_value=context)
    )
    assert isinstance(result, ExecutionResult)
    assert result.errors is None
    assert result.data is not None
    for person in result.data["people"]["nodes"]:
        assert person.pop("displayName")
        assert person == {"recordedOn": None, "email": None, "iin": None}
