"""Groups of a list: dimensions, conditions, order and pages, and the types of groups."""

from collections.abc import Callable, Collection
from datetime import date, datetime
from decimal import Decimal
from functools import cache

import strawberry
from strawberry.types.field import StrawberryField

from erikti.database.dialect import Truncation
from models.people import AgeBand
from resolvers.connections import MAX_TERMS
from resolvers.context import Info
from resolvers.dataloaders.dimensions import link_of, models_of, target_of
from resolvers.dataloaders.identities import STANDS_FOR
from resolvers.dataloaders.listings import (
    DURATION_FUNCTIONS,
    NUMBER_FUNCTIONS,
    Dimension,
    Group,
    Listing,
)
from resolvers.dataloaders.loading import Found
from resolvers.global_ids import NODES
from resolvers.groupings import MAX_GROUPS, check_unit, group_count, groups
from resolvers.periods import MAX_PERIODS
from resolvers.relations import BatchResolver, Loaded
from schema.building.annotations import Type, of_records, optional, several
from schema.building.columns import describe, value_type
from schema.building.costs import FREE, GROUPING, GROUPS, MOST
from schema.building.fields import batch_field
from schema.building.inputs import (
    PREFIX,
    InputField,
    argument,
    bounds,
    make_enum,
    make_input,
    make_order,
)
from schema.building.page_types import Wording, page_type
from schema.building.permissions import PUBLIC, rule_of
from schema.building.wording import in_code, plural, singular

BY = f"Dimensions to group by, from 1 to {MAX_TERMS}."
HAVING = "Conditions on the groups; by default all groups are returned."
ORDER = "Order of the groups; by default the largest come first."
FILL = (
    "Whether periods without records have groups too, with the count 0: each period between the "
    f"bounds that the filter has for the one grouped date, at most {MAX_PERIODS}; false by default."
)
FIRST = (
    "Number of groups from the start of their order or after `after`: from 1 to "
    f"{MAX_GROUPS}, by default {MAX_GROUPS}."
)
LAST = f"Number of groups from the end of their order or before `before`: from 1 to {MAX_GROUPS}."
AFTER = "Cursor of the group after which the page starts."
BEFORE = "Cursor of the group before which the page ends."
COUNT = "The number of records in the group."
SUPPRESSED_COUNT = "The number of records in the group; null if it is suppressed."
SUPPRESSED = (
    "Whether the count is suppressed to protect the people counted, as in groups of volunteers by "
    "sex or age band: there, callers without the scope people:read and a purpose get no small "
    "counts, and no measures."
)
EACH = "; a record counts in the group of each, and without any in none"
FUNCTION_NAMES = {
    "sum": "Sum",
    "avg": "Average",
    "min": "Minimum",
    "max": "Maximum",
    "median": "Median",
    "p90": "Ninetieth percentile",
}


@strawberry.type(
    name=f"{PREFIX}Measures",
    description="Aggregates of a number within a group.",
    directives=[PUBLIC],
)
class Measures:
    """Sum, average and extremes of a number; None if no record has a value."""

    sum: Decimal | None = strawberry.field(
        default=None,
        description="The sum of the values, with as many decimals as they have; null if "
        "there are none.",
    )
    avg: Decimal | None = strawberry.field(
        default=None,
        description="The arithmetic mean, rounded to four more decimals than the values have; null "
        "if there are none.",
    )
    min: Decimal | None = strawberry.field(
        default=None,
        description="The smallest value, in the unit of the values; null if there are none.",
    )
    max: Decimal | None = strawberry.field(
        default=None,
        description="The largest value, in the unit of the values; null if there are none.",
    )


@strawberry.type(
    name=f"{PREFIX}DurationMeasures",
    description="Aggregates of a length of time within a group, in hours with two decimals.",
    directives=[PUBLIC],
)
class DurationMeasures:
    """Average, extremes and quantiles of a time in hours; None if no record has one."""

    avg: Decimal | None = strawberry.field(
        default=None,
        description="The arithmetic mean, in hours; null if no record has both instants.",
    )
    min: Decimal | None = strawberry.field(
        default=None, description="The shortest, in hours; null if no record has both instants."
    )
    max: Decimal | None = strawberry.field(
        default=None, description="The longest, in hours; null if no record has both instants."
    )
    median: Decimal | None = strawberry.field(
        default=None,
        description="The shortest time, in hours, that at least half of the records do not exceed; "
        "null if no record has both instants.",
    )
    p90: Decimal | None = strawberry.field(
        default=None,
        description="The shortest time, in hours, that at least 90% of the records do not exceed; "
        "null if no record has both instants.",
    )


def groups_field(listing: Listing, node: type, rules: Collection[object] = ()) -> StrawberryField:
    """Return the field of a connection that groups its records; ``rules`` are its directives."""
    name = listing.name
    dimensions = {
        dimension.name: (dimension.name, _dimension_text(listing, node, dimension))
        for dimension in listing.dimensions.values()
    }
    numbers = {"count": ("count:", COUNT)}
    for measure, functions in listing.functions.items():
        for function in functions:
            text = f"{FUNCTION_NAMES[function]} of {_measure_name(listing, measure)}."
            numbers[f"{measure}_{function}"] = (f"{function}:{measure}", text)
    by_enum = make_enum(f"{name}Dimension", f"Dimensions to group {plural(name)} by.", dimensions)
    term = make_enum(
        f"{name}GroupOrderField",
        f"Fields to order groups of {plural(name)} by.",
        {**dimensions, **numbers},
    )
    order_type = make_order(f"{name}GroupOrder", term)
    having_type = _having(listing, node)

    page = _connection(listing, node, _group(listing, node))
    text = "The records grouped by one or more dimensions."
    field = batch_field(groups, page, text, directives=[GROUPS, *rules])
    field.arguments = [
        argument("by", several(by_enum), BY, required=True, costs=[GROUPING]),
        argument("having", having_type, HAVING),
        argument("order_by", several(order_type), ORDER),
        argument("fill", bool, FILL),
        argument("first", int, FIRST),
        argument("after", str, AFTER),
        argument("last", int, LAST),
        argument("before", str, BEFORE),
    ]
    return field


@cache
def measures_having(is_duration: bool) -> type:
    """Return the input type with conditions on the aggregates of a kind of measure of groups."""
    decimals = bounds(Decimal)
    functions = DURATION_FUNCTIONS if is_duration else NUMBER_FUNCTIONS
    fields = {f: (decimals, f"{FUNCTION_NAMES[f]} of the values.", None) for f in functions}
    kind, name = ("length of time, in hours,", "Duration") if is_duration else ("number", "")
    text = f"Conditions on aggregates of a {kind} of a group, all of which must hold."
    return make_input(f"{PREFIX}{name}MeasuresHaving", text, fields)


def _having(listing: Listing, node: type) -> type:
    fields: dict[str, InputField] = {"count": (bounds(int), COUNT, None)}
    for measure in listing.functions:
        kind = measures_having(is_duration=listing.duration(measure) is not None)
        fields[measure] = (kind, _measures_text(listing, measure), None)
    text = f"Conditions on groups of {plural(listing.name)}, all of which must hold."
    return make_input(f"{listing.name}Having", text, fields)


def _connection(listing: Listing, node: type, group: type) -> type:
    """Return the type of a page of groups; its edges and cursors are those of every list."""
    groups_of = f"of {plural(listing.name)}"
    words = Wording(
        item="group",
        whole="order",
        edge=f"A group {groups_of} in a page of groups.",
        page=f"A page of groups {groups_of}.",
    )
    text = "The number of groups that meet the conditions, on all pages."
    fields = {"total_count": batch_field(group_count, int, text)}
    return page_type(f"{listing.name}Group", group, rule_of(node), words, fields)


def _group(listing: Listing, node: type) -> type:
    fields: dict[str, object] = {
        dimension.name: batch_field(
            _key(listing, dimension),
            optional(_key_type(listing, dimension)),
            f"{_dimension_text(listing, node, dimension)[:-1]}; null unless grouped by it.",
            directives=_key_costs(listing, dimension),
        )
        for dimension in listing.dimensions.values()
    }
    # So that a dimension of people, which suppresses small counts, can be added later.
    personal = listing.model in STANDS_FOR
    fields["count"] = strawberry.field(description=SUPPRESSED_COUNT if personal else COUNT)
    if personal:
        fields["suppressed"] = strawberry.field(description=SUPPRESSED)
    for measure in listing.functions:
        type_ = DurationMeasures if listing.duration(measure) else Measures
        text = _measures_text(listing, measure)
        fields[measure] = batch_field(_measure(listing, measure, type_), type_, text)
    fields["__annotations__"] = (
        {"count": int | None, "suppressed": bool} if personal else {"count": int}
    )
    return strawberry.type(
        type(f"{listing.name}Group", (), fields),
        description=f"A group of {plural(listing.name)} with the same values of the dimensions.",
        directives=[rule_of(node)],
    )


def _measure_name(listing: Listing, measure: str) -> str:
    """Return a measure in a sentence: a field's name in code, or words."""
    return (
        f"the {measure.replace('_', ' ')}, in hours"
        if listing.duration(measure)
        else in_code(measure)
    )


def _measures_text(listing: Listing, measure: str) -> str:
    if duration := listing.duration(measure):
        start, end = in_code(duration.start), in_code(duration.end)
        return f"Average, extremes and quantiles, in hours, of the time from {start} to {end}."
    unit = listing.unit(measure)
    needs = f" Requires groups by {unit.upper()}." if unit else ""
    return f"Sum, average, minimum and maximum of {in_code(measure)} in the group.{needs}"


def _dimension_text(listing: Listing, node: type, dimension: Dimension) -> str:
    if dimension.bands:
        return f"The age band of the person of each {singular(listing.name)}, by the year of birth."
    if dimension.steps:
        held = (" of the ".join(reversed(each.steps)) for each in dimension.alternatives)
        owners = ", or else of the ".join(held).replace("_", " ")
        name = dimension.field.replace("_", " ")
        if link_of(listing, dimension):
            return f"One of the {name} of the {owners} of each {singular(listing.name)}{EACH}."
        return f"The {name} of the {owners} of each {singular(listing.name)}."
    if dimension.truncation is None:
        if dimension.field in listing.tags and dimension.field in listing.filters:
            return f"One of {in_code(dimension.field)}{EACH}."
        return describe(node, dimension.field, dimension.name)
    unit, date_of = dimension.truncation, in_code(dimension.field)
    monday = ", a Monday" if unit is Truncation.WEEK else ""
    is_instant = value_type(listing.model, listing.column(dimension.field)) is datetime
    zone = " in the country's time zone" if is_instant else ""
    return f"{unit.capitalize()} of {date_of}{zone} (its first day{monday})."


def _key_type(listing: Listing, dimension: Dimension) -> Type:
    if dimension.bands:
        return AgeBand
    if target := target_of(listing, dimension):
        return of_records(target)
    if dimension.truncation is not None:
        return date
    if link := link_of(listing, dimension):
        return value_type(link.model, link.value)
    return value_type(models_of(listing, dimension)[-1], dimension.field)


def _key_costs(listing: Listing, dimension: Dimension) -> list[object]:
    target = target_of(listing, dimension)
    return [FREE] if target is not None and target.__name__ in MOST else []


def _key(listing: Listing, dimension: Dimension) -> BatchResolver:
    """Return a resolver of one key of groups: the values, or the records that they refer to."""
    target = target_of(listing, dimension)

    def resolve(parents: list[Group], info: Info) -> Loaded[object]:
        keys = [parent.keys.get(dimension.name) for parent in parents]
        if target is None:
            return keys
        found: Found[object] = NODES[target.__name__].found
        return info.context.loaders.of(found).load_many(keys)

    return resolve


def _measure(listing: Listing, name: str, make: Callable[..., object]) -> BatchResolver:
    def resolve(parents: list[Group], info: Info) -> list[object]:
        for parent in parents[:1]:
            check_unit(listing, name, parent.keys, "by")
        # A measure is computed only if one of its numbers is requested.
        return [make(**parent.measures.get(name, {})) for parent in parents]

    return resolve
