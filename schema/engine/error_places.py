"""Where a document or its variables are wrong, and which values are allowed there.

graphql-core reports the line and column. Here an error also gets the path of its field in the
response (``path``) and, in its extensions, that of the value within the arguments (``argument``) or
the variables (``variable``), as errors of resolvers have them, and the values of an enum or the
members of an input (``allowed``).
"""

import re
from collections.abc import Iterable, Iterator
from typing import Any

from graphql import (
    DirectiveNode,
    DocumentNode,
    FieldNode,
    GraphQLEnumType,
    GraphQLError,
    GraphQLInputObjectType,
    GraphQLSchema,
    ListValueNode,
    Node,
    ObjectValueNode,
    OperationDefinitionNode,
    ValueNode,
)

from erikti.errors import ScalarError
from erikti.guard.measures import fragments_of
from schema.engine.response_paths import Path, selections_with_paths

ENUM = re.compile(r"'(\w+)' enum|Enum '(\w+)'")
MEMBER = re.compile(r"type '(\w+)' not to include unknown field|OneOf Input Object type '(\w+)'")
VARIABLE = re.compile(r"Variable '\$(\w+)' has invalid value(?: at ([^:]+))?: ")
INDEX = re.compile(r"\[(\d+)\]")
# Texts that name values in Python's way, or repeat what was sent.
FOUND = re.compile(r"(\. |, )?\b[Ff]ound: .*\.$", re.DOTALL)
PYTHON = {"None": "null", "True": "true", "False": "false"}
VALUE = re.compile(r"(?<=to be )None|(?<=: )(None|True|False)(?=\.?$)")
# What a scalar of ours says stands within words of graphql-core.
SCALAR = re.compile(
    r"Expected value of type '\w+', but encountered error '(.*?)'; found: .*\.$", re.DOTALL
)
Place = tuple[Path, str | None]


def of_document(
    errors: Iterable[GraphQLError], document: DocumentNode, schema: GraphQLSchema
) -> list[GraphQLError]:
    """Return the errors of validating a document, with their places."""
    found = list(errors)
    if not found:
        return found
    places = dict(_places(document))
    return [_placed(error, places, schema) for error in found]


def of_variables(errors: Iterable[GraphQLError], schema: GraphQLSchema) -> list[GraphQLError]:
    """Return the errors of coercing variables, with their places."""
    return [_described(error, schema, **_variable(error.message)) for error in errors]


def _variable(message: str) -> dict[str, str]:
    found = VARIABLE.match(message)
    if found is None:
        return {}
    below = INDEX.sub(r".\1", found[2] or "").strip(".")
    return {"variable": ".".join(filter(None, (found[1], below)))}


def _placed(error: GraphQLError, places: dict[int, Place], schema: GraphQLSchema) -> GraphQLError:
    known = (places[id(node)] for node in error.nodes or () if id(node) in places)
    path, argument = next(known, ((), None))
    described = _described(error, schema, **({"argument": argument} if argument else {}))
    if path:
        described.path = list(path)
    return described


def _described(error: GraphQLError, schema: GraphQLSchema, **extensions: Any) -> GraphQLError:
    """Return the error in GraphQL's words, with the values that an enum has."""
    text = error.message
    if _is_pythons(error):
        text = "This value cannot be read."
    if named := ENUM.search(text):
        type_ = schema.get_type(named[1] or named[2])
        if isinstance(type_, GraphQLEnumType):
            extensions["allowed"] = list(type_.values)
    elif named := MEMBER.search(text):
        type_ = schema.get_type(named[1] or named[2])
        if isinstance(type_, GraphQLInputObjectType):
            extensions["allowed"] = list(type_.fields)
    if extensions or VARIABLE.match(text):
        text = FOUND.sub(".", SCALAR.sub(r"\1.", text)).replace("..", ".")
    text = VALUE.sub(lambda match: PYTHON[match[0]], text)
    extensions = {**extensions, **(error.extensions or {})}
    return GraphQLError(
        text, error.nodes, error.source, error.positions, error.path, extensions=extensions
    )


def _is_pythons(error: GraphQLError) -> bool:
    """Return whether Python itself rejected a value, for example a number with too many digits."""
    cause = error.original_error
    while isinstance(cause, GraphQLError):
        cause = cause.original_error
    return isinstance(cause, ValueError) and not isinstance(cause, ScalarError)


def _places(document: DocumentNode) -> Iterator[tuple[int, Place]]:
    """Yield the place of each node, by id; those in a fragment at its first spread."""
    fragments = dict(fragments_of(document.definitions))
    for definition in document.definitions:
        if isinstance(definition, OperationDefinitionNode):
            for selection, path in selections_with_paths(definition.selection_set, fragments):
                yield id(selection), (path, None)
                if isinstance(selection, FieldNode):
                    yield from _arguments(selection, path, "")
                for directive in selection.directives or ():
                    yield id(directive), (path, None)
                    yield from _arguments(directive, path, "")


def _arguments(
    node: FieldNode | DirectiveNode | ObjectValueNode, path: Path, before: str
) -> Iterator[tuple[int, Place]]:
    """Yield the places of arguments, or of the members of an object, and of all values in them."""
    given = node.fields if isinstance(node, ObjectValueNode) else node.arguments
    for item in given or ():
        name = f"{before}{item.name.value}"
        yield id(item), (path, name)
        yield from _value(item.value, path, name)


def _value(node: ValueNode, path: Path, name: str) -> Iterator[tuple[int, Place]]:
    waiting: list[tuple[Node, str]] = [(node, name)]
    while waiting:
        value, place = waiting.pop()
        yield id(value), (path, place)
        if isinstance(value, ListValueNode):
            waiting += [(item, f"{place}.{index}") for index, item in enumerate(value.values)]
        elif isinstance(value, ObjectValueNode):
            yield from _arguments(value, path, f"{place}.")
