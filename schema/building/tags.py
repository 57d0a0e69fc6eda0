"""Tags for contracts, which publish a part of a supergraph; they follow from the access rules."""

from collections.abc import Iterable, Iterator
from typing import Any

import strawberry
from graphql import (
    GraphQLArgument,
    GraphQLField,
    GraphQLInputField,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLSchema,
    get_named_type,
)
from strawberry.federation.schema_directives import Key, Link, Tag

from erikti.auth.scopes import Scope
from schema.building.permissions import Permissions

PUBLIC = Tag(name="public")
PERSONAL = Tag(name="personal")


def tag(federated: strawberry.federation.Schema) -> None:
    """Tag what requires no token, what it refers to, and the personal fields.

    A contract that includes only a tag leaves out arguments, inputs, enums and scalars without it.
    A tag of a type holds for all its fields, those of other subgraphs too, so types that these can
    extend have tags at their fields only.
    """
    schema = federated._schema
    for link in federated.schema_directives:
        if isinstance(link, Link) and "federation" in str(link.url):
            link.import_ = sorted({*(link.import_ or ()), "@tag"})
    permissions = Permissions(schema)
    public: list[GraphQLField] = []
    for type_ in _composites(schema):
        tags = {name: _tag(permissions, type_.name, name) for name in type_.fields}
        public += [type_.fields[name] for name, found in tags.items() if found == PUBLIC]
        if not _is_extensible(schema, type_) and len(set(map(str, tags.values()))) == 1:
            _add(type_, next(iter(tags.values())))
            continue
        for name, found in tags.items():
            _add(type_.fields[name], found)
            if found == PUBLIC:
                for argument in type_.fields[name].args.values():
                    _add(argument, PUBLIC)
    for other in _referred(public):
        _add(other, PUBLIC)


def _composites(schema: GraphQLSchema) -> Iterator[GraphQLObjectType | GraphQLInterfaceType]:
    """Yield the types with fields, without those of the specifications."""
    for name, type_ in schema.type_map.items():
        if isinstance(type_, GraphQLObjectType | GraphQLInterfaceType) and name[0] != "_":
            yield type_


def _is_extensible(schema: GraphQLSchema, type_: GraphQLObjectType | GraphQLInterfaceType) -> bool:
    """Return whether other subgraphs can add fields: to the root types and to entities."""
    if type_ in (schema.query_type, schema.mutation_type, schema.subscription_type):
        return True
    directives = type_.extensions["strawberry-definition"].directives or ()
    return any(isinstance(directive, Key) for directive in directives)


def _tag(permissions: Permissions, type_name: str, name: str) -> Tag | None:
    if name.startswith("_"):
        return None  # fields for gateways are in no supergraph
    scopes = permissions.scopes(type_name, name)
    if not scopes:
        return PUBLIC
    return PERSONAL if Scope.PEOPLE_READ in scopes else None


def _referred(fields: Iterable[GraphQLField]) -> Iterator[GraphQLNamedType]:
    """Yield the inputs, enums, scalars and unions that fields need."""
    waiting: list[GraphQLNamedType] = []
    for field in fields:
        waiting += [get_named_type(field.type), *map(_named, field.args.values())]
    seen: set[str] = set()
    while waiting:
        type_ = waiting.pop()
        if type_.name in seen or isinstance(type_, GraphQLObjectType | GraphQLInterfaceType):
            continue
        seen.add(type_.name)
        yield type_
        if isinstance(type_, GraphQLInputObjectType):
            waiting += map(_named, type_.fields.values())


def _named(part: GraphQLArgument | GraphQLInputField) -> GraphQLNamedType:
    return get_named_type(part.type)


def _add(node: Any, found: Tag | None) -> None:
    definition = node.extensions.get("strawberry-definition")
    if definition is None or found is None or found in (definition.directives or ()):
        return  # the types of the specification of GraphQL have no definition
    definition.directives = [*(definition.directives or ()), found]
