"""Traversal of the schema for tests: entities, their relations, chains of lists."""

from collections.abc import Iterator
from typing import NamedTuple

from graphql import (
    GraphQLEnumType,
    GraphQLField,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLUnionType,
    get_named_type,
    is_leaf_type,
)

from schema import schema

GRAPH = schema._schema


def described() -> Iterator[tuple[str, str | None]]:
    """Yield each part of the schema that this project defines, and its description."""
    for name, type_ in GRAPH.type_map.items():
        if name.startswith(("_", "link__")) or name in (
            "String",
            "Int",
            "Float",
            "Boolean",
            "ID",
            "FieldSet",
        ):
            continue
        yield name, type_.description
        if isinstance(type_, GraphQLEnumType):
            for value, definition in type_.values.items():
                yield f"{name}.{value}", definition.description
        elif isinstance(type_, GraphQLObjectType | GraphQLInterfaceType | GraphQLInputObjectType):
            for field_name, field in type_.fields.items():
                if field_name.startswith("_"):
                    continue
                yield f"{name}.{field_name}", field.description
                for argument, definition in getattr(field, "args", {}).items():
                    yield f"{name}.{field_name}({argument})", definition.description


class Relation(NamedTuple):
    """A field of an entity that refers to other records."""

    parent: str
    name: str
    field: GraphQLField

    @property
    def target(self) -> GraphQLObjectType | GraphQLUnionType | GraphQLInterfaceType:
        """Return the type of the related records."""
        target = get_named_type(self.field.type)
        assert isinstance(target, GraphQLObjectType | GraphQLUnionType | GraphQLInterfaceType)
        return target

    @property
    def is_connection(self) -> bool:
        """Return whether it is a connection."""
        return self.target.name.endswith("Connection")


def entities() -> list[GraphQLObjectType]:
    """Return all types with a global ID."""
    node = GRAPH.get_type("Node")
    assert isinstance(node, GraphQLInterfaceType)
    return list(GRAPH.get_implementations(node).objects)


def relations() -> list[Relation]:
    """Return all fields of entities that are not leaves."""
    return [
        Relation(entity.name, name, field)
        for entity in entities()
        for name, field in entity.fields.items()
        if not is_leaf_type(get_named_type(field.type))
    ]


def connections(parent: GraphQLObjectType) -> Iterator[tuple[str, GraphQLObjectType]]:
    """Yield the connections of a type, with the types of their records."""
    for name, field in parent.fields.items():
        target = get_named_type(field.type)
        if isinstance(target, GraphQLObjectType) and target.name.endswith("Connection"):
            node = get_named_type(target.fields["nodes"].type)
            assert isinstance(node, GraphQLObjectType)
            yield name, node


def chains() -> list[tuple[str, str, str]]:
    """Return every path through three lists from the root."""
    assert GRAPH.query_type is not None
    return [
        (first, second, third)
        for first, parent in connections(GRAPH.query_type)
        for second, child in connections(parent)
        for third, _ in connections(child)
    ]


def selection(relation: Relation) -> str:
    """Return a selection: everything of a connection, one leaf of other types."""
    target = relation.target
    if not relation.is_connection:
        return f"{relation.name} {{ __typename {leaf(target)} }}"
    assert isinstance(target, GraphQLObjectType)
    groups = ""
    if "groups" in target.fields:
        by = get_named_type(target.fields["groups"].args["by"].type)
        assert isinstance(by, GraphQLEnumType)
        groups = f"groups(by: [{next(iter(by.values))}]) {{ nodes {{ count }} }}"
    page = "nodes { __typename } edges { cursor } pageInfo { hasNextPage endCursor } totalCount"
    return f"{relation.name}(first: 3) {{ {page} {groups} }}"


def leaf(target: GraphQLObjectType | GraphQLUnionType | GraphQLInterfaceType) -> str:
    """Return a leaf field of a type."""
    if isinstance(target, GraphQLUnionType):
        return ""
    return next(
        str(name)
        for name, field in target.fields.items()
        if is_leaf_type(get_named_type(field.type))
    )
