"""Records by global ID, names in three languages, and personal fields."""

import asyncio
import gc
import re
from unittest.mock import patch

import pytest
from graphql import GraphQLNonNull, GraphQLObjectType
from strawberry.relay import to_base64

from erikti.auth.scopes import Scope
from models.people import Language, Person
from resolvers.dataloaders.people import PEOPLE
from schema import schema
from schema.building.columns import WITHHELD
from tests.access.callers import CALLERS
from tests.support.queries import AS_REGISTRAR, ask, execute, refuse, statements

pytestmark = pytest.mark.usefixtures("open_nation")
# Two are computed from the display name, to sort and to search by it; two are of each record.
PUBLIC_COLUMNS = {
    *("id", "display_name", "display_name_key", "display_name_folded"),
    *("version", "change_set"),
}
PERSONAL_COLUMNS = set(Person._meta.db_fields) - PUBLIC_COLUMNS
ABSENT = to_base64("Volunteer", "019ab000-0000-7000-8000-000000000000")
PERSON = schema._schema.get_type("Person")
assert isinstance(PERSON, GraphQLObjectType)
# The selections of fields with records, and what their statements name.
NESTED = {
    "citizenship": ("code", "citizenship_id"),
    "consents": ("nodes { givenOn }", "consents"),
    "sources": ("nodes { system }", "person_sources"),
}
# Fields that few people have, possibly none among a hundred.
SPARSE = ("latinName", "consents")
PERSONAL = [name for name, f in PERSON.fields.items() if WITHHELD in (f.description or "")]


async def test_nodes_are_found_in_order_and_absent_ones_are_null() -> None:
    region, country = to_base64("Region", "KZ-71"), to_base64("Country", "UZ")
    goal = to_base64("SustainableDevelopmentGoal", "4")
    data = await ask(
        "query ($ids: [ID!]!) { nodes(ids: $ids) { __typename id } }",
        ids=[country, ABSENT, region, goal, country],
    )
    assert [node and node["id"] for node in data["nodes"]] == [country, None, region, goal, country]


async def test_one_record_is_found_by_its_id_and_null_where_there_is_none() -> None:
    node = (await ask("{ volunteers(first: 1) { nodes { id status } } }"))["volunteers"]["nodes"][0]
    query = "query ($id: ID!) { volunteer(by: {id: $id}) { id status } node(id: $id) { id } }"
    assert await ask(query, id=node["id"]) == {"volunteer": node, "node": {"id": node["id"]}}
    assert await ask(query, id=ABSENT) == {"volunteer": None, "node": None}


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ("x", "not a valid ID"),
        ("", "not a valid ID"),
        (to_base64("Volunteer", "1"), "not a valid ID"),
        (to_base64("Nothing", "1"), "not a valid ID"),
        (to_base64("Volunteer", "019ab000-0000-7000-8000-00000000000g"), "not a valid ID"),
        (to_base64("Region", "KZ-75"), "the ID of type Region, not Volunteer"),
    ],
)
async def test_an_invalid_id_is_rejected(value: str, words: str) -> None:
    error = await refuse("query ($id: ID!) { volunteer(by: {id: $id}) { id } }", id=value)
    assert error["extensions"] == {"code": "BAD_USER_INPUT", "argument": "by.id"}
    assert words in error["message"]


async def test_too_many_ids_are_refused_and_an_invalid_one_only_itself() -> None:
    query = "query ($ids: [ID!]!) { nodes(ids: $ids) { id } }"
    many = await refuse(query, ids=[ABSENT] * 101)
    assert "at most 100 IDs" in many["message"]
    region = to_base64("Region", "KZ-71")
    result = await execute(query, ids=[ABSENT, "x", region])
    assert result.data == {"nodes": [None, None, {"id": region}]}
    (bad,) = result.errors
    assert (bad.path, bad.extensions["argument"]) == (["nodes", 1], "ids.1")


@pytest.mark.parametrize(
    "query",
    [
        "query ($ids: [ID!]!) { nodes(ids: $ids) { id } }",
        "{ laureates(first: 100) { nodes { nominee { __typename } } } }",
    ],
)
@pytest.mark.usefixtures("executed")
async def test_loads_that_fail_together_are_all_waited_for(query: str) -> None:
    reports: list[str] = []
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(lambda _, context: reports.append(context["message"]))
    with patch("resolvers.dataloaders.found.load_one", side_effect=ArithmeticError):
        result = await execute(query, ids=[ABSENT, to_base64("Region", "KZ-71")])
    assert {error.extensions["code"] for error in result.errors} == {"INTERNAL"}
    del result
    gc.collect()
    await asyncio.sleep(0)
    assert reports == []


@pytest.mark.parametrize(
    ("field", "code"),
    [
        ("statistics(year: 1800) { year }", "NOT_FOUND"),
        ("statistics(year: 0) { year }", "BAD_USER_INPUT"),
    ],
)
async def test_a_year_without_data_is_an_error_that_names_it(field: str, code: str) -> None:
    error = await refuse(f"{{ {field} }}")
    assert error["extensions"] == {"code": code, "argument": "year"}


async def test_names_are_in_the_requested_language_or_the_callers() -> None:
    query = """{ node(id: "%s") { ... on Region {
        name kk: name(language: KK) ru: name(language: RU) en: name(language: EN) } } }"""
    result = await execute(query % to_base64("Region", "KZ-10"), language=Language.EN)
    assert result.data["node"] == {
        "name": "Abai Region",
        "kk": "Абай облысы",
        "ru": "область Абай",
        "en": "Abai Region",
    }


async def test_a_name_that_lacks_a_language_comes_in_another() -> None:
    data = await ask(
        """{ awardEdition(by: {year: 2025}) { categories(first: 100, filter: { code: { eq: "ENVIRONMENT" } }) {
             nodes { kk: name(language: KK) ru: name(language: RU) } } } }"""
    )
    (category,) = data["awardEdition"]["categories"]["nodes"]
    assert category["kk"] == category["ru"]


async def test_countries_are_filtered_by_membership_in_the_cis() -> None:
    data = await ask(
        """{ in: countries(cis: true) { code cisStatus } out: countries(cis: false) { code cisStatus }
             all: countries { code } }"""
    )
    assert {country["code"]: country["cisStatus"] for country in data["in"]}["TM"] == "ASSOCIATE"
    assert len(data["in"]) == 10
    assert not any(country["cisStatus"] for country in data["out"])
    assert len(data["in"]) + len(data["out"]) == len(data["all"]) == 249


@pytest.mark.parametrize("name", PERSONAL)
async def test_a_personal_field_is_read_only_if_permitted_and_requested(name: str) -> None:
    plain = re.sub("[A-Z]", lambda m: f"_{m[0].lower()}", name)
    inner, column = NESTED.get(name, ("", plain))
    field = f"found: {name} {{ {inner} }}" if inner else f"found: {name}"
    query = f"{{ people(first: 100) {{ nodes {{ displayName {field} }} }} }}"
    with statements() as made:
        error = await refuse(query)
        assert error["extensions"]["code"] == "FORBIDDEN"
        await ask("{ people(first: 100) { nodes { displayName } } }", **AS_REGISTRAR)
    assert not any(re.search(rf"\b{column}\b", text) for text in made)
    with statements() as made:
        data = await ask(query, **AS_REGISTRAR)
    assert any(re.search(rf"\b{column}\b", text) for text in made)
    assert name in SPARSE or any(
        person["found"] not in (None, {"nodes": []}) for person in data["people"]["nodes"]
    )


def test_nothing_personal_but_a_day_can_be_filtered_ordered_or_grouped_by() -> None:
    """``recordedOn`` requires a purpose: tests/access/test_names.py."""
    assert len(PERSONAL_COLUMNS) == 13
    offered = {*PEOPLE.filters, *PEOPLE.orders, *PEOPLE.groups, *PEOPLE.measures}
    assert offered <= PUBLIC_COLUMNS | {"recorded_on"}


def test_every_personal_field_can_be_null_and_is_marked() -> None:
    assert isinstance(PERSON, GraphQLObjectType)
    assert set(PERSONAL) == {
        "familyName",
        "givenName",
        "patronymic",
        "latinName",
        "birthDate",
        "sex",
        "citizenship",
        "iin",
        "email",
        "phone",
        "preferredLanguage",
        "consents",
        "recordedOn",
        "sources",
    }
    for name in PERSONAL:
        assert not isinstance(PERSON.fields[name].type, GraphQLNonNull)


@pytest.mark.parametrize("role", CALLERS)
async def test_the_viewer_sees_its_permissions(role: str) -> None:
    caller = CALLERS[role]
    requested = "client country region scopes rowLimits { page groups } rootFields"
    viewer = (await ask(f"{{ viewer {{ {requested} }} }}", caller=caller))["viewer"]
    assert viewer["client"] == caller.client
    assert (viewer["country"], viewer["region"]) == (caller.country, caller.region)
    assert viewer["scopes"] == sorted(scope.value for scope in caller.scopes)
    page = 1000 if Scope.BULK_READ in caller.scopes else 100
    assert viewer["rowLimits"] == {"page": page, "groups": 500}
    allowed = set(viewer["rootFields"])
    assert {"node", "statistics", "viewer"} <= allowed
    assert ("volunteers" in allowed) == (Scope.VOLUNTEERS_READ in caller.scopes)
    assert ("placements" in allowed) == (Scope.UN_PLACEMENTS_READ in caller.scopes)
