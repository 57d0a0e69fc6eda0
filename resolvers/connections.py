"""Connections (Relay): pages of a list with keyset cursors, its total and its groups."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import Enum
from operator import attrgetter
from typing import Any

from erikti.errors import BadUserInputError
from resolvers import cursors
from resolvers.context import Info
from resolvers.dataloaders.listings import (
    ANY,
    Aggregate,
    Condition,
    Every,
    GroupRequest,
    Listing,
    Order,
    Page,
    PageRequest,
)
from resolvers.dataloaders.lists import Lists
from resolvers.dataloaders.loading import Loader
from resolvers.filters import camel, check_field, check_fields, condition, stated
from resolvers.relations import Found, all_loaded
from resolvers.values import decimal

DEFAULT_SIZE = 20
MAX_GROUPS = 500
MAX_TERMS = 5
AVERAGE_PLACES = 6


@dataclass(frozen=True)
class PageArguments:
    """The arguments of a connection field as the caller gave them."""

    first: int | None = None
    after: str | None = None
    last: int | None = None
    before: str | None = None
    filter: Any = None
    order_by: Sequence[Any] | None = None


@dataclass(frozen=True)
class Edge:
    """A record and its position in the list."""

    node: Any
    cursor: str


@dataclass(frozen=True)
class PageInfo:
    """Where a page lies in its list."""

    has_next_page: bool
    has_previous_page: bool
    start_cursor: str | None
    end_cursor: str | None


@dataclass(slots=True)
class Connection:
    """A list as one field asked for it; nothing is read before a part of it is asked for."""

    lists: Lists
    parent: Any
    request: PageRequest
    cursor_key: bytes

    def cursor(self, row: Any) -> str:
        """The position of a row in the list."""
        return cursors.encode(self.cursor_key, self.lists.listing, self.request.order, row)


def connect(
    parents: list[Any],
    info: Info,
    lists: Lists,
    key: str | None,
    arguments: PageArguments,
    scope: Condition = ANY,
) -> list[Connection]:
    """The connections that a field's arguments ask for, one for each parent.

    ``key`` is the parents' column that lists are found by; without it, the list is the whole
    table. ``scope`` always holds besides the arguments. Raises BadUserInputError that names
    the argument that cannot be used.
    """
    request = page_request(info, lists.listing, arguments, scope)
    cursor_key = info.context.cursor_key
    keys = [None] * len(parents) if key is None else map(attrgetter(key), parents)
    return [Connection(lists, owner, request, cursor_key) for owner in keys]


def page_request(
    info: Info,
    listing: Listing,
    arguments: PageArguments,
    scope: Condition,
    order: tuple[Order, ...] = (),
) -> PageRequest:
    """The page that a field's arguments ask for, checked; ``order`` holds unless they say one."""
    size = _size(arguments, info.context.max_page)
    order = _order(arguments.order_by) or order
    for term in order:
        check_field(info.context, listing.model, term.field)
    asked = _condition(info, listing, arguments.filter)
    backward = arguments.last is not None or arguments.before is not None
    position = None
    for name in ("after", "before"):
        if (cursor := getattr(arguments, name)) is not None:
            position = cursors.decode(info.context.cursor_key, listing, order, cursor, name)
    return PageRequest(
        size=size,
        order=order,
        condition=asked if scope == ANY else Every((scope, asked)),
        position=position,
        backward=backward,
    )


def _condition(info: Info, listing: Listing, given: Any) -> Condition:
    """The condition of a filter, worked out once for all fields that are given the same one."""
    known = info.context.conditions
    found = known.get(id(given))
    if found is None:
        made = condition(listing.model, given)
        check_fields(info.context, listing.model, made)
        found = known[id(given)] = (given, made)
    return found[1]


def nodes(parents: list[Connection], info: Info) -> Found:
    """The records of the pages."""
    return _of_each(parents, _page_loader, lambda _, page: page.rows)


def edges(parents: list[Connection], info: Info) -> Found:
    """The records of the pages, each with its cursor."""
    return _of_each(
        parents, _page_loader, lambda list_, page: [Edge(r, list_.cursor(r)) for r in page.rows]
    )


def page_info(parents: list[Connection], info: Info) -> Found:
    """Where the pages lie; what lies behind a starting point is taken to be there."""
    return _of_each(parents, _page_loader, _page_info)


def _page_info(list_: Connection, page: Page) -> PageInfo:
    continued = list_.request.position is not None
    backward = list_.request.backward
    return PageInfo(
        has_next_page=continued if backward else page.more,
        has_previous_page=page.more if backward else continued,
        start_cursor=list_.cursor(page.rows[0]) if page.rows else None,
        end_cursor=list_.cursor(page.rows[-1]) if page.rows else None,
    )


def total_count(parents: list[Connection], info: Info) -> Found:
    """The numbers of records that the filters let through, on all pages."""
    return _of_each(parents, lambda list_: list_.lists.counts(list_.request.condition))


def _page_loader(list_: Connection) -> Loader:
    return list_.lists.pages(list_.request)


def _of_each(
    parents: list[Connection],
    load: Callable[[Connection], Loader],
    made: Callable[[Connection, Any], Any] | None = None,
) -> Found:
    """What is made of each connection and what a loader finds for it.

    Connections of one field share their lists and their request.
    """
    first = parents[0]
    if all(p.request is first.request and p.lists is first.lists for p in parents):

        def then(found: list[Any]) -> list[Any]:
            return found if made is None else list(map(made, parents, found))

        return load(first).load_many([list_.parent for list_ in parents], then)
    return _one_by_one(parents, load, made)


async def _one_by_one(
    parents: list[Connection],
    load: Callable[[Connection], Loader],
    made: Callable[[Connection, Any], Any] | None,
) -> list[Any]:
    found = await all_loaded([_of_each([list_], load, made) for list_ in parents])
    return [value for values in found for value in values]


def groups(
    parents: list[Connection],
    info: Info,
    by: Sequence[Enum],
    having: Any = None,
    order_by: Sequence[Any] | None = None,
    first: int | None = None,
) -> Found:
    """The groups of the connections' records."""
    made: dict[int, GroupRequest] = {}

    def load(list_: Connection) -> Loader:
        request = made.get(id(list_.request))
        if request is None:
            listing = list_.lists.listing
            asked = _aggregates(info, listing)
            for key in by:
                check_field(info.context, listing.model, listing.dimensions[key.value].field)
            request = group_request(list_.request.condition, by, having, order_by, first, asked)
            made[id(list_.request)] = request
        return list_.lists.groups(request)

    return _of_each(parents, load)


def _aggregates(info: Info, listing: Listing) -> frozenset[Aggregate] | None:
    """The numbers that the operation asks of groups, None where that is not known."""
    needs = info.context.loaders.scope.needs
    if needs is None:
        return None
    asked = needs.fields
    named = asked.get(f"{listing.name}Group", ())
    measures = [measure for measure in listing.measures if camel(measure) in named]
    return frozenset(Aggregate(f, m) for m in measures for f in asked.get("Measures", ()))


def _size(arguments: PageArguments, most: int) -> int:
    forward = [name for name in ("first", "after") if getattr(arguments, name) is not None]
    backward = [name for name in ("last", "before") if getattr(arguments, name) is not None]
    if forward and backward:
        together = " and ".join(forward + backward)
        rule = "page forward by first and after, or backward by last and before"
        raise BadUserInputError(backward[-1], f"{rule}; {together} do not go together")
    name = "first" if arguments.last is None else "last"
    return within(name, getattr(arguments, name), DEFAULT_SIZE, most)


def within(argument: str, size: int | None, default: int, most: int) -> int:
    """A page size within its bounds, or the default."""
    size = default if size is None else size
    if not 1 <= size <= most:
        raise BadUserInputError(argument, f"ask for 1 to {most}, not for {size}")
    return size


def _order(terms: Sequence[Any] | None) -> tuple[Order, ...]:
    order = tuple(Order(term.field.value, term.direction.value == "DESC") for term in terms or ())
    if len(order) > MAX_TERMS:
        raise BadUserInputError("orderBy", f"at most {MAX_TERMS} fields, not {len(order)}")
    if len({term.field for term in order}) < len(order):
        raise BadUserInputError("orderBy", "each field at most once")
    return order


def group_request(
    asked: Condition,
    by: Sequence[Enum],
    having: Any,
    order_by: Sequence[Any] | None,
    first: int | None,
    aggregates: frozenset[Aggregate] | None = None,
) -> GroupRequest:
    """The groups that a field's arguments ask for, checked."""
    keys = tuple(key.value for key in by)
    if not keys:
        raise BadUserInputError("by", "give at least one dimension to group by")
    if len(keys) > MAX_TERMS:
        raise BadUserInputError("by", f"at most {MAX_TERMS} dimensions, not {len(keys)}")
    if len(set(keys)) < len(keys):
        raise BadUserInputError("by", "each dimension at most once")
    return GroupRequest(
        by=keys,
        limit=within("first", first, MAX_GROUPS, MAX_GROUPS),
        condition=asked,
        having=_having(having),
        order=_group_order(keys, order_by),
        aggregates=aggregates,
    )


def _having(given: Any) -> tuple[tuple[Aggregate, str, Any], ...]:
    bounds: list[tuple[Aggregate, str, Any]] = []
    for name, value, path in stated(given, "having") if given else ():
        if name == "count":
            bounds += [(Aggregate("count"), op, v) for op, v in _bounds(value, path)]
            continue
        for function, numbers, place in stated(value, path):
            aggregate = Aggregate(function, name)
            bounds += [(aggregate, op, v) for op, v in _bounds(numbers, place)]
    return tuple(bounds)


def _bounds(given: Any, path: str) -> list[tuple[str, Any]]:
    found: list[tuple[str, Any]] = []
    for operator, value, place in stated(given, path):
        if operator == "range":
            found += [(bound, limit) for bound, limit, _ in stated(value, place)]
        else:
            found.append((operator.rstrip("_"), value))
    try:
        for _, number in found:
            if isinstance(number, Decimal):
                decimal(number, AVERAGE_PLACES)
    except ValueError as error:
        raise BadUserInputError(path, str(error)) from error
    return found


def _group_order(
    keys: Sequence[str], terms: Sequence[Any] | None
) -> tuple[tuple[str | Aggregate, bool], ...]:
    order: list[tuple[str | Aggregate, bool]] = []
    for term in terms or ():
        key: str | Aggregate = term.field.value
        if isinstance(key, str) and ":" in key:
            function, _, measure = key.partition(":")
            key = Aggregate(function, measure or None)
        elif key not in keys:
            raise BadUserInputError("orderBy", f"{term.field.name} is not grouped by")
        order.append((key, term.direction.value == "DESC"))
    if len(order) > MAX_TERMS:
        raise BadUserInputError("orderBy", f"at most {MAX_TERMS} fields, not {len(order)}")
    return tuple(order)
