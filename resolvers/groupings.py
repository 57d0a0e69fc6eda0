"""Groups of a list, as pages with keyset cursors and their total number."""

from collections.abc import Container, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from enum import Enum
from typing import Any, TypeAlias

from erikti.errors import BadUserInputError, ForbiddenError
from resolvers import cursors
from resolvers.connections import (
    MAX_TERMS,
    Connection,
    OrderTerm,
    PageArguments,
    checked_size,
    for_each,
)
from resolvers.context import Info
from resolvers.dataloaders.dimensions import models_of
from resolvers.dataloaders.group_pages import group_order
from resolvers.dataloaders.listings import (
    Aggregate,
    Condition,
    Group,
    GroupPage,
    GroupRequest,
    Listing,
)
from resolvers.dataloaders.lists import Lists
from resolvers.dataloaders.loading import Loader
from resolvers.dataloaders.protected_groups import PROTECTED, region_condition
from resolvers.filters import Conditions, camel, check_field, members_of
from resolvers.periods import periods_of
from resolvers.relations import Loaded
from resolvers.values import decimal

MAX_GROUPS = 500
AVERAGE_PLACES = 6
Number: TypeAlias = int | Decimal


@dataclass(frozen=True)
class GroupArguments:
    """The arguments of a groups field, as sent by the caller."""

    by: Sequence[Enum]
    having: Conditions | None = None
    order_by: Sequence[OrderTerm] | None = None
    fill: bool | None = None


@dataclass(slots=True)
class GroupConnection:
    """The groups of a list as requested by one field, read when a subfield needs them."""

    lists: Lists
    parent: object
    request: GroupRequest
    cursor_key: bytes

    def cursor(self, group: Group) -> str:
        """Return the cursor of a group."""
        purpose = _purpose(self.lists.listing, self.request)
        return cursors.signed(self.cursor_key, purpose, group.position)

    def loader(self) -> Loader[GroupPage]:
        """Return the loader of the page."""
        return self.lists.groups(self.request)


def groups(
    parents: list[Connection],
    info: Info,
    by: Sequence[Enum],
    having: Conditions | None = None,
    order_by: Sequence[OrderTerm] | None = None,
    fill: bool | None = None,
    **page: Any,
) -> list[GroupConnection]:
    """Return the groups of the connections' records."""
    arguments, page_arguments = GroupArguments(by, having, order_by, fill), PageArguments(**page)
    requests: dict[int, GroupRequest] = {}
    found = []
    for list_ in parents:
        if id(list_.request) not in requests:
            condition, lists = list_.request.condition, list_.lists
            request = group_request(info, lists, condition, arguments, page_arguments)
            requests[id(list_.request)] = request
        request, cursor_key = requests[id(list_.request)], list_.cursor_key
        found.append(GroupConnection(list_.lists, list_.parent, request, cursor_key))
    return found


def group_count(parents: list[GroupConnection], info: Info) -> Loaded[int]:
    """Return the numbers of groups, on all pages."""
    return for_each(parents, GroupConnection.loader, lambda _, page: page.total)


def group_request(
    info: Info,
    lists: Lists,
    condition: Condition,
    arguments: GroupArguments,
    page: PageArguments,
) -> GroupRequest:
    """Validate a field's arguments and return the group request."""
    keys, listing = _keys(arguments.by), lists.listing
    protected = lists.is_protected(keys)
    for key in () if protected else keys:
        for dimension in listing.dimensions[key].alternatives:
            names = (*dimension.steps, dimension.field)
            for model, name in zip(models_of(listing, dimension), names, strict=True):
                check_field(info.context, model, name)
    request = GroupRequest(
        by=keys,
        size=checked_size(page, MAX_GROUPS, MAX_GROUPS),
        condition=condition,
        having=_having(arguments.having),
        order=_order(keys, arguments.order_by),
        aggregates=_aggregates(info, listing),
        backward=page.backward,
        periods=periods_of(listing, keys, condition) if arguments.fill else (),
    )
    for aggregate, _, _ in request.having:
        check_unit(listing, aggregate.measure, keys, "having")
    for term, _ in request.order:
        check_unit(listing, term.measure if isinstance(term, Aggregate) else None, keys, "orderBy")
    if protected:
        _check_protected(info, lists, request)
    return _positioned(info, listing, request, page)


def check_unit(listing: Listing, measure: str | None, keys: Container[str], argument: str) -> None:
    """Raise BadUserInputError if groups by these dimensions mix units of a measure."""
    unit = listing.unit(measure) if measure is not None else None
    if unit is not None and unit not in keys:
        text = f"{measure} of different values of {unit} cannot be combined"
        raise BadUserInputError(argument, f"{text}: add {unit.upper()} to by")


def _check_protected(info: Info, lists: Lists, request: GroupRequest) -> None:
    """Reject what the closed list of groups by sex and age does not have.

    Raises BadUserInputError with the place, or ForbiddenError if the caller may count only some
    people of a region.
    """
    policy = info.context.loaders.scope.policy
    if region_condition(policy.of(lists.listing.model)) is None:
        text = "groups by sex or age band need all volunteers of a region, or people:read"
        raise ForbiddenError(
            text, refused=[{"coordinate": f"{lists.listing.name}Connection.groups"}]
        )
    others = [key.upper() for key in request.by if key not in PROTECTED]
    ordered = any(isinstance(key, Aggregate) and key.measure for key, _ in request.order)
    wrong = {
        "by": others or (lists.relation not in (None, "region") and ["groups of a parent"]),
        "filter": region_condition(request.condition) is None and ["filters other than region"],
        "having": any(aggregate.measure for aggregate, _, _ in request.having) and ["measures"],
        "orderBy": ordered and ["measures"],
    }
    for argument, found in wrong.items():
        if found:
            text = f"{', '.join(found)} cannot be combined with SEX and AGE_BAND"
            allowed = "filter by region, group by REGION, and use counts"
            reason = f"without the scope people:read and a purpose (header X-Purpose): {allowed}"
            raise BadUserInputError(argument, f"{text} {reason}")


def _positioned(
    info: Info, listing: Listing, request: GroupRequest, page: PageArguments
) -> GroupRequest:
    purpose = _purpose(listing, request)
    position, until = (
        None
        if cursor is None
        else tuple(cursors.verified(info.context.cursor_key, purpose, cursor, name))
        for name, cursor in page.bounds
    )
    return replace(request, position=position, until=until)


def _purpose(listing: Listing, request: GroupRequest) -> list[str]:
    """Return what a cursor belongs to: the list, its dimensions and the order of its groups."""
    terms = [f"{'-' if down else ''}{_name(key)}" for key, down in group_order(request)]
    return [f"{listing.name}Group", *terms]


def _name(key: str | Aggregate) -> str:
    return key if isinstance(key, str) else f"{key.function}:{key.measure or ''}"


def _keys(by: Sequence[Enum]) -> tuple[str, ...]:
    keys = tuple(key.value for key in by)
    if not keys:
        raise BadUserInputError("by", "give at least one dimension to group by")
    if len(keys) > MAX_TERMS:
        raise BadUserInputError("by", f"at most {MAX_TERMS} dimensions, not {len(keys)}")
    if len(set(keys)) < len(keys):
        raise BadUserInputError("by", "name each dimension at most once")
    return keys


def _aggregates(info: Info, listing: Listing) -> frozenset[Aggregate] | None:
    """Return the aggregates that the operation selects, or None if unknown."""
    needs = info.context.loaders.scope.needs
    if needs is None:
        return None
    selected = needs.fields.get(f"{listing.name}Group", ())
    return frozenset(
        Aggregate(function, measure)
        for measure, functions in listing.functions.items()
        if camel(measure) in selected
        for function in functions
        if function in needs.fields.get(_type_name(listing, measure), ())
    )


def _type_name(listing: Listing, measure: str) -> str:
    return "EriktiDurationMeasures" if listing.duration(measure) else "EriktiMeasures"


def _having(given: Conditions | None) -> tuple[tuple[Aggregate, str, Number], ...]:
    bounds: list[tuple[Aggregate, str, Number]] = []
    for name, value, path in members_of(given, "having") if given else ():
        if name == "count":
            bounds += [(Aggregate("count"), op, v) for op, v in _bounds(value, path)]
            continue
        for function, numbers, place in members_of(value, path):
            aggregate = Aggregate(function, name)
            bounds += [(aggregate, op, v) for op, v in _bounds(numbers, place)]
    return tuple(bounds)


def _bounds(given: Conditions, path: str) -> list[tuple[str, Number]]:
    found: list[tuple[str, Number, str]] = []
    for operator, value, place in members_of(given, path):
        if operator == "range":
            found += members_of(value, place)
        else:
            found.append((operator.rstrip("_"), value, place))
    for _, number, place in found:
        try:
            if isinstance(number, Decimal):
                decimal(number, AVERAGE_PLACES)
        except ValueError as error:
            raise BadUserInputError(place, str(error)) from error
    return [(operator, value) for operator, value, _ in found]


def _order(
    keys: Sequence[str], terms: Sequence[OrderTerm] | None
) -> tuple[tuple[str | Aggregate, bool], ...]:
    order: list[tuple[str | Aggregate, bool]] = []
    for term in terms or ():
        key: str | Aggregate = term.field.value
        if isinstance(key, str) and ":" in key:
            function, _, measure = key.partition(":")
            key = Aggregate(function, measure or None)
        elif key not in keys:
            raise BadUserInputError("orderBy", f"{term.field.name} is not in by")
        order.append((key, term.direction.value == "DESC"))
    if len(order) > MAX_TERMS:
        raise BadUserInputError("orderBy", f"at most {MAX_TERMS} fields, not {len(order)}")
    return tuple(order)
