"""Plans: operations compiled against a schema, for repeated execution."""

from collections.abc import Iterator, Sequence
from functools import cached_property

from cachetools import LRUCache
from graphql import (
    FieldNode,
    FragmentDefinitionNode,
    GraphQLField,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLOutputType,
    GraphQLSchema,
    OperationDefinitionNode,
    SelectionNode,
    SelectionSetNode,
    VariableNode,
    get_named_type,
    get_nullable_type,
    is_abstract_type,
    is_leaf_type,
    is_list_type,
    is_non_null_type,
    is_object_type,
)
from graphql.execution.collect_fields import (
    FieldDetailsList,
    FragmentDetails,
    GroupedFieldSet,
    collect_fields,
    collect_subfields,
)
from graphql.execution.values import VariableValues
from graphql.pyutils import Path

from erikti.executor.arguments import Arguments
from erikti.executor.batch_resolvers import BatchResolver, batch_of
from erikti.executor.leaves import Leaf, Reader, converter, leaf, make_reader
from erikti.executor.requested_fields import RequestedFields, collect_requested_fields

MAX_OPERATIONS = 1000
MAX_PLANS_OF_AN_OPERATION = 32
# Extension of a field with its cost in addition to the objects that it returns.
WEIGHT = "weight"
INCREMENTAL = ("defer", "stream")
CONDITIONAL = ("skip", "include")
NO_VARIABLES = VariableValues({}, {})


class FieldPlan:
    """One response key in a scope: its field, and the scopes below it by type."""

    def __init__(
        self, scope: "ScopePlan", position: int, key: str, details: FieldDetailsList
    ) -> None:
        self.scope = scope
        self.position = position
        self.key = key
        self.details = details
        self.node: FieldNode = details[0].node
        self.nodes = [detail.node for detail in details]
        definition = scope.plan.schema.get_field(scope.type, self.node.name.value)
        assert definition is not None
        self.definition: GraphQLField = definition
        self.batch: BatchResolver | None = batch_of(definition)
        self.arguments = Arguments(definition, self.node)
        self.required, named = _wrappers(definition.type)
        # The innermost type is one of these three; the others are None.
        self.leaf_type = named if is_leaf_type(named) else None
        self.abstract_type = named if is_abstract_type(named) else None
        self.object_type = named if is_object_type(named) else None
        self.convert = converter(definition.type) if self.leaf_type else None
        self.name = f"{scope.type}.{self.node.name.value}"
        # Response keys without list indexes: the part of the path common to the whole scope.
        self.path = Path(scope.path, key, scope.type.name)
        # Object types by class of values, as found by by_class functions.
        self.known: dict[type, GraphQLObjectType | None] = {}
        self._below: dict[GraphQLObjectType, ScopePlan] = {}

    def below(self, type_: GraphQLObjectType) -> "ScopePlan":
        """Return the scope of the field's objects of a type."""
        found = self._below.get(type_)
        if found is None:
            plan = self.scope.plan
            fields = collect_subfields(
                plan.schema,
                plan.fragments,
                plan.variables,
                plan.operation,
                type_,
                self.details,
            )
            found = ScopePlan(plan, type_, fields.grouped_field_set, self.path)
            self._below[type_] = found
        return found


def _wrappers(type_: GraphQLOutputType) -> tuple[tuple[bool, ...], GraphQLNamedType]:
    """Return for each list level of a type whether it is non-null, and the innermost type."""
    required = []
    while True:
        required.append(is_non_null_type(type_))
        inner = get_nullable_type(type_)
        if not is_list_type(inner):
            return tuple(required), get_named_type(inner)
        type_ = inner.of_type


class ScopePlan:
    """One object type at one position of an operation.

    ``read`` reads its leaves; ``fields`` are the other fields, ``all_fields`` all of them.
    """

    def __init__(
        self,
        plan: "Plan",
        type_: GraphQLObjectType,
        grouped: GroupedFieldSet,
        path: Path | None = None,
    ) -> None:
        self.plan = plan
        self.type = type_
        self.path = path
        known = [
            (key, details)
            for key, details in grouped.items()
            if plan.schema.get_field(type_, details[0].node.name.value)
        ]
        self.all_fields = [
            FieldPlan(self, position, key, details) for position, (key, details) in enumerate(known)
        ]
        leaves = {field.key: found for field in self.all_fields if (found := self._leaf(field))}
        self.fields = [field for field in self.all_fields if field.key not in leaves]
        # The cost of an object of this scope: one, plus the weights of its fields.
        weights = (field.definition.extensions.get(WEIGHT, 0) for field in self.all_fields)
        self.weight = sum(weights, start=1)
        self.read: Reader = make_reader([key for key, _ in known], leaves, type_.name)

    def _leaf(self, field: FieldPlan) -> Leaf | None:
        name = field.node.name.value
        if name == "__typename":
            return Leaf("__typename", field.definition.type)
        if field.arguments.constant != {}:
            return None
        return leaf(name, field.definition, self.plan.default_resolver)

    def blank(self, count: int) -> list[dict[str, object]]:
        """Return outputs with None for every key."""
        keys = [field.key for field in self.all_fields]
        return [dict.fromkeys(keys) for _ in range(count)]


class Plan:
    """An operation compiled for one combination of ``@skip`` and ``@include`` conditions.

    ``notes`` holds what callers derive from it, for as long as the plan is cached.
    """

    def __init__(
        self,
        schema: GraphQLSchema,
        operation: OperationDefinitionNode,
        fragments: dict[str, FragmentDetails],
        variables: VariableValues,
        default_resolver: bool,
    ) -> None:
        self.schema = schema
        self.operation = operation
        self.fragments = fragments
        self.variables = variables
        self.default_resolver = default_resolver
        self.notes: dict[object, object] = {}

    @cached_property
    def root(self) -> ScopePlan:
        """Return the root scope."""
        root_type = self.schema.get_root_type(self.operation.operation)
        assert root_type is not None
        fields = collect_fields(
            self.schema, self.fragments, self.variables, root_type, self.operation
        )
        return ScopePlan(self, root_type, fields.grouped_field_set)

    @cached_property
    def requested_fields(self) -> RequestedFields:
        """Return the field names that the operation may select, by object type."""
        fragments = {name: details.definition for name, details in self.fragments.items()}
        return collect_requested_fields(self.schema, fragments, self.operation, self.variables)


class _Operation:
    """Facts about an operation that do not depend on variables, and its condition variables."""

    def __init__(
        self, operation: OperationDefinitionNode, fragments: Sequence[FragmentDefinitionNode]
    ) -> None:
        self.operation = operation
        self.fragments = fragments
        # Incremental delivery and arguments of fragments are delegated to graphql-core.
        self.handed_over = any(fragment.variable_definitions for fragment in fragments)
        self.variables: set[str] = set()
        self.plans: dict[tuple[object, ...], Plan] = {}
        for selection_set in (operation, *fragments):
            self._look(selection_set.selection_set)

    def conditions(self, variables: VariableValues) -> VariableValues:
        """Return the variables used in conditions; a plan must not retain the others."""
        if not self.variables:
            return NO_VARIABLES
        sources, coerced = (
            {name: values[name] for name in sorted(self.variables) if name in values}
            for values in (variables.sources, variables.coerced)
        )
        return VariableValues(sources, coerced)

    def _look(self, selection_set: SelectionSetNode) -> None:
        for node in _selections(selection_set):
            for directive in node.directives or ():
                name = directive.name.value
                self.handed_over = self.handed_over or name in INCREMENTAL
                if name in CONDITIONAL:
                    values = (argument.value for argument in directive.arguments or ())
                    found = (v.name.value for v in values if isinstance(v, VariableNode))
                    self.variables.update(found)


def _selections(selection_set: SelectionSetNode) -> Iterator[SelectionNode]:
    waiting = [selection_set]
    while waiting:
        for node in waiting.pop().selections:
            yield node
            if inner := getattr(node, "selection_set", None):
                waiting.append(inner)


class Plans:
    """A bounded cache of the plans of recently executed operations."""

    def __init__(self, size: int = MAX_OPERATIONS) -> None:
        self._operations: LRUCache[int, _Operation] = LRUCache(size)

    def find(
        self,
        schema: GraphQLSchema,
        operation: OperationDefinitionNode,
        fragments: dict[str, FragmentDetails],
        variables: VariableValues,
        default_resolver: bool,
    ) -> Plan | None:
        """Return the plan of an operation, or None if it must be delegated to graphql-core.

        Operations are compared by identity, so callers should cache and reuse parsed documents.
        """
        definitions = [details.definition for details in fragments.values()]
        known = self._operation(operation, definitions)
        if known.handed_over:
            return None
        conditions = known.conditions(variables)
        key = (id(schema), default_resolver, *map(repr, conditions.coerced.items()))
        plan = known.plans.get(key)
        if plan is None or plan.schema is not schema:
            if len(known.plans) >= MAX_PLANS_OF_AN_OPERATION:
                known.plans.clear()
            plan = Plan(schema, operation, fragments, conditions, default_resolver)
            known.plans[key] = plan
        return plan

    def _operation(
        self, operation: OperationDefinitionNode, fragments: Sequence[FragmentDefinitionNode]
    ) -> _Operation:
        known = self._operations.get(id(operation))
        if known is None or not _same(known, operation, fragments):
            known = self._operations[id(operation)] = _Operation(operation, fragments)
        return known


def _same(
    known: _Operation,
    operation: OperationDefinitionNode,
    fragments: Sequence[FragmentDefinitionNode],
) -> bool:
    return (
        known.operation is operation
        and len(known.fragments) == len(fragments)
        and all(a is b for a, b in zip(known.fragments, fragments, strict=True))
    )
