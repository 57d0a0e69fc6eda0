"""What a document uses: fields of the root with data, and variables.

Some variables decide the statement, others are values in it.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from graphql import (
    SKIP,
    ArgumentNode,
    FieldNode,
    GraphQLSchema,
    NamedTypeNode,
    Node,
    NonNullTypeNode,
    ObjectValueNode,
    OperationDefinitionNode,
    VariableDefinitionNode,
    VariableNode,
    Visitor,
    VisitorAction,
    visit,
)

from resolvers.keys import checked_key
from schema.building.fields import DATA

# Arguments whose values are bound late, so that one statement serves many of them.
LATE = frozenset(
    {
        *("by", "first", "after", "last", "before", "filter", "orderBy"),
        *("id", "ids", "representations"),
    }
)
SOURCE = "source"
# Types with no other rule for their values than that of the column.
PLAIN = frozenset({"ID", "Int", "String"})


def has_data(schema: GraphQLSchema, document: Node) -> bool:
    """Return whether a document may use fields of the root that are declared data."""
    found = _Fields()
    visit(document, found)
    fields = schema.query_type.fields if schema.query_type else {}
    definitions = (
        fields[name].extensions.get("strawberry-definition") for name in found.names & fields.keys()
    )
    return any(found is not None and found.metadata.get(DATA) for found in definitions)


class _Fields(Visitor):
    """Collects the names of fields."""

    def __init__(self) -> None:
        super().__init__()
        self.names: set[str] = set()

    def enter_field(self, node: FieldNode, *_: object) -> None:
        """Note the name of a field."""
        self.names.add(node.name.value)


def early_variables(document: Node) -> Sequence[str]:
    """Return the variables of a document that decide more than late values."""
    found = _Uses(LATE)
    visit(document, found)
    return sorted(found.names)


def variables_in(fields: Iterable[FieldNode]) -> Sequence[str]:
    """Return the variables in the arguments of fields."""
    found = _Uses()
    for field in fields:
        for argument in field.arguments or ():
            visit(argument, found)
    return sorted(found.names)


def plain_variables(operation: OperationDefinitionNode) -> frozenset[str]:
    """Return the variables of types that only their column restricts."""
    found = set()
    for definition in operation.variable_definitions or ():
        type_ = (
            definition.type.type
            if isinstance(definition.type, NonNullTypeNode)
            else definition.type
        )
        if isinstance(type_, NamedTypeNode) and type_.name.value in PLAIN:
            found.add(definition.variable.name.value)
    return frozenset(found)


class _Uses(Visitor):
    """Collects variables, except those within arguments of some names."""

    def __init__(self, without: frozenset[str] = frozenset()) -> None:
        super().__init__()
        self.names: set[str] = set()
        self._without = without

    def enter_variable_definition(self, _: VariableDefinitionNode, *__: object) -> VisitorAction:
        """Skip what is no use of a variable."""
        return SKIP

    def enter_argument(self, node: ArgumentNode, *_: object) -> VisitorAction:
        """Skip arguments with late values."""
        return SKIP if node.name.value in self._without else None

    def enter_variable(self, node: VariableNode, *_: object) -> None:
        """Note the use of a variable."""
        self.names.add(node.name.value)


@dataclass(frozen=True)
class PlainKey:
    """A key of a type that is a variable: ``by: {id: $id}``."""

    type_name: str
    key: str
    variable: str

    def value(self, variables: Mapping[str, Any]) -> Any:
        """Return the value of the key; raises BadUserInputError if the variable has none."""
        place = f"by.{self.key}"
        return checked_key(self.type_name, self.key, variables.get(self.variable), place)[1]


def plain_key(field: FieldNode, type_name: str) -> PlainKey | None:
    """Return the key of a look-up if it is a variable, or None."""
    for argument in field.arguments or ():
        by = argument.value
        if isinstance(by, ObjectValueNode) and len(by.fields) == 1:
            (item,) = by.fields
            if isinstance(item.value, VariableNode) and item.name.value != SOURCE:
                return PlainKey(type_name, item.name.value, item.value.name.value)
    return None
