"""The fields that an operation selects, by type."""

from collections.abc import Collection, Mapping

from graphql import (
    FieldNode,
    FragmentDefinitionNode,
    GraphQLIncludeDirective,
    GraphQLSchema,
    GraphQLSkipDirective,
    InlineFragmentNode,
    OperationDefinitionNode,
    SelectionNode,
    SelectionSetNode,
    get_directive_values,
    get_named_type,
    is_abstract_type,
    is_composite_type,
    is_object_type,
)
from graphql.execution.values import VariableValues

RequestedFields = Mapping[str, Collection[str]]


class _Walk:
    """A traversal of an operation; visits each selection set once for each set of types."""

    def __init__(
        self,
        schema: GraphQLSchema,
        fragments: Mapping[str, FragmentDefinitionNode],
        variables: VariableValues | None,
    ) -> None:
        self.schema = schema
        self.fragments = fragments
        self.variables = variables
        self.requested_fields: dict[str, set[str]] = {}
        self.seen: set[tuple[int, frozenset[str]]] = set()

    def visit(self, selection_set: SelectionSetNode, types: frozenset[str]) -> None:
        if not types or (id(selection_set), types) in self.seen:
            return
        self.seen.add((id(selection_set), types))
        for selection in selection_set.selections:
            if not self.included(selection):
                continue
            if isinstance(selection, FieldNode):
                self.field(selection, types)
            elif isinstance(selection, InlineFragmentNode):
                condition = selection.type_condition
                name = condition.name.value if condition else None
                self.visit(selection.selection_set, types & self.objects(name) if name else types)
            elif fragment := self.fragments.get(selection.name.value):  # type: ignore[attr-defined]
                name = fragment.type_condition.name.value
                self.visit(fragment.selection_set, types & self.objects(name))

    def field(self, node: FieldNode, types: frozenset[str]) -> None:
        below: frozenset[str] = frozenset()
        for name in types:
            parent = self.schema.get_type(name)
            assert is_object_type(parent)
            definition = self.schema.get_field(parent, node.name.value)
            if definition is None:
                continue
            self.requested_fields.setdefault(name, set()).add(node.name.value)
            if node.selection_set and is_composite_type(get_named_type(definition.type)):
                below |= self.objects(get_named_type(definition.type).name)
        if node.selection_set:
            self.visit(node.selection_set, below)

    def included(self, node: SelectionNode) -> bool:
        if self.variables is None:
            return True
        skip = get_directive_values(GraphQLSkipDirective, node, self.variables)
        include = get_directive_values(GraphQLIncludeDirective, node, self.variables)
        return not (skip and skip["if"]) and not (include and not include["if"])

    def objects(self, name: str) -> frozenset[str]:
        type_ = self.schema.get_type(name)
        if is_abstract_type(type_):
            return frozenset(t.name for t in self.schema.get_possible_types(type_))
        return frozenset([name]) if type_ is not None else frozenset()


def collect_requested_fields(
    schema: GraphQLSchema,
    fragments: Mapping[str, FragmentDefinitionNode],
    operation: OperationDefinitionNode,
    variables: VariableValues | None = None,
) -> RequestedFields:
    """Return the field names that an execution may select, by object type.

    Fields excluded by ``@skip`` and ``@include`` under these variables are omitted; without
    variables none are.
    """
    walk = _Walk(schema, fragments, variables)
    root = schema.get_root_type(operation.operation)
    if root is not None:
        walk.visit(operation.selection_set, frozenset([root.name]))
    return walk.requested_fields
