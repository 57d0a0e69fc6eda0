"""Field selection merging (GraphQL specification) with a limit on comparisons.

graphql-core compares each field with each other, so 500 fields take a second. Here each field is
compared with one representative of the fields before it, and the comparisons are counted.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from graphql import (
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLError,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLOutputType,
    GraphQLSchema,
    GraphQLType,
    InlineFragmentNode,
    OperationDefinitionNode,
    SelectionSetNode,
    get_named_type,
    is_composite_type,
    is_leaf_type,
    is_list_type,
    is_non_null_type,
    print_ast,
)

from erikti.errors import LimitError

# A selection set and its type.
Typed = tuple[SelectionSetNode, GraphQLNamedType]
# The arguments of a field by name, and its @stream directives, as text.
Given = tuple[list[tuple[str, str]], list[str]]


@dataclass(slots=True)
class FieldUse:
    """A field of a document, its type and its parent type."""

    node: FieldNode
    parent: GraphQLNamedType
    type: GraphQLOutputType

    def below(self) -> list[Typed]:
        """Return the selection set below it with its type."""
        inner = self.node.selection_set
        return [(inner, get_named_type(self.type))] if inner else []


class Merging:
    """The check of one document that is otherwise valid."""

    def __init__(
        self, schema: GraphQLSchema, fragments: Mapping[str, FragmentDefinitionNode], most: int
    ) -> None:
        self._schema = schema
        self._fragments = fragments
        self._most = most
        self._count = 0
        self._checked: set[tuple[bool, frozenset[tuple[int, str]]]] = set()
        self._arguments: dict[int, Given] = {}

    def errors(self, operations: Iterable[OperationDefinitionNode]) -> list[GraphQLError]:
        """Return the first conflict; raise GraphQLError if there are too many comparisons."""
        try:
            for operation in operations:
                root = self._schema.get_root_type(operation.operation)
                if root is not None:
                    self._check([(operation.selection_set, root)], shapes_alone=False)
        except _ConflictError as conflict:
            return [GraphQLError(*conflict.args)]
        return []

    def _check(self, sets: Sequence[Typed], shapes_alone: bool) -> None:
        """Raise an error if fields with the same response name cannot be merged.

        Fields of different object types never apply together, so with ``shapes_alone`` only the
        shapes of their results are compared.
        """
        key = (shapes_alone, frozenset((id(found), type_.name) for found, type_ in sets))
        if key in self._checked:
            return
        self._checked.add(key)
        for fields in self._by_name(sets).values():
            self._count += len(fields)
            if self._count > self._most:
                node = fields[0].node
                raise LimitError.exceeded(
                    "merged_fields", self._count, self._most, "comparisons", node
                )
            if shapes_alone:
                self._check_shapes(fields)
                self._check_below(fields, shapes_alone=True)
                continue
            groups = _that_apply_together(fields)
            for group in groups:
                self._check_same(group)
                self._check_below(group, shapes_alone=False)
            if len(groups) > 1:
                self._check_shapes(fields)
                self._check_below(fields, shapes_alone=True)

    def _check_below(self, fields: Sequence[FieldUse], shapes_alone: bool) -> None:
        if below := [typed for field in fields for typed in field.below()]:
            self._check(below, shapes_alone)

    def _by_name(self, sets: Sequence[Typed]) -> dict[str, list[FieldUse]]:
        """Return the fields of selection sets and their fragments by response name."""
        found: dict[str, list[FieldUse]] = {}
        seen: set[str] = set()
        waiting = list(reversed(sets))
        while waiting:
            selections, type_ = waiting.pop()
            for selection in selections.selections:
                self._count += 1
                if isinstance(selection, FieldNode):
                    definition = self._schema.get_field(type_, selection.name.value)  # type: ignore[arg-type]
                    if definition is not None:
                        name = (selection.alias or selection.name).value
                        asked = FieldUse(selection, type_, definition.type)
                        found.setdefault(name, []).append(asked)
                elif isinstance(selection, FragmentSpreadNode):
                    if selection.name.value not in seen:
                        seen.add(selection.name.value)
                        fragment = self._fragments[selection.name.value]
                        condition = self._schema.get_type(fragment.type_condition.name.value)
                        waiting.append((fragment.selection_set, condition or type_))
                elif isinstance(selection, InlineFragmentNode):
                    on = selection.type_condition
                    condition = self._schema.get_type(on.name.value) if on else None
                    waiting.append((selection.selection_set, condition or type_))
        return found

    def _check_same(self, fields: Sequence[FieldUse]) -> None:
        """Raise an error unless all fields are the same field with the same arguments."""
        first = fields[0]
        for field in fields[1:]:
            if field.node.name.value != first.node.name.value:
                raise _conflict(first, field, "are different fields")
            if self._given(field.node) != self._given(first.node):
                raise _conflict(first, field, "have different arguments")
            if _shape(field.type) != _shape(first.type):
                raise _conflict(first, field, "have types that differ")

    def _check_shapes(self, fields: Sequence[FieldUse]) -> None:
        for field in fields[1:]:
            if _shape(field.type) != _shape(fields[0].type):
                raise _conflict(fields[0], field, "have types that differ")

    def _given(self, node: FieldNode) -> Given | None:
        """Return the arguments in a form that can be compared regardless of their order."""
        if not node.arguments and not node.directives:
            return None
        found = self._arguments.get(id(node))
        if found is None:
            streams = [d for d in node.directives or () if d.name.value == "stream"]
            found = self._arguments[id(node)] = (
                sorted((a.name.value, print_ast(a.value)) for a in node.arguments or ()),
                [print_ast(directive) for directive in streams],
            )
        return found


class _ConflictError(Exception):
    """Two fields that cannot be merged: the text of the error, and their nodes."""


def _conflict(one: FieldUse, other: FieldUse, reason: str) -> _ConflictError:
    name = (one.node.alias or one.node.name).value
    text = (
        f"Fields {name!r} conflict: {one.node.name.value!r} and {other.node.name.value!r} {reason}."
        " Use different aliases on the fields to fetch both."
    )
    return _ConflictError(text, [one.node, other.node])


def _that_apply_together(fields: Sequence[FieldUse]) -> list[list[FieldUse]]:
    """Group the fields that can apply to the same object: by its type, or to any type."""
    by_type: dict[str, list[FieldUse]] = {}
    any_type = [field for field in fields if not isinstance(field.parent, GraphQLObjectType)]
    for field in fields:
        if isinstance(field.parent, GraphQLObjectType):
            by_type.setdefault(field.parent.name, []).append(field)
    if len(by_type) <= 1:
        return [list(fields)]
    return [[*any_type, *group] for group in by_type.values()]


def _shape(type_: GraphQLOutputType) -> tuple[list[bool], str | None]:
    """Return the shape of a type's values: lists and nulls around a leaf or an object."""
    shape = []
    inner: GraphQLType = type_
    while is_list_type(inner) or is_non_null_type(inner):
        shape.append(is_list_type(inner))
        inner = inner.of_type
    assert is_leaf_type(inner) or is_composite_type(inner)
    return shape, inner.name if is_leaf_type(inner) else None
