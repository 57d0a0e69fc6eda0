"""The subgraph: entities by their keys, in batches, with independent errors."""

import re
from typing import Any

import pytest
import strawberry
from strawberry.relay import to_base64

from erikti.database.connection import fetch
from erikti.executor import RequestedFields
from erikti.guard.limits import Limits
from models.people import Language
from resolvers.context import Context
from resolvers.dataloaders.tables import table
from resolvers.global_ids import NODES, key_text
from schema import SDL, schema
from schema.building.permissions import Needed
from schema.engine.execution import OperationExecutor
from schema.engine.federated_schema import FederatedSchema
from tests.support.queries import AS_REGISTRAR, KEY, REGISTRAR, ask, execute, statements

QUERY = """query ($representations: [_Any!]!) { _entities(representations: $representations) {
    __typename ... on Node { id } ... on NationalStatistics { year } } }"""


async def keys(name: str, count: int) -> list[str]:
    records = table(NODES[name].model)
    rows = await fetch(f"SELECT {records.key} FROM {records.name} ORDER BY 1 LIMIT {count}")
    return [to_base64(name, key_text(row[0])) for row in rows]


@pytest.mark.usefixtures("open_nation")
@pytest.mark.parametrize("name", NODES)
async def test_entities_of_a_type_are_found_in_one_statement(name: str) -> None:
    ids = await keys(name, 50)
    with statements() as made:
        data = await ask(
            QUERY, representations=[{"__typename": name, "id": i} for i in ids], **AS_REGISTRAR
        )
    assert data["_entities"] == [{"__typename": name, "id": i} for i in ids]
    assert len(made) == 1


@pytest.mark.usefixtures("open_nation")
@pytest.mark.parametrize("name", NODES)
async def test_as_many_as_a_gateway_sends_take_one_statement_too(name: str) -> None:
    most = Limits().gateway_entities
    known = await keys(name, most)
    sent = [{"__typename": name, "id": known[n % len(known)]} for n in range(most)]
    with statements() as made:
        data = await ask(QUERY, representations=sent, **AS_REGISTRAR)
    assert data["_entities"] == sent
    assert len(made) == 1
    result = await execute(QUERY, representations=[*sent, sent[0]], **AS_REGISTRAR)
    assert result.errors[0].extensions["limit"] == "entities"


@pytest.mark.usefixtures("open_nation")
@pytest.mark.parametrize(
    ("name", "codes"), [("Region", ["KZ-75", "KZ-10"]), ("Country", ["KG", "KZ"])]
)
async def test_regions_and_countries_are_found_by_code(name: str, codes: list[str]) -> None:
    with statements() as made:
        data = await ask(QUERY, representations=[{"__typename": name, "code": c} for c in codes])
    assert [item["id"] for item in data["_entities"]] == [to_base64(name, code) for code in codes]
    assert len(made) == 1


@pytest.mark.usefixtures("open_nation")
@pytest.mark.parametrize("name", [name for name, node in NODES.items() if node.natural])
async def test_a_key_that_is_null_does_not_hide_another(name: str) -> None:
    (natural,), records = NODES[name].natural, table(NODES[name].model)
    where = f"WHERE {natural} IS NOT NULL LIMIT 1"
    ((key, value),) = await fetch(f"SELECT {records.key}, {natural} FROM {records.name} {where}")
    id_ = to_base64(name, key_text(key))
    for given in ({"id": None, natural: value}, {"id": id_, natural: None}):
        data = await ask(QUERY, representations=[{"__typename": name, **given, "source": None}])
        assert data["_entities"] == [{"__typename": name, "id": id_}]
    result = await execute(QUERY, representations=[{"__typename": name, "id": None, natural: None}])
    (error,) = result.errors
    assert error.extensions == {"code": "BAD_USER_INPUT", "argument": "representations.0.id"}


@pytest.mark.usefixtures("open_nation")
async def test_several_types_and_keys_take_one_statement_each() -> None:
    volunteers, organisations = await keys("Volunteer", 20), await keys("Organisation", 20)
    requested: list[dict[str, Any]] = [{"__typename": "Volunteer", "id": i} for i in volunteers]
    requested += [{"__typename": "Organisation", "id": i} for i in organisations]
    requested += [{"__typename": "Region", "code": "KZ-75"}]
    requested += [{"__typename": "NationalStatistics", "year": year} for year in (2024, 2025)]
    with statements() as made:
        data = await ask(QUERY, representations=requested)
    assert [item["__typename"] for item in data["_entities"]] == [
        i["__typename"] for i in requested
    ]
    assert len([text for text in made if "published_figures" not in text]) == 4


@pytest.mark.usefixtures("open_nation")
async def test_an_invalid_representation_does_not_affect_others() -> None:
    good = {"__typename": "Region", "code": "KZ-75"}
    (volunteer,) = await keys("Volunteer", 1)
    absent = to_base64("Volunteer", "019ab000-0000-7000-8000-000000000000")
    bad: list[tuple[Any, str]] = [
        ({"__typename": "Nothing", "id": "1"}, "'Nothing' is not an entity"),
        ({"id": volunteer}, "representations.1.__typename: give the name of an entity's type"),
        ({"__typename": ["Region"], "code": "KZ-75"}, "give the name of an entity's type"),
        ({"__typename": "Organisation", "source": "x"}, "source: this key is an object with"),
        ({"__typename": "Organisation", "source": {"system": "x"}}, "source.identifier: this key"),
        ({"__typename": "Volunteer"}, "the key of Volunteer is id"),
        ({"__typename": "Volunteer", "id": 5}, "not a valid ID"),
        ({"__typename": "Volunteer", "id": "x"}, "not a valid ID"),
        ({"__typename": "Organisation", "id": volunteer}, "ID of type Volunteer"),
        ({"__typename": "Region"}, "the key of Region is id or code"),
        ({"__typename": "Region", "code": 7}, "this key is a string"),
        ({"__typename": "Region", "code": "a\x00"}, "character"),
        ({"__typename": "NationalStatistics", "year": "2025"}, "is year, an integer"),
        ({"__typename": "NationalStatistics", "year": 1800}, "no records of the year"),
        ("junk", "must be an object"),
        (7, "must be an object"),
        (None, "null"),
    ]
    for representation, words in bad[:-1]:
        result = await execute(
            QUERY, representations=[good, representation, {"__typename": "Volunteer", "id": absent}]
        )
        first, second, third = result.data["_entities"]
        assert first == {"__typename": "Region", "id": to_base64("Region", "KZ-75")}
        assert second is None
        assert third is None
        (error,) = result.errors
        assert error.path == ["_entities", 1]
        assert error.extensions["code"] in ("BAD_USER_INPUT", "NOT_FOUND")
        assert words in error.message


@pytest.mark.usefixtures("open_nation")
async def test_the_service_gives_the_committed_sdl() -> None:
    data = await ask("{ _service { sdl } }", caller=REGISTRAR)
    assert data["_service"]["sdl"] + "\n" == SDL.read_text(encoding="utf-8")


def test_the_sdl_asks_for_federation_2_9_and_every_entity_has_a_key() -> None:
    text = schema.subgraph()
    assert "https://specs.apollo.dev/federation/v2.9" in text
    keyed = set(re.findall(r"^type (\w+)[^{]* @key", text, flags=re.MULTILINE))
    assert keyed == {*NODES, "NationalStatistics"}


@strawberry.federation.type(keys=["isbn"])
class Book:
    """An entity of another graph."""

    isbn: str

    @classmethod
    async def resolve_reference(cls, isbn: str) -> "Book | None":
        """Return the book, or None if the number is not assigned."""
        return cls(isbn=isbn) if isbn != "0" else None


class Library(FederatedSchema):
    """A schema without access rules."""

    def needed(self, requested_fields: RequestedFields) -> Needed:
        """Return no scopes."""
        return Needed({})


async def test_any_schema_finds_entities_by_its_types_references() -> None:
    @strawberry.type
    class Query:
        books: list[Book]

    library = Library(Query, execution_context_class=OperationExecutor)
    given = [
        {"__typename": "Book", "isbn": "1"},
        {"__typename": "Shelf", "isbn": "1"},
        {"__typename": "Book", "isbn": "0"},
        {"__typename": ["Book"], "isbn": "1"},
        {"__typename": "Book", "title": "1"},
        {"__typename": "String"},
        {"__typename": "Book", "isbn": "2"},
    ]
    query = """query ($given: [_Any!]!) {
      _entities(representations: $given) { ... on Book { isbn } } }"""
    result = await library.execute(query, {"given": given}, Context(Language.EN, KEY))
    assert result.data == {"_entities": [{"isbn": "1"}, *[None] * 5, {"isbn": "2"}]}
    refused = [error.path for error in result.errors or []]
    assert refused == [["_entities", place] for place in (1, 3, 4, 5)]
    codes = {(error.extensions or {})["code"] for error in result.errors or []}
    assert codes == {"BAD_USER_INPUT"}
