"""The cost of a document's conditions: each comparison counts at each place that uses it."""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from graphql import (
    ArgumentNode,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLNamedType,
    ListValueNode,
    ObjectValueNode,
    ValueNode,
    VariableNode,
    get_named_type,
)

# The points of a comparison: the field of an input type.
Weigh = Callable[[GraphQLInputObjectType, str], int]


@dataclass(slots=True)
class Conditions:
    """The conditions in a selection set and below it.

    ``points`` are those of comparisons in the document itself; ``uses`` counts the places where a
    variable of an input type supplies more.
    """

    points: int = 0
    uses: Counter[tuple[str, GraphQLInputObjectType]] = field(default_factory=Counter)

    def add(self, other: "Conditions", most: int) -> None:
        """Add those of another selection set; counts end at ``most``."""
        self.points = min(self.points + other.points, most)
        for key, count in other.uses.items():
            self.uses[key] = min(self.uses[key] + count, most)

    def read(self, argument: ArgumentNode, type_: GraphQLInputType, weigh: Weigh) -> None:
        """Add those of an argument."""
        waiting: list[tuple[ValueNode, GraphQLNamedType | None]] = [
            (argument.value, get_named_type(type_))
        ]
        while waiting:
            node, named = waiting.pop()
            if isinstance(node, VariableNode):
                if isinstance(named, GraphQLInputObjectType):
                    self.uses[node.name.value, named] += 1
            elif isinstance(node, ListValueNode):
                waiting += [(item, named) for item in node.values]
            elif isinstance(node, ObjectValueNode) and isinstance(named, GraphQLInputObjectType):
                for item in node.fields:
                    inner = self._member(named, item.name.value, weigh)
                    waiting.append((item.value, inner))

    def _member(
        self, type_: GraphQLInputObjectType, name: str, weigh: Weigh
    ) -> GraphQLNamedType | None:
        """Return the type of a member; add its points if it is a comparison."""
        member = type_.fields.get(name)
        inner = get_named_type(member.type) if member else None
        if not isinstance(inner, GraphQLInputObjectType):
            self.points += weigh(type_, name)
        return inner

    def cost(self, variables: Mapping[str, object], weigh: Weigh) -> int:
        """Return the points of all conditions with these variables."""
        stated = (
            count * points_of(type_, variables.get(name), weigh)
            for (name, type_), count in self.uses.items()
        )
        return self.points + sum(stated)


def points_of(type_: GraphQLInputObjectType, value: object, weigh: Weigh) -> int:
    """Return the points of comparisons in a variable's value; invalid values fail later."""
    points = 0
    waiting: list[tuple[GraphQLInputObjectType, object]] = [(type_, value)]
    while waiting:
        named, given = waiting.pop()
        if isinstance(given, list):
            waiting += [(named, item) for item in given]
        elif isinstance(given, dict):
            for name, item in given.items():
                member = named.fields.get(name)
                inner = get_named_type(member.type) if member else None
                if isinstance(inner, GraphQLInputObjectType):
                    waiting.append((inner, item))
                else:
                    points += weigh(named, name)
    return points
