"""What fields cost and how long their lists are: ``@cost`` and ``@listSize`` as values.

The model is that of the GraphQL cost specification: an object weighs 1 and a scalar 0 unless
something else is declared, and a list weighs its size times one item.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from graphql import (
    GraphQLCompositeType,
    GraphQLField,
    GraphQLNamedType,
    GraphQLSchema,
    get_named_type,
    get_nullable_type,
    is_composite_type,
    is_list_type,
)

from erikti.guard.budget import Remaining
from erikti.guard.estimates import MOST

# Points for descriptions of the schema, whose objects weigh nothing: one of the whole of it,
# or several of single types.
DESCRIPTIONS = {"__schema": 3_000, "__type": 200}


@dataclass(frozen=True)
class FieldCost:
    """What is declared of a field.

    ``weight`` and the weights of ``arguments`` that are given are in points. A list has
    ``assumed`` items, or as many as one of the ``slicing`` arguments says; or one for each
    item of the argument ``items``, of which ``entities`` may be at most that limit. The size
    is that of the fields ``sized`` below, where there are such. ``kinds`` are, for an argument
    with a list of enum values, the different items that each value allows: a list has no
    more items than there are combinations. ``conditions`` are the arguments that hold some,
    whose comparisons have points of their own.
    """

    weight: int | None = None
    arguments: Mapping[str, int] = field(default_factory=dict)
    assumed: int | None = None
    slicing: Collection[str] = ()
    sized: Collection[str] = ()
    items: str = ""
    kinds: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    conditions: Collection[str] = ()


@dataclass(slots=True)
class CostAccount:
    """The points of one operation: what its document asked for, and what its answer came to.

    ``conditions`` are the points of those, and of records that were looked at for it, in both;
    ``fields`` are those of its document. ``allowed`` is how many points it may come to, and
    ``refusal`` why it is not finished: a text, and what it says besides. ``charged`` is what was
    taken from the budget of its caller, and ``left`` what is left of it.
    """

    requested: int = 0
    conditions: int = 0
    fields: int = 0
    allowed: int = MOST
    refusal: tuple[str, dict[str, Any]] | None = None
    actual: int = 0
    charged: int = 0
    left: Remaining | None = None


COMPARISON = 1  # points of a condition of which nothing is declared

# By type and field.
Costs = Mapping[tuple[str, str], FieldCost]
NOT_DECLARED = FieldCost()


class Field:
    """A field of the schema as estimates see it."""

    __slots__ = ("below", "conditions", "declared", "is_list", "nodes", "weight")

    def __init__(self, definition: GraphQLField, declared: FieldCost) -> None:
        type_ = definition.type
        named = get_named_type(type_)
        self.conditions = {name: definition.args[name].type for name in declared.conditions}
        self.below: GraphQLCompositeType | None = named if is_composite_type(named) else None
        self.nodes = int(self.below is not None)
        self.is_list = is_list_type(get_nullable_type(type_))
        self.declared = declared
        given = declared.weight
        self.weight: int = given if given is not None else self.nodes


class CostModel:
    """The fields of a schema with what they cost, by type and name."""

    def __init__(self, schema: GraphQLSchema, costs: Costs) -> None:
        self.schema = schema
        self._costs = costs
        self._known: dict[tuple[str, str], Field | None] = {}

    def field(self, parent: GraphQLNamedType | None, name: str) -> Field | None:
        """The field of a type; None where there is no such, which validation will report."""
        if parent is None:
            return None
        key = (parent.name, name)
        if key in self._known:
            return self._known[key]
        found = None
        if is_composite_type(parent):
            definition = self.schema.get_field(parent, name)
            if definition is None:
                return None  # not kept: there is no end of names
            found = Field(definition, self._declared(parent, name))
            if parent.name.startswith("__"):
                found.nodes = 0  # the description as a whole has its price
        self._known[key] = found
        return found

    def condition(self, type_: GraphQLNamedType, name: str) -> int:
        """The points of a comparison, as the field of its input type declares them."""
        weight = self._costs.get((type_.name, name), NOT_DECLARED).weight
        return COMPARISON if weight is None else weight

    def _declared(self, parent: GraphQLNamedType, name: str) -> FieldCost:
        if parent.name.startswith("__"):
            return FieldCost(weight=0)
        if name in DESCRIPTIONS:
            return FieldCost(weight=DESCRIPTIONS[name])
        return self._costs.get((parent.name, name), NOT_DECLARED)
