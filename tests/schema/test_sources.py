"""Imported records have a source: a field, a key, a look-up and a filter."""

from typing import Any

import pytest
from graphql import GraphQLInputObjectType, get_named_type
from strawberry.federation.schema_directives import Key
from strawberry.relay import to_base64
from tortoise.models import Model

from erikti.database.connection import fetch
from models.base import Sourced
from models.people import Person, PersonSource
from resolvers.dataloaders.identities import STANDS_FOR
from resolvers.dataloaders.tables import holder, table
from resolvers.global_ids import NODES, key_text
from tests.schema.walk import GRAPH, entities
from tests.support.both_ways import executed, one_way
from tests.support.queries import AS_REGISTRAR, ask, execute, refuse, statements

ENTITIES = """query ($representations: [_Any!]!) {
  _entities(representations: $representations) { __typename ... on Node { id } } }"""
SOURCED = [name for name, node in NODES.items() if issubclass(node.model, Sourced)]


def imported(model: type[Model]) -> set[str]:
    """Return the names of the models below one that have a table."""
    below = set().union(*map(imported, model.__subclasses__())) if model.__subclasses__() else set()
    return below if model._meta.abstract else {model.__name__} | below


async def sources(name: str, count: int) -> list[tuple[dict[str, str], str]]:
    """Return some sources of records of a type, with the global IDs of the records."""
    held = holder(NODES[name].model)
    rows = await fetch(
        f"SELECT {held.system}, {held.identifier}, {held.owner} FROM {held.name} LIMIT {count}"
    )
    found = [({"system": r[0], "identifier": r[1]}, to_base64(name, key_text(r[2]))) for r in rows]
    assert found
    return found


def root_field(name: str) -> str:
    """Return the name of the root field of a type."""
    return name[0].lower() + name[1:]


def test_all_imported_records_are_entities() -> None:
    assert imported(Sourced) == set(SOURCED)
    assert len(SOURCED) > 20


@pytest.mark.parametrize("name", SOURCED)
def test_an_imported_type_has_the_field_the_key_the_look_up_and_the_filter(name: str) -> None:
    (type_,) = (entity for entity in entities() if entity.name == name)
    assert str(type_.fields["source"].type) == "RecordSource!"
    directives = type_.extensions["strawberry-definition"].directives
    keys = {str(one.fields) for one in directives if isinstance(one, Key)}
    assert "source { system identifier }" in keys
    for place in (f"{name}By", f"{name}Filter"):
        given = GRAPH.get_type(place)
        assert isinstance(given, GraphQLInputObjectType)
        assert get_named_type(given.fields["source"].type).name == "EriktiRecordSourceInput"


@pytest.mark.parametrize("model", STANDS_FOR, ids=lambda model: model.__name__)
def test_what_stands_for_a_person_leads_to_one(model: type[Model]) -> None:
    for field in STANDS_FOR[model]:
        model = model._meta.fields_map[field].related_model  # type: ignore[attr-defined]
    assert model.__name__ == "Person"


def test_what_refers_to_a_person_or_is_part_of_such_a_record_stands_for_one() -> None:
    def leads(model: type[Model]) -> bool:
        targets = (getattr(f, "related_model", None) for f in model._meta.fields_map.values())
        return any(target in STANDS_FOR for target in targets if target is not None)

    assert {node.model for node in NODES.values() if leads(node.model)} <= set(STANDS_FOR)


@pytest.mark.usefixtures("open_nation")
@pytest.mark.parametrize("name", SOURCED)
async def test_entities_are_found_by_their_sources_in_one_statement(name: str) -> None:
    known = await sources(name, 30)
    absent = {"system": known[0][0]["system"], "identifier": "~ absent"}
    given = [{"__typename": name, "source": source} for source, _ in known]
    given.append({"__typename": name, "source": absent})
    with statements() as made:
        data = await ask(ENTITIES, representations=given, **AS_REGISTRAR)
    found = [item and item["id"] for item in data["_entities"]]
    assert found == [*(id_ for _, id_ in known), None]
    assert len(made) == 1


@pytest.mark.usefixtures("open_nation")
@pytest.mark.parametrize("name", [*SOURCED, "Person"])
async def test_a_record_is_looked_up_by_its_source(name: str) -> None:
    query = f"""query ($s: EriktiRecordSourceInput!) {{
      found: {root_field(name)}(by: {{ source: $s }}) {{ id }} }}"""
    ((source, id_),) = await sources(name, 1)
    assert await ask(query, s=source, **AS_REGISTRAR) == {"found": {"id": id_}}
    for absent in ({**source, "system": "none"}, {**source, "identifier": "none"}):
        assert await ask(query, s=absent, **AS_REGISTRAR) == {"found": None}


@pytest.mark.usefixtures("open_nation")
@pytest.mark.parametrize("name", SOURCED)
async def test_the_sources_of_many_records_take_one_statement_or_one_more(name: str) -> None:
    known = await sources(name, 30)
    query = f"""query ($ids: [ID!]!) {{ nodes(ids: $ids) {{ ... on {name} {{
      source {{ system identifier }} }} }} }}"""
    ids = [id_ for _, id_ in known]
    with one_way(), statements() as made:
        data = await ask(query, ids=ids, **AS_REGISTRAR)
    assert [node["source"] for node in data["nodes"]] == [source for source, _ in known]
    assert len(made) == 1
    with executed(), statements() as made:
        assert await ask(query, ids=ids, **AS_REGISTRAR) == data
    assert len(made) == 1 + (NODES[name].model in STANDS_FOR)


def lists() -> list[tuple[str, str]]:
    """Return the root lists of records that have a source, with the type of their records."""
    assert GRAPH.query_type is not None
    found = []
    for field, definition in GRAPH.query_type.fields.items():
        name = get_named_type(definition.type).name
        if name.endswith("Connection") and field != "laureates":
            found.append((field, name.removesuffix("Connection")))
    return found


@pytest.mark.usefixtures("open_nation")
@pytest.mark.parametrize(("field", "name"), lists())
async def test_a_list_is_filtered_by_source(field: str, name: str) -> None:
    query = f"""query ($s: EriktiRecordSourceInput!) {{
      one: {field}(filter: {{ source: $s }}) {{ totalCount nodes {{ id }} }}
      others: {field}(filter: {{ not: {{ source: $s }} }}) {{ totalCount }}
      all: {field} {{ totalCount }} }}"""
    ((source, id_),) = await sources(name, 1)
    data = await ask(query, s=source, **AS_REGISTRAR)
    assert data["one"] == {"totalCount": 1, "nodes": [{"id": id_}]}
    assert data["others"]["totalCount"] == data["all"]["totalCount"] - 1


@pytest.mark.usefixtures("open_nation")
@pytest.mark.parametrize(
    ("source", "place"),
    [
        ({"system": "a", "identifier": "\x01"}, ".identifier"),
        ({"system": "a" * 301, "identifier": "b"}, ".system"),
        ({"system": "a", "identifier": 7}, ".identifier"),
        ({"system": "a", "identifier": None}, ".identifier"),
        ({"system": "a"}, ".identifier"),
        ({}, ""),
        ("a", ""),
    ],
)
async def test_an_invalid_source_is_rejected_in_its_place(source: Any, place: str) -> None:
    given = [{"__typename": "Project", "source": source}]
    error = await refuse(ENTITIES, representations=given)
    where = f"representations.0.source{place}"
    assert error["extensions"] == {"code": "BAD_USER_INPUT", "argument": where}


def test_tables_of_sources_have_an_index_by_system_and_identifier() -> None:
    for name in SOURCED:
        model = NODES[name].model
        held = holder(model)
        assert (held.name, held.owner) == (table(model).name, table(model).key)
        assert (held.system, held.identifier) in model._meta.unique_together
    held = holder(Person)
    assert held.name == table(PersonSource).name
    assert (held.system, held.identifier) in PersonSource._meta.unique_together


@pytest.mark.parametrize(
    "source",
    ["{}", "null", "{ system: null }", '{ system: "a" }', '{ system: "a", identifier: $v }'],
)
async def test_a_source_in_a_filter_is_whole(source: str) -> None:
    query = f"query ($v: String) {{ projects(filter: {{ source: {source} }}) {{ totalCount }} }}"
    result = await execute(query)
    assert {error.extensions["code"] for error in result.errors} == {"BAD_USER_INPUT"}
    assert not result.data or result.data["projects"] is None
