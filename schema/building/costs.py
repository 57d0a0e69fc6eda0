"""Costs of fields and sizes of lists: ``@cost`` and ``@listSize``, as defined by Apollo."""

from collections.abc import Iterator, Mapping
from dataclasses import replace

import strawberry
from graphql import (
    GraphQLArgument,
    GraphQLEnumType,
    GraphQLField,
    GraphQLInputObjectType,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLSchema,
    get_named_type,
    get_nullable_type,
    is_composite_type,
)
from strawberry.federation.schema_directives import Cost, ListSize
from strawberry.utils.str_converters import to_camel_case

from erikti.database.dialect import Truncation
from erikti.database.fields import YEARS
from erikti.executor import CONDITIONS, WEIGHT
from erikti.guard.costs import FieldCost
from resolvers.connections import DEFAULT_SIZE
from resolvers.dataloaders.listings import LISTINGS
from resolvers.dataloaders.people import SMALL
from resolvers.filters import Conditions
from resolvers.groupings import MAX_GROUPS
from resolvers.statistics import FIGURES_OF_A_YEAR

SLICING = ["first", "last"]
MONTHS = 12
FIGURES = 30
CODE_LISTS = 40
CODES = 20  # in one list
FEW = 20
GROUPING_ARGUMENT = "by"
# The records of small tables, by their types.
MOST = {found.model.__name__: found.most for found in SMALL}
MOST_YEARS = len(YEARS) + 2  # in the country an instant may fall into an adjacent year
# 54, because weeks can start in the previous year and end in the next.
PER_YEAR = {
    Truncation.YEAR: 1,
    Truncation.QUARTER: 4,
    Truncation.MONTH: 12,
    Truncation.WEEK: 54,
}
# Counting reads rows that are not returned.
COUNT = Cost(weight=5)
GROUPING = Cost(weight=25)
# Keys of groups that refer to a closed list of reference data, which is read once.
FREE = Cost(weight=0)
COUNTED = Cost(weight=FIGURES_OF_A_YEAR)
# An index finds the matches of names, but they may be many; codes are read one by one.
SEARCHING = Cost(weight=25)


def _sized(size: int, slicing: list[str] | None = None, sized: list[str] | None = None) -> ListSize:
    return ListSize(
        assumed_size=size,
        slicing_arguments=slicing or strawberry.UNSET,
        sized_fields=sized or strawberry.UNSET,
        require_one_slicing_argument=False,
    )


def at_most(size: int) -> ListSize:
    """Return the directive for a list of at most ``size`` items."""
    return _sized(size)


PAGES = _sized(DEFAULT_SIZE, SLICING, ["nodes", "edges"])
GROUPS = _sized(MAX_GROUPS, SLICING, ["nodes", "edges"])

# Lists with one item for each item of an argument, which directives cannot express.
ITEMS = {
    ("Query", "nodes"): "ids",
    ("Query", "codeLists"): "names",
    ("Query", "_entities"): "representations",
}


def costs(schema: GraphQLSchema) -> Mapping[tuple[str, str], FieldCost]:
    """Return the costs that the schema's directives declare, by type and field."""
    found = dict(_declared(schema)) | {("Query", "_service"): FieldCost(weight=100)}
    for place, argument in ITEMS.items():
        found[place] = replace(found.get(place, FieldCost()), items=argument)
    return found


def weigh(schema: GraphQLSchema) -> None:
    """Tell the executor what fields cost besides objects, and which arguments are conditions."""
    for type_ in schema.type_map.values():
        for field in type_.fields.values() if isinstance(type_, GraphQLObjectType) else ():
            found = _cost(field)
            for name in found.conditions:
                field.args[name].extensions[CONDITIONS] = True
            own = found.weight or 0
            if found.weight == 0 and is_composite_type(get_nullable_type(field.type)):
                own = -1  # the object is free
            if weight := own + sum(found.arguments.values()):
                field.extensions[WEIGHT] = weight


def _declared(schema: GraphQLSchema) -> Iterator[tuple[tuple[str, str], FieldCost]]:
    for type_ in schema.type_map.values():
        if isinstance(type_, GraphQLInputObjectType):
            for name, member in type_.fields.items():
                if (weight := _weight(member)) is not None:
                    yield (type_.name, name), FieldCost(weight)
        if isinstance(type_, GraphQLObjectType):
            for name, field in type_.fields.items():
                if (found := _cost(field)) != FieldCost():
                    yield (type_.name, name), found


def _cost(field: GraphQLField) -> FieldCost:
    weight = _weight(field)
    weights = {name: _weight(argument) for name, argument in field.args.items()}
    arguments = {name: cost for name, cost in weights.items() if cost is not None}
    conditions = tuple(n for n, argument in field.args.items() if _holds_conditions(argument))
    definition = field.extensions.get("strawberry-definition")
    for directive in definition.directives if definition else ():
        if isinstance(directive, ListSize):
            return FieldCost(
                weight,
                arguments,
                directive.assumed_size,
                directive.slicing_arguments or (),
                directive.sized_fields or (),
                kinds=_kinds(field) if GROUPING_ARGUMENT in field.args else {},
                conditions=conditions,
            )
    return FieldCost(weight, arguments, conditions=conditions)


def _holds_conditions(argument: GraphQLArgument) -> bool:
    definition = get_named_type(argument.type).extensions.get("strawberry-definition")
    origin = getattr(definition, "origin", None)
    return isinstance(origin, type) and issubclass(origin, Conditions)


def _kinds(field: GraphQLField) -> Mapping[str, Mapping[str, int]]:
    """Return the possible number of keys for each dimension of a groups field, if known."""
    page = get_named_type(field.type)
    dimensions = get_named_type(field.args[GROUPING_ARGUMENT].type)
    assert isinstance(page, GraphQLObjectType)
    group = get_named_type(page.fields["nodes"].type)
    assert isinstance(group, GraphQLObjectType)
    assert isinstance(dimensions, GraphQLEnumType)
    keys = {
        name: get_named_type(group.fields[to_camel_case(name.lower())].type)
        for name in dimensions.values
    }
    (listing,) = (x for x in LISTINGS.values() if f"{x.name}Group" == group.name)
    units = {name: listing.dimensions[name.lower()].truncation for name in keys}
    counts = {
        name: MOST_YEARS * PER_YEAR[unit] if (unit := units[name]) else _values(type_)
        for name, type_ in keys.items()
    }
    # One more for records without a value.
    return {GROUPING_ARGUMENT: {name: count + 1 for name, count in counts.items() if count}}


def _values(type_: GraphQLNamedType) -> int | None:
    if isinstance(type_, GraphQLEnumType):
        return len(type_.values)
    return 2 if type_.name == "Boolean" else MOST.get(type_.name)


def _weight(part: object) -> int | None:
    definition = getattr(part, "extensions", {}).get("strawberry-definition")
    weights = (d.weight for d in getattr(definition, "directives", ()) if isinstance(d, Cost))
    return next(weights, None)
