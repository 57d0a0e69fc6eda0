"""Connections (Relay): pages of a list with keyset cursors, the total count and the groups."""

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
from resolvers.filters import camel, check_field, check_fields, condition, members_of
from resolvers.relations import BatchResolver, Found, all_loaded
from resolvers.values import decimal

DEFAULT_SIZE = 20
MAX_GROUPS = 500
MAX_TERMS = 5
AVERAGE_PLACES = 6


@dataclass(frozen=True)
class PageArguments:
    """The arguments of a connection field, as sent by the caller."""

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


@dataclass(slots=True)
class Connection:
    """A list as requested by one field; each part is read only when a subfield needs it."""

    lists: Lists
    parent: Any
    request: PageRequest
    cursor_key: bytes

    def cursor(self, row: Any) -> str:
        """Return the cursor of a row."""
        return cursors.encode(self.cursor_key, self.lists.listing, self.request.order, row)


def connect(
    parents: list[Any],
    info: Info,
    lists: Lists,
    key: str | None,
    arguments: PageArguments,
    scope: Condition = ANY,
) -> list[Connection]:
    """Return the connections for a field's arguments, one for each parent.

    ``key`` is the parents' column by which lists are loaded; without it, the list is the whole
    table. ``scope`` is a condition that always applies. Raises BadUserInputError for an invalid
    argument.
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
    """Validate a field's arguments and return the page request; ``order`` is the default order."""
    size = _size(arguments, info.context.max_page)
    order = _order(arguments.order_by) or order
    for term in order:
        check_field(info.context, listing.model, term.field)
    filtered = _condition(info, listing, arguments.filter)
    backward = arguments.last is not None or arguments.before is not None
    position = None
    for name in ("after", "before"):
        if (cursor := getattr(arguments, name)) is not None:
            position = cursors.decode(info.context.cursor_key, listing, order, cursor, name)
    return PageRequest(
        size=size,
        order=order,
        condition=filtered if scope == ANY else Every((scope, filtered)),
        position=position,
        backward=backward,
    )


def _condition(info: Info, listing: Listing, given: Any) -> Condition:
    """Return the condition of a filter, computed once for all fields with the same filter."""
    known = info.context.conditions
    found = known.get(id(given))
    if found is None:
        parsed = condition(listing.model, given)
        check_fields(info.context, listing.model, parsed)
        found = known[id(given)] = (given, parsed)
    return found[1]


def nodes(parents: list[Connection], info: Info) -> Found:
    """Return the records of the pages."""
    return _for_each(parents, _page_loader, lambda _, page: page.rows)


def edges(parents: list[Connection], info: Info) -> Found:
    """Return the records of the pages with their cursors."""
    return _for_each(
        parents, _page_loader, lambda list_, page: [Edge(r, list_.cursor(r)) for r in page.rows]
    )


def page_info(make: Callable[..., Any]) -> BatchResolver:
    """Return a resolver of the pages' positions, each made by ``make``, the GraphQL type.

    Records on the far side of a cursor are assumed to exist.
    """

    def position(list_: Connection, page: Page) -> Any:
        continued = list_.request.position is not None
        backward = list_.request.backward
        return make(
            has_next_page=continued if backward else page.more,
            has_previous_page=page.more if backward else continued,
            start_cursor=list_.cursor(page.rows[0]) if page.rows else None,
            end_cursor=list_.cursor(page.rows[-1]) if page.rows else None,
        )

    def resolve(parents: list[Connection], info: Info) -> Found:
        return _for_each(parents, _page_loader, position)

    return resolve


def total_count(parents: list[Connection], info: Info) -> Found:
    """Return the numbers of records that match the filters, on all pages."""
    return _for_each(parents, lambda list_: list_.lists.counts(list_.request.condition))


def _page_loader(list_: Connection) -> Loader:
    return list_.lists.pages(list_.request)


def _for_each(
    parents: list[Connection],
    load: Callable[[Connection], Loader],
    convert: Callable[[Connection, Any], Any] | None = None,
) -> Found:
    """Load a value for each connection and convert it.

    Connections of one field usually share their list and request, and so one loader.
    """
    first = parents[0]
    if all(p.request is first.request and p.lists is first.lists for p in parents):

        def then(found: list[Any]) -> list[Any]:
            return found if convert is None else list(map(convert, parents, found))

        return load(first).load_many([list_.parent for list_ in parents], then)
    return _one_by_one(parents, load, convert)


async def _one_by_one(
    parents: list[Connection],
    load: Callable[[Connection], Loader],
    convert: Callable[[Connection, Any], Any] | None,
) -> list[Any]:
    found = await all_loaded([_for_each([list_], load, convert) for list_ in parents])
    return [value for values in found for value in values]


def groups(
    parents: list[Connection],
    info: Info,
    by: Sequence[Enum],
    having: Any = None,
    order_by: Sequence[Any] | None = None,
    first: int | None = None,
) -> Found:
    """Return the groups of the connections' records."""
    requests: dict[int, GroupRequest] = {}

    def load(list_: Connection) -> Loader:
        request = requests.get(id(list_.request))
        if request is None:
            listing = list_.lists.listing
            aggregates = _aggregates(info, listing)
            for key in by:
                check_field(info.context, listing.model, listing.dimensions[key.value].field)
            condition = list_.request.condition
            request = group_request(condition, by, having, order_by, first, aggregates)
            requests[id(list_.request)] = request
        return list_.lists.groups(request)

    return _for_each(parents, load)


def _aggregates(info: Info, listing: Listing) -> frozenset[Aggregate] | None:
    """Return the aggregates that the operation selects, or None if unknown."""
    needs = info.context.loaders.scope.needs
    if needs is None:
        return None
    selected = needs.fields.get(f"{listing.name}Group", ())
    measures = [measure for measure in listing.measures if camel(measure) in selected]
    return frozenset(Aggregate(f, m) for m in measures for f in needs.fields.get("Measures", ()))


def _size(arguments: PageArguments, most: int) -> int:
    forward = [name for name in ("first", "after") if getattr(arguments, name) is not None]
    backward = [name for name in ("last", "before") if getattr(arguments, name) is not None]
    if forward and backward:
        together = " and ".join(forward + backward)
        rule = "page forward with first and after, or backward with last and before"
        raise BadUserInputError(backward[-1], f"{rule}; {together} cannot be combined")
    name = "first" if arguments.last is None else "last"
    return page_size(name, getattr(arguments, name), DEFAULT_SIZE, most)


def page_size(argument: str, size: int | None, default: int, most: int) -> int:
    """Return a valid page size, or the default; raises BadUserInputError."""
    size = default if size is None else size
    if not 1 <= size <= most:
        raise BadUserInputError(argument, f"request from 1 to {most}, not {size}")
    return size


def _order(terms: Sequence[Any] | None) -> tuple[Order, ...]:
    order = tuple(Order(term.field.value, term.direction.value == "DESC") for term in terms or ())
    if len(order) > MAX_TERMS:
        raise BadUserInputError("orderBy", f"at most {MAX_TERMS} fields, not {len(order)}")
    if len({term.field for term in order}) < len(order):
        raise BadUserInputError("orderBy", "name each field at most once")
    return order


def group_request(
    condition: Condition,
    by: Sequence[Enum],
    having: Any,
    order_by: Sequence[Any] | None,
    first: int | None,
    aggregates: frozenset[Aggregate] | None = None,
) -> GroupRequest:
    """Validate a field's arguments and return the group request."""
    keys = tuple(key.value for key in by)
    if not keys:
        raise BadUserInputError("by", "give at least one dimension to group by")
    if len(keys) > MAX_TERMS:
        raise BadUserInputError("by", f"at most {MAX_TERMS} dimensions, not {len(keys)}")
    if len(set(keys)) < len(keys):
        raise BadUserInputError("by", "name each dimension at most once")
    return GroupRequest(
        by=keys,
        limit=page_size("first", first, MAX_GROUPS, MAX_GROUPS),
        condition=condition,
        having=_having(having),
        order=_group_order(keys, order_by),
        aggregates=aggregates,
    )


def _having(given: Any) -> tuple[tuple[Aggregate, str, Any], ...]:
    bounds: list[tuple[Aggregate, str, Any]] = []
    for name, value, path in members_of(given, "having") if given else ():
        if name == "count":
            bounds += [(Aggregate("count"), op, v) for op, v in _bounds(value, path)]
            continue
        for function, numbers, place in members_of(value, path):
            aggregate = Aggregate(function, name)
            bounds += [(aggregate, op, v) for op, v in _bounds(numbers, place)]
    return tuple(bounds)


def _bounds(given: Any, path: str) -> list[tuple[str, Any]]:
    found: list[tuple[str, Any]] = []
    for operator, value, place in members_of(given, path):
        if operator == "range":
            found += [(bound, limit) for bound, limit, _ in members_of(value, place)]
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
            raise BadUserInputError("orderBy", f"{term.field.name} is not in by")
        order.append((key, term.direction.value == "DESC"))
    if len(order) > MAX_TERMS:
        raise BadUserInputError("orderBy", f"at most {MAX_TERMS} fields, not {len(order)}")
    return tuple(order)
