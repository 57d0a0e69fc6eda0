"""Every field, reached in every way, against the access rules in the committed SDL."""

from collections.abc import Iterator
from typing import Any, NamedTuple

import pytest
import strawberry
from graphql import (
    GraphQLEnumType,
    GraphQLField,
    GraphQLNonNull,
    GraphQLObjectType,
    ObjectTypeDefinitionNode,
    get_named_type,
    is_abstract_type,
    is_composite_type,
    is_introspection_type,
    parse,
)
from strawberry.relay import to_base64

from erikti.auth.principal import Principal
from models.people import Language
from resolvers.context import Context
from schema import SDL, schema
from schema.building.permissions import Permissions, UndeclaredAccessError
from schema.engine.engine import Prepared
from tests.access.callers import CALLERS, PURPOSE
from tests.support.queries import KEY, engine, execute, statements

GRAPH = schema._schema
REQUIRED = {
    "id": '"UmVnaW9uOktaLTc1"',
    "ids": "[]",
    "year": "2025",
    "code": '"organisations"',
    "iin": '"900101350000"',
    "representations": "[]",
}
ABSENT = "019ab000-0000-7000-8000-000000000000"
CODES = {"Region": "KZ-75", "Country": "KZ", "SustainableDevelopmentGoal": "4"}
FEDERATION = {"Query._service", "_Service.sdl"}


def declared() -> dict[str, set[str]]:
    """Return the scopes in the committed SDL, by coordinate and by type."""
    found: dict[str, set[str]] = {}
    for definition in parse(SDL.read_text(encoding="utf-8")).definitions:
        if isinstance(definition, ObjectTypeDefinitionNode):
            own = _scopes(definition)
            found[definition.name.value] = own or set()
            for field in definition.fields or ():
                scopes = _scopes(field)
                place = f"{definition.name.value}.{field.name.value}"
                found[place] = (own or set()) if scopes is None else scopes
    return found | {coordinate: {"graph:read"} for coordinate in FEDERATION}


def _scopes(node: Any) -> set[str] | None:
    """Return the scopes of a definition: empty if public, None if undeclared."""
    for directive in node.directives or ():
        if directive.name.value == "public":
            return set()
        if directive.name.value == "requiresScopes":
            (group,) = directive.arguments[0].value.values
            return {value.value for value in group.values}
    return None


DECLARED = declared()


class Way(NamedTuple):
    """A path to an object type: the text around its selection, and the fields on the way."""

    before: str
    behind: str
    coordinates: frozenset[str]


def requested(name: str, field: GraphQLField) -> str:
    """Return a field with its required arguments."""
    target = get_named_type(field.type).name
    given = [f"{a}: {value(a, arg, target)}" for a, arg in field.args.items() if needed(arg)]
    return f"{name}({', '.join(given)})" if given else name


def needed(argument: Any) -> bool:
    return isinstance(argument.type, GraphQLNonNull)


def value(name: str, argument: Any, target: str) -> str:
    if name == "by":
        by: Any = get_named_type(argument.type)
        if isinstance(by, GraphQLEnumType):
            # Amounts are added up only within a currency. One group keeps the cost low.
            dimension = "CURRENCY" if "CURRENCY" in by.values else next(iter(by.values))
            return f"[{dimension}], first: 1"
        if target == "Forum":
            return "{ year: 2026 }"  # the only one of the generated country
        return f'{{ id: "{to_base64(target, CODES.get(target, ABSENT))}" }}'
    return REQUIRED[name]


def ways() -> dict[str, list[Way]]:
    """Return, for every object type, the shortest path to each field that returns it."""
    assert GRAPH.query_type is not None
    assert GRAPH.subscription_type is not None
    shortest = {
        "Query": Way("{ ", " }", frozenset()),
        "Subscription": Way("subscription { ", " }", frozenset()),
    }
    found = {root: [way] for root, way in shortest.items()}
    waiting = [GRAPH.query_type, GRAPH.subscription_type]
    while waiting:
        parent = waiting.pop(0)
        for name, field in parent.fields.items():
            target = get_named_type(field.type)
            if not is_composite_type(target):
                continue
            way = shortest[parent.name]
            coordinates = way.coordinates | {f"{parent.name}.{name}"}
            before, behind = (
                f"{way.before}{requested(name, field)} {{ ",
                f" }}{way.behind}",
            )
            kinds = [target]
            if is_abstract_type(target):
                kinds = list(GRAPH.get_possible_types(target))
            for kind in kinds:
                assert isinstance(kind, GraphQLObjectType)
                there = Way(before, behind, coordinates)
                if kind is not target:
                    there = Way(f"{before}... on {kind.name} {{ ", f" }}{behind}", coordinates)
                found.setdefault(kind.name, []).append(there)
                if kind.name not in shortest:
                    shortest[kind.name] = there
                    waiting.append(kind)
    return found


WAYS = ways()


def forms(kind: str, name: str, way: Way) -> Iterator[str]:
    """Return documents with one field: plain, aliased, in fragments and conditional."""
    parent = GRAPH.get_type(kind)
    assert isinstance(parent, GraphQLObjectType)
    field = parent.fields[name]
    head = requested(name, field)
    below = " { __typename }" if is_composite_type(get_named_type(field.type)) else ""
    text = head + below
    before, behind = way.before, way.behind
    yield f"{before}{text}{behind}"
    yield f"{before}other: {text}{behind}"
    yield f"{before}... on {kind} {{ {text} }}{behind}"
    yield f"{before}...F{behind} fragment F on {kind} {{ ... {{ {text} }} }}"
    if kind != "Subscription":  # no conditions on the root of a subscription
        operation, _, rest = before.partition("{")
        variable = f"{operation or 'query '}($no: Boolean = false) {{{rest}"
        yield f"{variable}{head} @include(if: $no){below}{behind}"


def scopes(kind: str, name: str, way: Way) -> set[str]:
    """Return the scopes in the SDL along the path and of the field."""
    found: set[str] = set()
    for coordinate in {*way.coordinates, f"{kind}.{name}"}:
        found |= DECLARED[coordinate]
        parent, _, field = coordinate.partition(".")
        type_ = GRAPH.get_type(parent)
        assert isinstance(type_, GraphQLObjectType)
        target = get_named_type(type_.fields[field].type)
        if isinstance(target, GraphQLObjectType):
            found |= DECLARED.get(target.name, set())
    return found


FIELDS = [
    (kind, name)
    for kind in WAYS
    if not is_introspection_type(GRAPH.type_map[kind])
    for name in GRAPH.type_map[kind].fields  # type: ignore[attr-defined]
]


def test_every_object_type_and_field_is_reached() -> None:
    reached = {f"{kind}.{name}" for kind, name in FIELDS}
    every = {
        f"{type_.name}.{name}"
        for type_ in GRAPH.type_map.values()
        if isinstance(type_, GraphQLObjectType) and not is_introspection_type(type_)
        for name in type_.fields
    }
    assert reached == every
    assert len(WAYS["Person"]) >= 6


def test_every_field_declares_an_access_rule() -> None:
    for definition in parse(SDL.read_text(encoding="utf-8")).definitions:
        if isinstance(definition, ObjectTypeDefinitionNode) and _scopes(definition) is None:
            for field in definition.fields or ():
                place = f"{definition.name.value}.{field.name.value}"
                assert place in {*FEDERATION, "Query._entities"} or _scopes(field) is not None, (
                    place
                )


def test_a_schema_with_an_undeclared_field_is_refused() -> None:
    @strawberry.type
    class Query:
        hidden: int

    with pytest.raises(UndeclaredAccessError, match=r"Query\.hidden"):
        Permissions(strawberry.Schema(Query)._schema)


@pytest.mark.parametrize(("kind", "name"), FIELDS, ids=lambda part: part)
async def test_a_field_is_rejected_as_declared_by_every_path(kind: str, name: str) -> None:
    for way in WAYS[kind]:
        needed = scopes(kind, name, way)
        for role, caller in CALLERS.items():
            if not needed <= {scope.value for scope in caller.scopes}:
                for text in forms(kind, name, way):
                    await refused(text, caller, role, f"{kind}.{name}", needed)


@pytest.mark.usefixtures("open_nation")
@pytest.mark.parametrize(("kind", "name"), FIELDS, ids=lambda part: part)
async def test_a_permitted_field_is_resolved(kind: str, name: str) -> None:
    way = WAYS[kind][0]
    for role, caller in CALLERS.items():
        if scopes(kind, name, way) <= {scope.value for scope in caller.scopes}:
            text = next(forms(kind, name, way))
            if kind == "Subscription":
                context = Context(Language.KK, KEY, caller, purpose=PURPOSE)
                assert isinstance(engine().prepare(text, None, None, context), Prepared), role
                continue
            result = await execute(text, caller=caller, purpose=PURPOSE)
            if caller.foreign and "people { groups" in text:  # which need the people's consent
                assert "another country" in result.errors[0].message
                continue
            assert result.errors is None, (role, text)
            assert result.data is not None


async def refused(
    text: str, caller: Principal, role: str, coordinate: str, needed: set[str]
) -> None:
    """The whole operation is rejected before any read, and the error lists what is missing."""
    with statements() as made:
        result = await execute(text, caller=caller, purpose=PURPOSE)
    assert result.data is None, (role, text)
    (error,) = result.errors
    assert error.extensions["code"] == "FORBIDDEN", (role, text, error)
    missing = {s for item in error.extensions["refused"] for s in item["missingScopes"]}
    assert missing == needed - {scope.value for scope in caller.scopes}
    if DECLARED[coordinate] - {scope.value for scope in caller.scopes}:
        assert coordinate in {item["coordinate"] for item in error.extensions["refused"]}
    assert made == []


@pytest.mark.usefixtures("open_nation")
@pytest.mark.parametrize(
    "role", [role for role in CALLERS if role not in ("registrar", "no-country")]
)
async def test_forbidden_fields_of_node_and_entities_are_rejected(role: str) -> None:
    entity = '_entities(representations: [{ __typename: "Person", id: "x" }])'
    for text in (
        '{ node(id: "x") { ... on Person { iin } } }',
        '{ nodes(ids: ["x"]) { ... on Node { ... on Person { iin } } } }',
        f"{{ {entity} {{ ... on Person {{ iin }} }} }}",
        "{ laureates { nodes { nominee { ... on Person { iin } } } } }",
        "{ grants { edges { node { recipient { ... on Person { x: iin } } } } } }",
    ):
        result = await execute(text, caller=CALLERS[role], purpose=PURPOSE)
        assert result.data is None
        (error,) = result.errors
        assert error.extensions["code"] == "FORBIDDEN", text
        assert "Person.iin" in {item["coordinate"] for item in error.extensions["refused"]}


@pytest.mark.usefixtures("open_nation")
async def test_personal_fields_need_a_purpose() -> None:
    query = "{ people(first: 1) { nodes { email } } }"
    result = await execute(query, caller=CALLERS["registrar"])
    assert result.data is None
    assert result.errors[0].extensions["refused"] == [{"coordinate": "Person.email"}]
    assert "X-Purpose" in result.errors[0].message
    assert (await execute(query, caller=CALLERS["registrar"], purpose=PURPOSE)).errors is None
