"""The costs of fields and the sizes of lists: ``@cost`` and ``@listSize`` as values.

The model is that of the GraphQL cost specification: an object weighs 1 and a scalar 0 unless
something else is declared, and a list weighs its size times one item.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

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

# Points for introspection of the whole schema or of a type; the objects in it weigh nothing.
DESCRIPTIONS = {"__schema": 3_000, "__type": 200}


@dataclass(frozen=True)
class FieldCost:
    """The declared cost of a field.

    ``weight`` and the weights of ``arguments`` are in points. A list has ``assumed`` items, or as
    many as one of the ``slicing`` arguments states, or one for each item of the argument ``items``
    (representations of entities have a limit). If ``sized`` names fields below, the size is
    theirs. ``kinds`` holds, for an argument with a list of enum values, how many different items
    each value allows: a list has at most as many items as there are combinations. ``conditions``
    are the arguments with conditions, whose comparisons have points of their own.
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
    """The points of one operation: its requested and its actual cost.

    ``conditions`` are the points of conditions and scanned records, part of both; ``fields``
    counts the fields of the document. ``allowed`` is the maximum cost, and ``refusal`` the message
    and extensions of the error that stopped the operation. ``charged`` was charged to the budget
    of the caller, of which ``left`` remains.
    """

    requested: int = 0
    conditions: int = 0
    fields: int = 0
    allowed: int = MOST
    refusal: tuple[str, dict[str, object]] | None = None
    actual: int = 0
    charged: int = 0
    left: Remaining | None = None


COMPARISON = 1  # points of a condition without a declared cost

# By type and field.
Costs = Mapping[tuple[str, str], FieldCost]
NOT_DECLARED = FieldCost()


class Field:
    """A field of the schema with what estimates need."""

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
    """The fields of a schema with their costs, by type and name."""

    def __init__(self, schema: GraphQLSchema, costs: Costs) -> None:
        self.schema = schema
        self._costs = costs
        self._known: dict[tuple[str, str], Field | None] = {}

    def field(self, parent: GraphQLNamedType | None, name: str) -> Field | None:
        """Return a field of a type; None if it does not exist, which validation reports."""
        if parent is None:
            return None
        key = (parent.name, name)
        if key in self._known:
            return self._known[key]
        found = None
        if is_composite_type(parent):
            definition = self.schema.get_field(parent, name)
            if definition is None:
                return None  # not cached: clients can send any number of names
            found = Field(definition, self._declared(parent, name))
            if parent.name.startswith("__"):
                found.nodes = 0  # introspection has a price as a whole
        self._known[key] = found
        return found

    def condition(self, type_: GraphQLNamedType, name: str) -> int:
        """Return the points of a comparison, which the field of its input type declares."""
        weight = self._costs.get((type_.name, name), NOT_DECLARED).weight
        return COMPARISON if weight is None else weight

    def _declared(self, parent: GraphQLNamedType, name: str) -> FieldCost:
        if parent.name.startswith("__"):
            return FieldCost(weight=0)
        if name in DESCRIPTIONS:
            return FieldCost(weight=DESCRIPTIONS[name])
        return self._costs.get((parent.name, name), NOT_DECLARED)
