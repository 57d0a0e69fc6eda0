"""Tags for contracts: public is what needs no token and what it refers to, personal is personal."""

from typing import Any

from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLScalarType,
    GraphQLSchema,
    GraphQLUnionType,
    build_schema,
    get_named_type,
    is_specified_scalar_type,
)

from erikti.auth.scopes import Scope
from schema import schema

PRINTED = build_schema(schema.subgraph(), assume_valid_sdl=True)
COMPOSITES = [
    type_
    for name, type_ in PRINTED.type_map.items()
    if isinstance(type_, GraphQLObjectType | GraphQLInterfaceType) and not name.startswith("_")
]


def directives(part: Any) -> set[str]:
    """Return the names of the directives of a part of the schema."""
    return {directive.name.value for directive in part.ast_node.directives or ()}


def tags(*parts: Any) -> set[str]:
    """Return the tags of a part of the schema and of its type, which pass on to the part."""
    return {
        directive.arguments[0].value.value
        for part in parts
        for directive in part.ast_node.directives or ()
        if directive.name.value == "tag"
    }


def fields() -> list[tuple[str, Any, Any, set[str], frozenset[Scope]]]:
    """Return each field with its type, tags and the scopes that it requires."""
    return [
        (
            f"{type_.name}.{name}",
            type_,
            field,
            tags(type_, field),
            schema.permissions.scopes(type_.name, name),
        )
        for type_ in COMPOSITES
        for name, field in type_.fields.items()
        if not name.startswith("_")
    ]


def test_a_field_is_public_exactly_if_it_needs_no_token() -> None:
    wrong = [n for n, _, _, found, scopes in fields() if ("public" in found) == bool(scopes)]
    assert wrong == []
    assert sum("public" in found for _, _, _, found, _ in fields()) > 300


def test_a_field_is_personal_exactly_if_it_needs_a_purpose() -> None:
    wrong = [
        name
        for name, _, _, found, scopes in fields()
        if ("personal" in found) != (Scope.PEOPLE_READ in scopes)
    ]
    assert wrong == []
    assert {"Person.email", "Query.personByIin", "Consent.purpose"} <= {
        name for name, _, _, found, _ in fields() if "personal" in found
    }


def test_types_that_partners_extend_have_no_tag() -> None:
    """It would hold for the fields of partners too, which may need a token."""
    extended = [
        type_
        for type_ in COMPOSITES
        if type_.name in ("Query", "Mutation", "Subscription") or "key" in directives(type_)
    ]
    assert len(extended) > 20
    assert [type_.name for type_ in extended if tags(type_)] == []


def test_a_contract_of_what_is_public_has_all_that_it_needs() -> None:
    """Composers leave out arguments, inputs, enums and scalars that have no tag."""
    needed: dict[str, GraphQLNamedType] = {}
    for name, type_, field, found, _ in fields():
        if "public" in found:
            bare = [a for a, part in field.args.items() if "public" not in tags(type_, part)]
            assert bare == [], name
            parts = (field, *field.args.values())
            needed |= {t.name: t for t in (get_named_type(part.type) for part in parts)}
    waiting = list(needed.values())
    while waiting:
        type_ = waiting.pop()
        if isinstance(type_, GraphQLInputObjectType):
            inner = [get_named_type(field.type) for field in type_.fields.values()]
        elif isinstance(type_, GraphQLUnionType):
            inner = list(type_.types)
        else:
            inner = []
        waiting += [other for other in inner if other.name not in needed]
        needed |= {other.name: other for other in inner}
    for type_ in needed.values():
        if isinstance(type_, GraphQLObjectType | GraphQLInterfaceType):
            shown = [tags(type_, field) for field in type_.fields.values()]
            assert any("public" in found for found in shown), type_.name
        elif not is_specified_scalar_type(type_):
            assert tags(type_) == {"public"}, type_.name
    assert {type_.name for type_ in leaves(PRINTED) if tags(type_)} <= set(needed)


def leaves(graph: GraphQLSchema) -> list[GraphQLNamedType]:
    """Return the inputs, enums, scalars and unions that this schema defines."""
    kinds = (GraphQLInputObjectType, GraphQLEnumType, GraphQLScalarType, GraphQLUnionType)
    found = [type_ for type_ in graph.type_map.values() if isinstance(type_, kinds)]
    return [t for t in found if t.ast_node and not t.name.startswith("_")]
