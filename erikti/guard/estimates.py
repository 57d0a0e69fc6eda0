"""The estimated cost of an operation: sums and products in which page sizes are variables."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from graphql import IntValueNode, ListValueNode, NullValueNode, ValueNode, VariableNode

# The maximum of an estimate: a document can double it with each fragment.
MOST = 10**9
Variables = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Size:
    """The size of a list by its arguments: the largest of them, or ``otherwise`` without any.

    If ``items`` is set, the arguments are lists and there is one result for each item. The size is
    at most ``ceiling``.
    """

    otherwise: int
    known: tuple[int, ...] = ()
    names: tuple[str, ...] = ()
    items: str = ""
    ceiling: int = MOST

    def value(self, variables: Variables) -> int:
        """Return the size with these variables."""
        found = [*self.known, *(self._given(variables.get(name)) for name in self.names)]
        size = min(max((n for n in found if n >= 0), default=self.otherwise), MOST)
        return min(size, self.ceiling)

    def _given(self, value: object) -> int:
        """Return the size in a variable, -1 for none; other values fail later."""
        if self.items:
            # GraphQL coerces a single value to a list of one.
            return len(value) if isinstance(value, list) else -1 if value is None else 1
        if isinstance(value, float) and value.is_integer():
            return max(int(value), 0)
        return max(value, 0) if type(value) is int else -1


def size_of(given: Iterable[ValueNode], otherwise: int, items: str, ceiling: int = MOST) -> Size:
    """Return the size that the values of slicing arguments request."""
    known = []
    names = []
    for value in given:
        if isinstance(value, VariableNode):
            names.append(value.name.value)
        elif isinstance(value, NullValueNode):
            continue
        elif items:
            known.append(len(value.values) if isinstance(value, ListValueNode) else 1)
        elif isinstance(value, IntValueNode):
            # Longer numbers are not valid as Int, and are slow to parse.
            known.append(max(int(value.value), 0) if len(value.value) < 12 else MOST)
    return Size(otherwise, tuple(known), tuple(names), items, ceiling)


@dataclass(frozen=True, slots=True)
class Estimate:
    """Points and objects: a constant part and parts that depend on variables.

    ``terms`` are sizes, each with the estimate of one item. Of each of the ``choices`` only one
    applies.
    """

    cost: int = 0
    nodes: int = 0
    terms: tuple[tuple[Size, "Estimate"], ...] = ()
    choices: tuple[tuple["Estimate", ...], ...] = field(default=())

    @property
    def certain(self) -> bool:
        """Whether it does not depend on variables."""
        return not self.terms and not self.choices

    def value(
        self, variables: Variables, known: dict[int, tuple[int, int]] | None = None
    ) -> tuple[int, int]:
        """Return the points and objects with these variables."""
        if self.certain:
            return self.cost, self.nodes
        known = {} if known is None else known
        found = known.get(id(self))
        if found is None:
            found = known[id(self)] = self._value(variables, known)
        return found

    def _value(self, variables: Variables, known: dict[int, tuple[int, int]]) -> tuple[int, int]:
        cost, nodes = self.cost, self.nodes
        for size, each in self.terms:
            count = size.value(variables)
            each_cost, each_nodes = each.value(variables, known)
            cost += count * each_cost
            nodes += count * each_nodes
        for choice in self.choices:
            values = [estimate.value(variables, known) for estimate in choice]
            cost += max(value[0] for value in values)
            nodes += max(value[1] for value in values)
        return min(cost, MOST), min(nodes, MOST)


NOTHING = Estimate()


def total(estimates: Iterable[Estimate]) -> Estimate:
    """Return the sum of estimates."""
    cost = nodes = 0
    open_: list[Estimate] = []
    for estimate in estimates:
        cost += estimate.cost
        nodes += estimate.nodes
        if not estimate.certain:
            open_.append(estimate)
    if not open_ and not cost and not nodes:
        return NOTHING
    return Estimate(
        min(cost, MOST),
        min(nodes, MOST),
        tuple(term for estimate in open_ for term in estimate.terms),
        tuple(choice for estimate in open_ for choice in estimate.choices),
    )


def times(size: Size, each: Estimate) -> Estimate:
    """Return the estimate of a number of items."""
    if each is NOTHING:
        return NOTHING
    if size.names:
        return Estimate(terms=((size, each),))
    count = size.value({})
    if not each.certain:
        return Estimate(terms=((Size(count), each),))
    return Estimate(min(count * each.cost, MOST), min(count * each.nodes, MOST))


def one_of(estimates: Iterable[Estimate]) -> Estimate:
    """Return the largest of estimates, of which there is at least one."""
    found = tuple(estimates)
    if all(estimate.certain for estimate in found):
        return Estimate(max(e.cost for e in found), max(e.nodes for e in found))
    return Estimate(choices=(found,))
