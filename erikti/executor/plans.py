"""Plans: operations compiled against a schema, to be executed any number of times."""

from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import Any

from cachetools import LRUCache
from graphql import (
    FieldNode,
    FragmentDefinitionNode,
    GraphQLField,
    GraphQLObjectType,
    GraphQLOutputType,
    GraphQLSchema,
    OperationDefinitionNode,
    SelectionSetNode,
    VariableNode,
    is_leaf_type,
    is_list_type,
    is_non_null_type,
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
# Where a field says, among its extensions, what it costs besides the objects it answers with.
WEIGHT = "weight"
INCREMENTAL = ("defer", "stream")
CONDITIONAL = ("skip", "include")
NO_VARIABLES = VariableValues({}, {})


class FieldPlan:
    """One response key in a scope: what it is, and the scopes below it by type."""

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
        self.required, self.named = _wrappers(definition.type)
        self.is_leaf = is_leaf_type(self.named)
        self.convert = converter(definition.type) if self.is_leaf else None
        self.name = f"{scope.type}.{self.node.name.value}"
        # Response keys without the indexes of lists: what the whole scope has in common.
        self.path = Path(scope.path, key, scope.type.name)
        # The object types that classes of values turned out to be of.
        self.known: dict[type, GraphQLObjectType | None] = {}
        self._below: dict[GraphQLObjectType, ScopePlan] = {}

    def below(self, type_: GraphQLObjectType) -> "ScopePlan":
        """The scope of the objects of a type that this field leads to."""
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


def _wrappers(type_: GraphQLOutputType) -> tuple[tuple[bool, ...], Any]:
    """Whether null is refused, for the type itself and each list level in it; its innermost."""
    required = []
    inner: Any = type_
    while True:
        required.append(is_non_null_type(inner))
        if required[-1]:
            inner = inner.of_type
        if not is_list_type(inner):
            return tuple(required), inner
        inner = inner.of_type


class ScopePlan:
    """One object type at one place of an operation.

    ``read`` answers its leaves; ``fields`` are the others, ``all_fields`` all of them.
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
        # What an object of this scope costs: one, and what its fields weigh by themselves.
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

    def blank(self, count: int) -> list[dict[str, Any]]:
        """Answers without any leaf read."""
        keys = [field.key for field in self.all_fields]
        return [dict.fromkeys(keys) for _ in range(count)]


class Plan:
    """An operation compiled for one choice of what ``@skip`` and ``@include`` leave in.

    ``notes`` are what others worked out of it and want to find again.
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
        self.notes: dict[Any, Any] = {}

    @cached_property
    def root(self) -> ScopePlan:
        """The scope of the operation itself."""
        root_type = self.schema.get_root_type(self.operation.operation)
        assert root_type is not None
        fields = collect_fields(
            self.schema, self.fragments, self.variables, root_type, self.operation
        )
        return ScopePlan(self, root_type, fields.grouped_field_set)

    @cached_property
    def requested_fields(self) -> RequestedFields:
        """Field names by object type that the operation may ask for."""
        fragments = {name: details.definition for name, details in self.fragments.items()}
        return collect_requested_fields(self.schema, fragments, self.operation, self.variables)


class _Operation:
    """What is known of an operation whatever its variables: which of them choose its plan."""

    def __init__(
        self, operation: OperationDefinitionNode, fragments: Sequence[FragmentDefinitionNode]
    ) -> None:
        self.operation = operation
        self.fragments = fragments
        # Incremental delivery and arguments of fragments are graphql-core's to execute.
        self.handed_over = any(fragment.variable_definitions for fragment in fragments)
        self.variables: set[str] = set()
        self.plans: dict[tuple[Any, ...], Plan] = {}
        for selection_set in (operation, *fragments):
            self._look(selection_set.selection_set)

    def conditions(self, variables: VariableValues) -> VariableValues:
        """The variables that conditions look at; a plan must not hold on to the others."""
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


def _selections(selection_set: SelectionSetNode) -> Iterator[Any]:
    waiting = [selection_set]
    while waiting:
        for node in waiting.pop().selections:
            yield node
            if inner := getattr(node, "selection_set", None):
                waiting.append(inner)


class Plans:
    """The plans of the operations last executed, a bounded number of them."""

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
        """The plan of an operation; None for one that is not to be executed by one.

        Operations are known by identity, so parsed documents should be kept and given again.
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
