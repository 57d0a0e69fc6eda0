"""One walk over a document that measures each selection set, and each fragment, once."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from math import prod

from graphql import (
    DirectiveNode,
    EnumValueNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLNamedType,
    InlineFragmentNode,
    ListValueNode,
    Node,
    ObjectValueNode,
    SelectionSetNode,
    ValueNode,
    is_abstract_type,
)

from erikti.errors import LimitError
from erikti.guard.conditions import Conditions
from erikti.guard.costs import CostModel, Field, FieldCost
from erikti.guard.estimates import MOST, NOTHING, Estimate, Size, one_of, size_of, times, total
from erikti.guard.limits import Limits

INTROSPECTION = ("__schema", "__type")
REPRESENTATIONS = "representations"
# The assumed size of lists without a declared one.
UNDECLARED = Size(20)


@dataclass(slots=True)
class Measure:
    """The measures of a selection set and everything below it.

    ``level`` counts the fields in it, including those of its fragments; ``introspection`` is the
    depth below ``__schema`` and ``__type``, which ``depth`` does not include. ``lists`` holds
    estimates of one item of lists whose size is declared by the field above. ``entities`` are the
    numbers of representations, each with its first place.
    """

    fields: int = 0
    level: int = 0
    aliases: int = 0
    directives: int = 0
    depth: int = 0
    introspection: int = 0
    nesting: int = 1
    deepest: Node | None = None
    estimate: Estimate = NOTHING
    lists: dict[str, Estimate] = field(default_factory=dict)
    conditions: Conditions = field(default_factory=Conditions)
    entities: dict[Size, Node] = field(default_factory=dict)

    def add(self, other: "Measure", is_level: bool) -> None:
        """Add the measures of a selection set within this one."""
        self.fields = min(self.fields + other.fields, MOST)
        self.aliases = min(self.aliases + other.aliases, MOST)
        self.directives = min(self.directives + other.directives, MOST)
        self.introspection = max(self.introspection, other.introspection)
        self.nesting = max(self.nesting, other.nesting + 1)
        self.conditions.add(other.conditions, MOST)
        self.entities = other.entities | self.entities
        if is_level:
            self.level = min(self.level + other.level, MOST)
            self.deepen(other.depth, other.deepest)

    def deepen(self, depth: int, node: Node | None) -> None:
        """Record the depth of a selection if it is the deepest."""
        if depth > self.depth:
            self.depth, self.deepest = depth, node


EMPTY = Measure()


class Walk:
    """The walk over one document; raises GraphQLError if a limit stops it."""

    def __init__(
        self, model: CostModel, limits: Limits, fragments: Mapping[str, FragmentDefinitionNode]
    ) -> None:
        self._model = model
        self._limits = limits
        self._fragments = fragments
        self._known: dict[str, Measure] = {}

    def measure(
        self, selection_set: SelectionSetNode, parent: GraphQLNamedType | None, nesting: int = 1
    ) -> Measure:
        """Return the measures of a selection set of a type."""
        if nesting > self._limits.nesting:
            raise LimitError.exceeded(
                "nesting", nesting, self._limits.nesting, "levels", selection_set
            )
        found = Measure()
        parts: list[Estimate] = []
        by_type: dict[str, list[Estimate]] = {}
        for selection in selection_set.selections:
            self._directives(found, selection.directives)
            if isinstance(selection, FieldNode):
                parts.append(self._field(found, selection, parent, nesting))
                continue
            type_, inner = self._fragment(selection, parent, nesting)
            found.add(inner, is_level=True)
            # Of selections on several object types only one applies.
            aside = parts
            if type_ is not None and not is_abstract_type(type_):
                aside = by_type.setdefault(type_.name, [])
            aside.append(inner.estimate)
            for name, each in inner.lists.items():
                found.lists[name] = total([found.lists.get(name, NOTHING), each])
        if by_type:
            parts.append(one_of(map(total, by_type.values())))
        found.estimate = total(parts)
        return found

    def _fragment(
        self, selection: Node, parent: GraphQLNamedType | None, nesting: int
    ) -> tuple[GraphQLNamedType | None, Measure]:
        if isinstance(selection, InlineFragmentNode):
            condition = selection.type_condition
            type_ = self._model.schema.get_type(condition.name.value) if condition else parent
            return type_, self.measure(selection.selection_set, type_, nesting + 1)
        assert isinstance(selection, FragmentSpreadNode)
        name = selection.name.value
        fragment = self._fragments.get(name)
        if fragment is None:
            return parent, EMPTY
        type_ = self._model.schema.get_type(fragment.type_condition.name.value)
        if name not in self._known:
            self._known[name] = EMPTY  # for cycles, which validation reports
            self._known[name] = self.measure(fragment.selection_set, type_, nesting + 1)
            self._directives(self._known[name], fragment.directives)
        return type_, self._known[name]

    def _field(
        self, found: Measure, node: FieldNode, parent: GraphQLNamedType | None, nesting: int
    ) -> Estimate:
        name = node.name.value
        definition = self._model.field(parent, name)
        inner = EMPTY
        if node.selection_set:
            below = definition.below if definition else None
            inner = self.measure(node.selection_set, below, nesting + 1)
            found.add(inner, is_level=False)
        found.fields += 1
        found.level += 1
        found.aliases += node.alias is not None
        if name in INTROSPECTION:
            found.introspection = max(found.introspection, inner.depth)
            found.deepen(1, node)
        else:
            found.deepen(inner.depth + 1, inner.deepest or node)
        self.values(argument.value for argument in node.arguments or ())
        if definition is None:
            return inner.estimate
        for argument in node.arguments or ():
            if type_ := definition.conditions.get(argument.name.value):
                found.conditions.read(argument, type_, self._model.condition)
        return self._estimate(found, node, definition, inner)

    def _estimate(
        self, found: Measure, node: FieldNode, definition: Field, inner: Measure
    ) -> Estimate:
        declared = definition.declared
        given = {argument.name.value: argument.value for argument in node.arguments or ()}
        charged = sum(weight for name, weight in declared.arguments.items() if name in given)
        slicing = [declared.items] if declared.items else declared.slicing
        size = size_of(
            [given[n] for n in slicing if n in given],
            declared.assumed or 0,
            declared.items,
            _combinations(declared, given),
        )
        if declared.items == REPRESENTATIONS:
            found.entities.setdefault(size, given.get(REPRESENTATIONS, node))
        below = [inner.estimate]
        for name, each in inner.lists.items():
            below.append(times(size if name in declared.sized else UNDECLARED, each))
        own = Estimate(definition.weight, definition.nodes)
        one = total([own, *below])
        extra = Estimate(charged)
        if not definition.is_list:
            return total([one, extra])
        if declared.assumed is None and not slicing:
            known = found.lists.get(node.name.value, NOTHING)
            found.lists[node.name.value] = total([known, one])
            return extra
        return total([times(size, one), extra])

    def _directives(self, found: Measure, nodes: Sequence[DirectiveNode] | None) -> None:
        if nodes:
            found.directives += len(nodes)
            self.values(a.value for node in nodes for a in node.arguments or ())

    def values(self, nodes: Iterable[ValueNode | None]) -> None:
        """Check the lists in values; raise GraphQLError at the first that is too long."""
        most = self._limits.input_items
        waiting: list[ValueNode | None] = list(nodes)
        while waiting:
            node = waiting.pop()
            if isinstance(node, ListValueNode):
                if len(node.values) > most:
                    raise LimitError.exceeded("input_items", len(node.values), most, "items", node)
                waiting += node.values
            elif isinstance(node, ObjectValueNode):
                waiting += [item.value for item in node.fields]


def _combinations(declared: FieldCost, given: Mapping[str, ValueNode]) -> int:
    """Return the maximum number of different items of a list by its arguments."""
    found = MOST
    for name, kinds in declared.kinds.items():
        value = given.get(name)
        values = value.values if isinstance(value, ListValueNode) else [value]
        found = min(found, prod(_kinds(v, kinds) for v in values))
    return found


def _kinds(value: ValueNode | None, kinds: Mapping[str, int]) -> int:
    return kinds.get(value.value, MOST) if isinstance(value, EnumValueNode) else MOST


def fragments_of(definitions: Iterable[Node]) -> Iterator[tuple[str, FragmentDefinitionNode]]:
    """Yield the fragments among definitions with their names."""
    for definition in definitions:
        if isinstance(definition, FragmentDefinitionNode):
            yield definition.name.value, definition
