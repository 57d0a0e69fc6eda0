"""Input objects, built during coercion: a variable once, however many fields use it.

Strawberry would build them again for each field, and look up lazy types for each object.
"""

from collections.abc import Mapping
from functools import partial
from typing import Any

from graphql import GraphQLInputObjectType, GraphQLSchema
from strawberry.types.arguments import InputContext

from erikti.executor import READY


def convert_once(schema: GraphQLSchema) -> None:
    """Make graphql-core build the values of all input types of a Strawberry schema."""
    for type_ in schema.type_map.values():
        definition = type_.extensions.get("strawberry-definition")
        if isinstance(type_, GraphQLInputObjectType) and definition is not None:
            python_names = {
                graphql_name: field.extensions["strawberry-definition"].python_name
                for graphql_name, field in type_.fields.items()
            }
            type_.out_type = partial(_make, definition.origin, python_names)  # type: ignore[method-assign]
            type_.extensions[READY] = True
            # Strawberry checks it in the function that is replaced here.
            type_.is_one_of = definition.is_one_of
            definition.from_input = _from_input


def _make(
    origin: type[object], python_names: Mapping[str, str], given: Mapping[str, object]
) -> object:
    return origin(**{python_names[name]: value for name, value in given.items()})


def _from_input(origin: type[Any], given: Any, context: InputContext) -> Any:
    """Return the value of an input, which graphql-core has built in this schema."""
    if isinstance(given, origin):
        return given
    # In another schema of the same types, it is not built yet.
    name = context.config.name_converter.from_field
    values = {
        field.python_name: context.convert(given[name(field)], field.resolve_type(), name(field))
        for field in origin.__strawberry_definition__.fields
        if name(field) in given
    }
    return origin(**values)
