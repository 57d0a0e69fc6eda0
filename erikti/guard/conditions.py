"""What conditions of a document come to: each comparison has its points, at each place anew."""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from graphql import (
    ArgumentNode,
    GraphQLInputObjectType,
    GraphQLInputType,
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
    """The conditions in a selection set with all that is below it.

    ``points`` are those of comparisons that the document states, and ``uses`` how often a
    variable of an input type stands for more of them. ``inside`` are the variables within
    conditions, each with the path where it stands first.
    """

    points: int = 0
    uses: Counter[tuple[str, GraphQLInputObjectType]] = field(default_factory=Counter)
    inside: dict[str, str] = field(default_factory=dict)

    def add(self, other: "Conditions", most: int) -> None:
        """Count those of another selection set too; ``most`` is where counting ends."""
        self.points = min(self.points + other.points, most)
        for key, count in other.uses.items():
            self.uses[key] = min(self.uses[key] + count, most)
        self.inside = other.inside | self.inside

    def read(self, argument: ArgumentNode, type_: GraphQLInputType, weigh: Weigh) -> None:
        """Count those of an argument."""
        waiting: list[tuple[str, ValueNode, Any]] = [
            (argument.name.value, argument.value, get_named_type(type_))
        ]
        while waiting:
            path, node, named = waiting.pop()
            if isinstance(node, VariableNode):
                name = node.name.value
                if isinstance(named, GraphQLInputObjectType):
                    self.uses[name, named] += 1
                if node is not argument.value:
                    self.inside.setdefault(name, path)
            elif isinstance(node, ListValueNode):
                waiting += [(f"{path}.{i}", item, named) for i, item in enumerate(node.values)]
            elif isinstance(node, ObjectValueNode) and isinstance(named, GraphQLInputObjectType):
                for item in node.fields:
                    inner = self._member(named, item.name.value, weigh)
                    waiting.append((f"{path}.{item.name.value}", item.value, inner))

    def _member(self, type_: GraphQLInputObjectType, name: str, weigh: Weigh) -> Any:
        """The type of a member, of which the points count where it is a comparison."""
        member = type_.fields.get(name)
        inner = get_named_type(member.type) if member else None
        if not isinstance(inner, GraphQLInputObjectType):
            self.points += weigh(type_, name)
        return inner

    def cost(self, variables: Mapping[str, Any], weigh: Weigh) -> int:
        """The points of all of them with these variables."""
        stated = (
            count * points_of(type_, variables.get(name), weigh)
            for (name, type_), count in self.uses.items()
        )
        return self.points + sum(stated)


def points_of(type_: GraphQLInputObjectType, value: Any, weigh: Weigh) -> int:
    """The points of the comparisons in a variable's value; what does not fit fails later."""
    points = 0
    waiting = [(type_, value)]
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
