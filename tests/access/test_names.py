"""Identities: visible for people in a public role, else with people:read and a purpose.

The tests walk links, names, filters, orders and groups, so that new ones are covered.
"""

from collections.abc import Iterator
from datetime import date
from typing import Any
from uuid import UUID

import pytest
from strawberry.relay import to_base64

from erikti.database.connection import fetch
from models.people import Language, Person
from resolvers.context import Context
from resolvers.dataloaders.row_policy import LINKS
from resolvers.global_ids import NODES, key_text
from tests.access.callers import CALLERS, PURPOSE
from tests.schema.lists import ROOTS
from tests.schema.walk import relations
from tests.support.queries import KEY, ask, engine, execute, refuse

pytestmark = pytest.mark.usefixtures("open_nation")
VALID = (
    "c.purpose = 'FORUM_PARTICIPATION' AND c.given_on <= CURRENT_DATE AND"
    " c.expires_on >= CURRENT_DATE AND (c.withdrawn_on IS NULL OR c.withdrawn_on > CURRENT_DATE)"
)
CONSENTED = f"SELECT c.person_id FROM consents c WHERE {VALID}"
LAUREATES = "SELECT nominee_person_id FROM nominations WHERE stage = 'LAUREATE' AND nominee_person_id IS NOT NULL"
TO_PEOPLE = [
    "{ volunteers(first: 5) { nodes { person { id } } } }",
    "{ placements(first: 5) { nodes { person { id } } } }",
    "{ projects(first: 5) { nodes { participations(first: 5) { nodes { volunteer { person { id } } } } } } }",
    "{ laureates(first: 5) { nodes { nominee { ... on Person { volunteer { id } } } } } }",
    "{ laureates(first: 5) { nodes { nominee { ... on Person { placements { totalCount } } } } } }",
    "{ laureates(first: 5) { nodes { nominee { ... on Person { recordedOn } } } } }",
    "{ laureates(first: 5) { nodes { nominee { ... on Person { sources { nodes { system } } } } } } }",
    "{ people { groups(by: [RECORDED_MONTH]) { nodes { count } } } }",
]
BY_PEOPLE = [
    "{ volunteers(filter: { person: { id: { eq: $i } } }) { totalCount } }",
    "{ volunteers(filter: { not: { person: { id: { eq: $i } } } }) { totalCount } }",
    "{ placements(filter: { or: [{ status: { eq: ACTIVE } }, { person: { id: { eq: $i } } }] }) { totalCount } }",
    "{ grants(filter: { recipient: { person: { id: { eq: $i } } } }) { totalCount } }",
    "{ projects(first: 1) { nodes { participations(filter: { volunteer: { person: { id: { eq: $i } } } }) { totalCount } } } }",
    "{ volunteers(filter: { person: { id: { eq: $i } } }) { groups(by: [REGION]) { nodes { count } } } }",
]
DAYS = [
    '{ people(filter: { recordedOn: { range: { min: "2020-01-01" } } }) { totalCount } }',
    "{ people(orderBy: { field: RECORDED_ON }) { totalCount nodes { id } } }",
]


def with_id(query: str) -> str:
    return f"query ($i: ID!) {query}"


async def keys(sql: str) -> set[str]:
    return {key_text(row[0]) for row in await fetch(sql)}


async def ids(sql: str) -> set[str]:
    return {to_base64("Person", key) for key in await keys(sql)}


async def laureate() -> str:
    return min(await ids(LAUREATES))


@pytest.mark.parametrize("query", TO_PEOPLE)
async def test_fields_that_lead_to_people_require_people_read_and_a_purpose(query: str) -> None:
    for caller in ("analyst", "officer", "public"):
        error = await refuse(query, caller=CALLERS[caller], purpose=PURPOSE)
        assert error["extensions"]["code"] == "FORBIDDEN"
    error = await refuse(query, caller=CALLERS["registrar"])
    assert "X-Purpose" in error["message"]
    await ask(query, caller=CALLERS["registrar"], purpose=PURPOSE)


@pytest.mark.parametrize("query", [*map(with_id, BY_PEOPLE), *DAYS])
async def test_identifying_fields_cannot_be_used_in_filters_orders_and_groups(query: str) -> None:
    variables: dict[str, Any] = {"i": await laureate()} if "$i" in query else {}
    for caller in ("analyst", "registrar"):
        result = await execute(query, caller=CALLERS[caller], **variables)
        assert {error.extensions["code"] for error in result.errors} == {"FORBIDDEN"}
        assert all("X-Purpose" in error.message for error in result.errors)
        assert all(error.extensions["refused"] for error in result.errors)
    await ask(query, caller=CALLERS["registrar"], purpose=PURPOSE, **variables)


@pytest.mark.parametrize("caller", ["officer", "region", "partner", "liaison", "registrar"])
async def test_callers_who_see_people_cannot_filter_by_name_without_a_purpose(caller: str) -> None:
    """Otherwise a withheld name could be guessed, or inferred from an order."""
    for query in (
        '{ people(filter: { displayName: { contains: "ан" } }) { totalCount } }',
        "{ people(first: 5, orderBy: { field: DISPLAY_NAME }) { nodes { id } } }",
    ):
        error = await refuse(query, caller=CALLERS[caller])
        (refused,) = error["extensions"]["refused"]
        assert refused["coordinate"] == "Person.displayName"
        assert ("missingScopes" in refused) == (caller == "officer")
        if caller == "partner":
            # A match would reveal a name without the person's consent.
            error = await refuse(query, caller=CALLERS[caller], purpose=PURPOSE)
            assert "another country" in error["message"]
        elif caller != "officer":
            await ask(query, caller=CALLERS[caller], purpose=PURPOSE)


PEOPLE = "query ($after: String) { people(first: 100, after: $after) { nodes { id displayName } pageInfo { hasNextPage endCursor } } }"


async def named(caller: str, purpose: str | None = None, most: int = 10) -> dict[str, str | None]:
    """Return the names of the first people that a caller lists, by ID."""
    found: dict[str, str | None] = {}
    after = None
    for _ in range(most):
        page = (await ask(PEOPLE, caller=CALLERS[caller], purpose=purpose, after=after))["people"]
        found |= {node["id"]: node["displayName"] for node in page["nodes"]}
        if not page["pageInfo"]["hasNextPage"]:
            break
        after = page["pageInfo"]["endCursor"]
    return found


async def test_names_without_a_public_role_require_a_purpose() -> None:
    """Public roles are laureates, and delegates who consented."""
    laureates = await ids(LAUREATES)
    delegates = await ids(f"SELECT person_id FROM delegates WHERE person_id IN ({CONSENTED})")
    assert laureates
    assert delegates - laureates
    allowed = {
        "public": laureates,
        "analyst": laureates | delegates,
        "registrar": laureates | delegates,
        "officer": laureates,
        "region": laureates,
        "liaison": laureates,
        "commission": laureates,
    }
    for caller, public in allowed.items():
        found = await named(caller)
        assert {i for i, name in found.items() if name} == public & set(found)
        if caller in ("public", "analyst"):
            assert set(found) <= public
        else:
            assert not set(found) <= public
    for caller in ("registrar", "region", "liaison", "commission"):
        assert all((await named(caller, PURPOSE, most=2)).values())


async def test_withheld_values_are_reported_with_the_reason() -> None:
    query = "{ people(first: 100) { nodes { displayName } } }"
    for caller, reason in (("officer", "NO_SCOPE"), ("region", "NO_PURPOSE")):
        notes = await withheld(query, caller)
        assert [note["coordinate"] for note in notes] == ["Person.displayName"]
        assert [note["reason"] for note in notes] == [reason]
        assert 0 < notes[0]["count"] <= 100
    nominations = "{ nominations(first: 100, filter: { stage: { eq: SCREENING } }) { nodes { nominee { __typename } } } }"
    (note,) = await withheld(nominations, "analyst")
    assert (note["coordinate"], note["reason"]) == ("Nomination.nominee", "NO_SCOPE")
    (note,) = await withheld(nominations, "commission")
    assert (note["coordinate"], note["reason"]) == ("Nomination.nominee", "NO_PURPOSE")


async def withheld(query: str, caller: str) -> list[dict[str, Any]]:
    context = Context(Language.KK, KEY, CALLERS[caller])
    result = await engine().execute(query, context_value=context)
    assert result.errors is None
    return context.ledger.notes


DELEGATES = "{ delegates(first: 100) { nodes { id person { id displayName } } } }"


@pytest.mark.parametrize("caller", ["analyst", "registrar"])
async def test_only_delegates_who_consented_are_named(caller: str) -> None:
    public = await ids(f"SELECT person_id FROM delegates WHERE person_id IN ({CONSENTED})")
    found = (await ask(DELEGATES, caller=CALLERS[caller]))["delegates"]["nodes"]
    people = [node["person"] for node in found if node["person"]]
    assert people
    assert len(people) < len(found)
    assert {person["id"] for person in people} <= public
    assert all(person["displayName"] for person in people)
    whole = (await ask(DELEGATES, caller=CALLERS["registrar"], purpose=PURPOSE))["delegates"]
    assert all(node["person"]["displayName"] for node in whole["nodes"])


async def test_a_laureate_does_not_reveal_their_other_roles() -> None:
    """A public name reveals no lost nomination, no grant and no delegation without consent.

    Neither a filter nor a field of the person does.
    """
    ways = """query ($i: ID!) {
      nominations(filter: { nominee: { person: { id: { eq: $i } } } }) { nodes { stage } }
      delegates(filter: { person: { id: { eq: $i } } }) { totalCount }
      person(by: {id: $i}) { nominations { nodes { stage } } delegates { totalCount } }
    }"""
    consented = await ids(CONSENTED)
    stages = 0
    for person in sorted(await ids(LAUREATES))[:40]:
        found = await ask(ways, caller=CALLERS["analyst"], i=person)
        nominations = found["nominations"]["nodes"]
        stages += len(nominations)
        assert nominations == found["person"]["nominations"]["nodes"]
        assert {node["stage"] for node in nominations} == {"LAUREATE"}
        if person not in consented:
            assert found["delegates"]["totalCount"] == 0
            assert found["person"]["delegates"]["totalCount"] == 0
    assert stages


async def test_grants_to_people_do_not_reveal_the_recipient() -> None:
    query = "{ grants(first: 100, filter: { recipient: { person: { isNull: false } } }) { nodes { recipient { ... on Person { id } } } } }"
    closed = (await ask(query, caller=CALLERS["analyst"]))["grants"]["nodes"]
    assert closed
    assert not any(node["recipient"] for node in closed)
    revealed = (await ask(query, caller=CALLERS["registrar"], purpose=PURPOSE))["grants"]["nodes"]
    assert all(node["recipient"]["id"] for node in revealed)


def test_every_relation_to_a_person_has_a_rule() -> None:
    """A relation without a rule would reveal identities."""
    relations = {
        (node.model, name)
        for node in NODES.values()
        for name, field in node.model._meta.fields_map.items()
        if getattr(field, "related_model", None) is Person
        and name in node.model._meta.fk_fields | node.model._meta.o2o_fields
    }
    assert relations == set(LINKS)


async def test_a_persons_id_does_not_reveal_when_it_was_created() -> None:
    """Otherwise it could be matched with a record created at the same moment."""
    people = [UUID(key) for key in await keys("SELECT id FROM people")]
    assert {person.version for person in people} == {4}
    volunteers = [UUID(key) for key in await keys("SELECT id FROM volunteers")]
    assert {volunteer.version for volunteer in volunteers} == {7}


def texts(data: Any) -> Iterator[str]:
    """Yield all texts in a response."""
    if isinstance(data, str):
        yield data
    elif isinstance(data, dict | list):
        for value in data.values() if isinstance(data, dict) else data:
            yield from texts(value)


def ways() -> list[str]:
    """Return a query for every field that returns people."""
    name = "... on Person { displayName nominations(first: 3) { nodes { nominee { %s } } } }"
    requested = name % "... on Person { displayName }"
    fields = [r for r in relations() if r.target.name in ("Person", "Party")]
    assert {f.parent for f in fields} == {
        "Delegate",
        "Grant",
        "Nomination",
        "Placement",
        "Volunteer",
    }
    return [
        f"{{ people(first: 100) {{ nodes {{ {requested} }} }} }}",
        f"{{ delegations {{ nodes {{ head {{ person {{ {requested} }} }} }} }} }}",
        *(
            f"{{ {ROOTS[f.parent]}(first: 100) {{ nodes {{ {f.name} {{ {requested} }} }} }} }}"
            for f in fields
        ),
    ]


@pytest.mark.usefixtures("generous")
@pytest.mark.parametrize("caller", ["public", "analyst", "officer", "region", "partner", "liaison"])
async def test_no_path_to_people_reveals_a_name(caller: str) -> None:
    """No field that returns people reveals a name to a caller without a purpose."""
    public = f"{LAUREATES} UNION SELECT person_id FROM delegates WHERE person_id IN ({CONSENTED})"
    rows = await fetch(f"SELECT display_name FROM people WHERE id IN ({public})")
    shown = {row[0] for row in rows}
    rows = await fetch(f"SELECT display_name FROM people WHERE id NOT IN ({public})")
    hidden = {row[0] for row in rows} - shown
    revealed: set[str] = set()
    for way in ways():
        result = await execute(way, caller=CALLERS[caller])
        revealed |= {*texts(result.data), *(error.message for error in result.errors or ())}
    assert revealed & shown
    assert not revealed & hidden


@pytest.mark.parametrize("purpose", [None, "FORUM_PARTICIPATION", "REG-2026-5"])
async def test_names_are_visible_to_another_country_only_with_consent(purpose: str | None) -> None:
    """After every consent has expired, names of the own delegation are withheld too."""
    context = Context(Language.KK, KEY, CALLERS["partner"], purpose=purpose)
    context.loaders.scope.policy.today = date(2060, 1, 1)
    query = """{ delegates(first: 50) { nodes { role person { displayName } } }
      people(first: 100) { nodes { id displayName } } }"""
    result = await engine().execute(query, context_value=context)
    assert result.errors is None
    assert result.data is not None
    assert result.data["delegates"]["nodes"]
    assert not any(node["person"] for node in result.data["delegates"]["nodes"])
    laureates = await ids(LAUREATES)
    people = result.data["people"]["nodes"]
    assert {node["id"] for node in people if node["displayName"]} <= laureates
    reason = "NO_PURPOSE" if purpose is None else "NO_CONSENT"
    assert {note["reason"] for note in context.ledger.notes} == {reason}
