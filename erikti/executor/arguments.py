"""Arguments of a field, computed once per plan if they contain no variables."""

from collections.abc import Iterator
from types import NoneType
from typing import Protocol

from graphql import (
    FieldNode,
    GraphQLBoolean,
    GraphQLEnumType,
    GraphQLError,
    GraphQLField,
    GraphQLFloat,
    GraphQLID,
    GraphQLInputType,
    GraphQLInt,
    GraphQLList,
    GraphQLString,
    ListValueNode,
    ObjectValueNode,
    Undefined,
    ValueNode,
    VariableNode,
    get_nullable_type,
)
from graphql.execution import get_argument_values
from graphql.execution.values import VariableValues

UNCHANGEABLE = {str, int, float, bool, NoneType}
# Extension of an input type whose coerced values need no conversion for resolvers.
READY = "ready"
# Extension of an argument with conditions: an omitted member would match more records.
CONDITIONS = "conditions"
UNDEFINED = "give one, or leave the condition out"
BUILT_IN = (GraphQLInt, GraphQLFloat, GraphQLString, GraphQLBoolean, GraphQLID)


class HasVariables(Protocol):
    """What arguments depend on: an executor, for example."""

    @property
    def variable_values(self) -> VariableValues:
        """The values of the variables."""

    @property
    def hide_suggestions(self) -> bool:
        """Whether errors suggest no names of the schema."""


class Arguments:
    """The arguments of one field of a document.

    ``constant`` holds their values if they contain no variable; ``names`` maps them to the names
    of a batch resolver's parameters if their values need no conversion.
    """

    def __init__(self, definition: GraphQLField, node: FieldNode) -> None:
        self._definition = definition
        self._node = node
        self.constant: dict[str, object] | None = self._constant()
        self.names = self._names()
        self._inside = dict(self._within_conditions())

    def _constant(self) -> dict[str, object] | None:
        if not self._definition.args and not self._node.arguments:
            return {}
        if any(map(_varies, (argument.value for argument in self._node.arguments or ()))):
            return None
        try:
            values = get_argument_values(self._definition, self._node)
        except GraphQLError:
            return None
        # A resolver may modify a list or an object, so these are created for each call.
        return values if {type(value) for value in values.values()} <= UNCHANGEABLE else None

    def _names(self) -> dict[str, str] | None:
        """Return Python names by GraphQL name, or None if a value needs conversion.

        Strawberry converts values of its input types, but not those of built-in scalars, of
        enums and of types marked ``READY``.
        """
        if "strawberry-definition" not in self._definition.extensions:
            return {}
        names = {}
        given = {node.name.value for node in self._node.arguments or ()}
        for name, argument in self._definition.args.items():
            if name not in given and argument.default_value is Undefined:
                continue
            declared = argument.extensions.get("strawberry-definition")
            if declared is None or not _reaches_as_it_is(argument.type):
                return None
            names[name] = declared.python_name
        return names

    def _within_conditions(self) -> Iterator[tuple[str, str]]:
        """Yield the variables within conditions, each with its place.

        GraphQL omits a member whose variable has no value, so the condition would match more
        records than the document states.
        """
        for argument in self._node.arguments or ():
            declared = self._definition.args.get(argument.name.value)
            if declared and CONDITIONS in declared.extensions:
                yield from _variables(argument.value, argument.name.value)

    def values(self, executor: HasVariables) -> dict[str, object]:
        """Return the values by GraphQL name; raises GraphQLError for an invalid value."""
        if self.constant is not None:
            return dict(self.constant)
        for name, place in self._inside.items():
            if name not in executor.variable_values.coerced:
                text = f"{place}: the variable ${name} has no value: {UNDEFINED}"
                extensions = {"code": "BAD_USER_INPUT", "argument": place}
                raise GraphQLError(text, self._node, extensions=extensions)
        return get_argument_values(
            self._definition,
            self._node,
            executor.variable_values,
            None,
            executor.hide_suggestions,
        )


def _reaches_as_it_is(type_: GraphQLInputType) -> bool:
    inner = get_nullable_type(type_)
    if isinstance(inner, GraphQLList):
        return _reaches_as_it_is(inner.of_type)
    return inner in BUILT_IN or isinstance(inner, GraphQLEnumType) or READY in inner.extensions


def _varies(value: ValueNode) -> bool:
    if isinstance(value, ListValueNode):
        return any(map(_varies, value.values))
    if isinstance(value, ObjectValueNode):
        return any(_varies(field.value) for field in value.fields)
    return isinstance(value, VariableNode)


def _variables(value: ValueNode, place: str) -> Iterator[tuple[str, str]]:
    """Yield the variables within a list or an object, each with its place."""
    inner: list[tuple[str, ValueNode]] = []
    if isinstance(value, ListValueNode):
        inner = [(f"{place}.{n}", item) for n, item in enumerate(value.values)]
    elif isinstance(value, ObjectValueNode):
        inner = [(f"{place}.{item.name.value}", item.value) for item in value.fields]
    for below, item in inner:
        if isinstance(item, VariableNode):
            yield item.name.value, below
        yield from _variables(item, below)
