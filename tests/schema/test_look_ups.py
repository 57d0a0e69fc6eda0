"""Records by their keys: one root field for each type, one input, the keys of the entity."""

import json
import re
from collections.abc import Iterator
from itertools import combinations
from typing import Any

import pytest
from graphql import (
    GraphQLInputObjectType,
    GraphQLNonNull,
    GraphQLObjectType,
    get_named_type,
)
from strawberry.federation.schema_directives import Key
from strawberry.relay import to_base64

from erikti.database.connection import fetch
from resolvers.dataloaders.tables import table
from resolvers.global_ids import NODES, key_text
from resolvers.keys import keys_of
from schema import schema
from tests.schema.walk import GRAPH, entities
from tests.support.queries import AS_REGISTRAR, ask, execute, refuse, statements

ENTITIES = """query ($representations: [_Any!]!) {
  _entities(representations: $representations) { __typename ... on Node { id } } }"""
NATURAL = [(name, key) for name, node in NODES.items() for key in node.natural]


def entity_keys(type_: GraphQLObjectType) -> set[str]:
    """Return the keys of an entity as its directives declare them."""
    directives = type_.extensions["strawberry-definition"].directives or ()
    return {str(d.fields) for d in directives if isinstance(d, Key)}


def root_field(name: str) -> str:
    """Return the name of the root field of a type."""
    return name[0].lower() + name[1:]


def by_of(name: str) -> GraphQLInputObjectType:
    """Return the input type with the keys of a type."""
    assert GRAPH.query_type is not None
    field = GRAPH.query_type.fields[root_field(name)]
    assert list(field.args) == ["by"]
    assert isinstance(field.args["by"].type, GraphQLNonNull)
    found = get_named_type(field.args["by"].type)
    assert isinstance(found, GraphQLInputObjectType)
    return found


async def values(name: str, key: str, count: int) -> list[tuple[Any, str]]:
    """Return some values of a natural key with the global IDs of their records."""
    records = table(NODES[name].model)
    rows = await fetch(
        f"SELECT {key}, {records.key} FROM {records.name} WHERE {key} IS NOT NULL LIMIT {count}"
    )
    return [(row[0], to_base64(name, key_text(row[1]))) for row in rows]


def keyed() -> Iterator[GraphQLObjectType]:
    """Yield the entities of the graph."""
    for type_ in GRAPH.type_map.values():
        ours = "strawberry-definition" in type_.extensions
        if isinstance(type_, GraphQLObjectType) and ours and entity_keys(type_):
            yield type_


@pytest.mark.parametrize("type_", entities(), ids=str)
def test_every_type_of_records_is_looked_up_by_the_keys_of_its_entity(
    type_: GraphQLObjectType,
) -> None:
    by = by_of(type_.name)
    assert by.name == f"{type_.name}By"
    assert by.is_one_of
    names = {re.sub(r" \{.*", "", key) for key in entity_keys(type_)}
    # The sources of a person are several.
    assert names | ({"source"} if type_.name == "Person" else set()) == set(by.fields)
    assert not any(isinstance(member.type, GraphQLNonNull) for member in by.fields.values())


def test_keys_with_the_same_name_have_the_same_type() -> None:
    """Else no gateway can ask a union of two entities by their keys."""
    for one, other in combinations(keyed(), 2):
        names = [{re.sub(r" \{.*", "", key) for key in entity_keys(t)} for t in (one, other)]
        for name in names[0] & names[1]:
            assert str(one.fields[name].type) == str(other.fields[name].type), (one, other, name)


@pytest.mark.usefixtures("open_nation")
@pytest.mark.parametrize(("name", "key"), NATURAL)
async def test_a_natural_key_finds_the_record_or_null(name: str, key: str) -> None:
    type_ = get_named_type(by_of(name).fields[key].type).name
    query = f"query ($v: {type_}!) {{ found: {root_field(name)}(by: {{{key}: $v}}) {{ id }} }}"
    ((value, id_),) = await values(name, key, 1)
    assert await ask(query, v=value, **AS_REGISTRAR) == {"found": {"id": id_}}
    absent = {
        "number": 99,
        "year": -(2**31),
        "bin": "0",
        "code": "KZ-99" if name == "Region" else "ZZ",
    }[key]
    assert await ask(query, v=absent, **AS_REGISTRAR) == {"found": None}


@pytest.mark.usefixtures("open_nation")
@pytest.mark.parametrize(("name", "key"), NATURAL)
async def test_entities_are_found_by_a_natural_key_in_one_statement(name: str, key: str) -> None:
    known = await values(name, key, 20)
    given = [{"__typename": name, key: value} for value, _ in known]
    with statements() as made:
        data = await ask(ENTITIES, representations=given)
    assert [item["id"] for item in data["_entities"]] == [id_ for _, id_ in known]
    assert len(made) == 1


@pytest.mark.usefixtures("open_nation")
async def test_look_ups_side_by_side_take_one_statement() -> None:
    known = await values("Organisation", "bin", 5)
    fields = (f'_{n}: organisation(by: {{bin: "{v}"}}) {{ id }}' for n, (v, _) in enumerate(known))
    with statements() as made:
        data = await ask(f"{{ {' '.join(fields)} }}")
    assert [item["id"] for item in data.values()] == [id_ for _, id_ in known]
    assert len(made) == 1


@pytest.mark.parametrize("name", NODES)
def test_entities_and_root_fields_have_the_declared_keys(name: str) -> None:
    assert list(by_of(name).fields) == list(keys_of(name))


@pytest.mark.usefixtures("open_nation")
@pytest.mark.parametrize(
    "given", [{}, {"bin": None}, {"bin": "1", "id": "x"}, {"bin": "1", "id": None}]
)
async def test_exactly_one_key_must_be_given(given: dict[str, Any]) -> None:
    """In the document and in variables, as a whole and one by one."""
    written = ", ".join(f"{key}: {json.dumps(value)}" for key, value in given.items())
    literal = await refuse(f"{{ organisation(by: {{{written}}}) {{ id }} }}")
    whole = await refuse("query ($b: OrganisationBy!) { organisation(by: $b) { id } }", b=given)
    for error in (literal, whole):
        assert "exactly one field must be specified" in error["message"]
        assert "OrganisationBy" in error["message"]
        assert error["locations"]


@pytest.mark.usefixtures("open_nation")
@pytest.mark.parametrize("given", [{}, {"b": None}])
async def test_a_key_in_a_variable_must_be_given(given: dict[str, Any]) -> None:
    query = "query ($b: String) { organisation(by: { bin: $b }) { id } regions { code } }"
    result = await execute(query, **given)
    assert result.errors
    assert result.data is None or result.data["organisation"] is None
    with_default = "query ($b: String! = null) { organisation(by: { bin: $b }) { id } }"
    assert await refuse(with_default)


@pytest.mark.usefixtures("open_nation")
async def test_introspection_and_the_sdl_say_that_one_key_is_given() -> None:
    data = await ask("{ __schema { types { name isOneOf } } }")
    introspected = {type_["name"] for type_ in data["__schema"]["types"] if type_["isOneOf"]}
    printed = re.findall(r"^input (\w+) .*@oneOf", schema.subgraph(), re.MULTILINE)
    assert introspected == set(printed) == {f"{name}By" for name in NODES}
