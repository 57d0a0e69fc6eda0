"""Connections (Relay): pages of a list with keyset cursors, its total and its groups."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import Enum
from typing import Any

from resolvers import cursors
from resolvers.context import Info
from resolvers.dataloaders.listings import (
    ANY,
    Aggregate,
    Condition,
    Every,
    Group,
    GroupRequest,
    Order,
    Page,
    PageRequest,
)
from resolvers.dataloaders.loading import Lists
from resolvers.errors import BadUserInputError
from resolvers.filters import camel, condition, given_fields
from resolvers.values import decimal

DEFAULT_SIZE = 20
MAX_SIZE = 100
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


@dataclass(frozen=True)
class Connection:
    """A list as one field asked for it; nothing is read before a part of it is asked for."""

    lists: Lists
    parent: Any
    request: PageRequest
    cursor_key: bytes

    async def page(self) -> Page:
        """The page; all fields that need it share one statement."""
        return await self.lists.page(self.parent, self.request)

    async def nodes(self) -> list[Any]:
        """The records of the page."""
        return (await self.page()).rows

    async def edges(self) -> list[Edge]:
        """The records of the page, each with its cursor."""
        return [Edge(row, self._cursor(row)) for row in (await self.page()).rows]

    async def page_info(self) -> PageInfo:
        """Where the page lies; what lies behind its starting point is taken to be there."""
        page = await self.page()
        continued = self.request.position is not None
        return PageInfo(
            has_next_page=continued if self.request.backward else page.more,
            has_previous_page=page.more if self.request.backward else continued,
            start_cursor=self._cursor(page.rows[0]) if page.rows else None,
            end_cursor=self._cursor(page.rows[-1]) if page.rows else None,
        )

    async def total_count(self) -> int:
        """The number of records that the filter lets through, on all pages."""
        return await self.lists.count(self.parent, self.request.condition)

    async def groups(
        self, by: Sequence[Enum], having: Any, order_by: Sequence[Any] | None, first: int | None
    ) -> list[Group]:
        """The groups of those records."""
        request = group_request(self.request.condition, by, having, order_by, first)
        return await self.lists.groups(self.parent, request)

    def _cursor(self, row: Any) -> str:
        return cursors.encode(self.cursor_key, self.lists.listing, self.request.order, row)


def connect(
    info: Info, lists: Lists, parent: Any, arguments: PageArguments, scope: Condition = ANY
) -> Connection:
    """The connection that a field's arguments ask for; ``scope`` always holds besides them.

    Raises BadUserInputError that names the argument that cannot be used.
    """
    listing = lists.listing
    size = _size(arguments)
    order = _order(arguments.order_by)
    asked = condition(listing.model, arguments.filter)
    backward = arguments.last is not None or arguments.before is not None
    key = info.context.cursor_key
    position = None
    if arguments.after is not None:
        position = cursors.decode(key, listing, order, arguments.after, "after")
    if arguments.before is not None:
        position = cursors.decode(key, listing, order, arguments.before, "before")
    request = PageRequest(
        size=size,
        order=order,
        condition=asked if scope == ANY else Every((scope, asked)),
        position=position,
        backward=backward,
    )
    return Connection(lists, parent, request, key)


def _size(arguments: PageArguments) -> int:
    forward = [name for name in ("first", "after") if getattr(arguments, name) is not None]
    backward = [name for name in ("last", "before") if getattr(arguments, name) is not None]
    if forward and backward:
        together = " and ".join(forward + backward)
        rule = "page forward by first and after, or backward by last and before"
        raise BadUserInputError(backward[-1], f"{rule}; {together} do not go together")
    name = "first" if arguments.last is None else "last"
    return within(name, getattr(arguments, name), DEFAULT_SIZE, MAX_SIZE)


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
    )


def _having(given: Any) -> tuple[tuple[Aggregate, str, Any], ...]:
    bounds: list[tuple[Aggregate, str, Any]] = []
    for name, value in given_fields(given) if given else ():
        if name == "count":
            bounds += [(Aggregate("count"), op, v) for op, v in _bounds(value, "having.count")]
            continue
        for function, numbers in given_fields(value):
            path = f"having.{camel(name)}.{function}"
            bounds += [(Aggregate(function, name), op, v) for op, v in _bounds(numbers, path)]
    return tuple(bounds)


def _bounds(given: Any, path: str) -> list[tuple[str, Any]]:
    found = []
    for operator, value in given_fields(given):
        if operator == "range":
            found += [(bound, limit) for bound, limit in given_fields(value)]
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
