"""Connections (Relay): pages of a list with keyset cursors, and the total count."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import Enum
from operator import attrgetter
from typing import Any, Protocol, TypeVar

from erikti.errors import BadUserInputError
from models.people import Language
from resolvers import cursors
from resolvers.context import Context, Info
from resolvers.dataloaders.listings import (
    ANY,
    Condition,
    Every,
    Group,
    GroupRequest,
    Listing,
    Order,
    Page,
    PageRequest,
    text_column,
)
from resolvers.dataloaders.lists import Lists
from resolvers.dataloaders.loading import Loader, V, W
from resolvers.dataloaders.tables import Row
from resolvers.filters import Conditions, check_field, check_fields, condition
from resolvers.relations import BatchResolver, Loaded, all_loaded

DEFAULT_SIZE = 20
MAX_TERMS = 5


class OrderTerm(Protocol):
    """One term of an order, as sent by the caller."""

    field: Enum
    direction: Enum


@dataclass(frozen=True)
class PageArguments:
    """The arguments of a connection field, as sent by the caller."""

    first: int | None = None
    after: str | None = None
    last: int | None = None
    before: str | None = None
    filter: Conditions | None = None
    order_by: Sequence[OrderTerm] | None = None

    @property
    def backward(self) -> bool:
        """Whether the page is taken from the end: by ``last``, or by ``before`` alone."""
        alone = self.first is None and self.after is None and self.before is not None
        return self.last is not None or alone

    @property
    def bounds(self) -> tuple[tuple[str, str | None], tuple[str, str | None]]:
        """Return the cursors by name: where the page starts, and at the other side."""
        after, before = ("after", self.after), ("before", self.before)
        return (before, after) if self.backward else (after, before)


@dataclass(frozen=True)
class Edge:
    """A record or a group, and its position in the list."""

    node: Row | Group
    cursor: str


@dataclass(slots=True)
class Connection:
    """A list as requested by one field; each part is read only when a subfield needs it."""

    lists: Lists
    parent: object
    request: PageRequest
    cursor_key: bytes

    def cursor(self, row: Row) -> str:
        """Return the cursor of a row."""
        return cursors.encode(self.cursor_key, self.lists.listing, self.request.order, row)

    def loader(self) -> Loader[Page]:
        """Return the loader of the page."""
        return self.lists.pages(self.request)


class AnyPage(Protocol):
    """A page of records or of groups."""

    @property
    def rows(self) -> Sequence[Row | Group]:
        """Return the records or groups in order."""

    @property
    def more(self) -> bool:
        """Return whether more follow in the page's direction."""


class Paged(Protocol):
    """What pages need to know of a list: ``Connection`` and ``GroupConnection``."""

    @property
    def lists(self) -> Lists:
        """Return the pages, totals and groups of the list."""

    @property
    def parent(self) -> object:
        """Return the key of the parent; None for a whole list."""

    @property
    def request(self) -> PageRequest | GroupRequest:
        """Return the requested page."""

    def cursor(self, row: Any) -> str:
        """Return the cursor of a row."""

    def loader(self) -> Loader[AnyPage]:
        """Return the loader of the page."""


List = TypeVar("List", bound=Paged)


def connect(
    parents: list[object],
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
    request = page_request(info.context, lists.listing, arguments, scope)
    cursor_key = info.context.cursor_key
    keys = [None] * len(parents) if key is None else map(attrgetter(key), parents)
    return [Connection(lists, owner, request, cursor_key) for owner in keys]


def page_request(
    context: Context,
    listing: Listing,
    arguments: PageArguments,
    scope: Condition,
    order: tuple[Order, ...] = (),
) -> PageRequest:
    """Validate a field's arguments and return the page request; ``order`` is the default order."""
    size = checked_size(arguments, DEFAULT_SIZE, context.max_page)
    order = _order(listing, arguments.order_by, context.language) or order
    for term in order:
        check_field(context, listing.model, term.field)
    filtered = _condition(context, listing, arguments.filter)
    position, until = (
        None if cursor is None else cursors.decode(context.cursor_key, listing, order, cursor, name)
        for name, cursor in arguments.bounds
    )
    return PageRequest(
        size=size,
        order=order,
        condition=filtered if scope == ANY else Every((scope, filtered)),
        position=position,
        until=until,
        backward=arguments.backward,
    )


def _condition(context: Context, listing: Listing, given: Conditions | None) -> Condition:
    """Return the condition of a filter, computed once for all fields with the same filter."""
    known = context.conditions
    found = known.get(id(given))
    if found is None:
        parsed = condition(listing.model, given)
        check_fields(context, listing.model, parsed)
        found = known[id(given)] = (given, parsed)
    return found[1]


def nodes(parents: list[Paged], info: Info) -> Loaded[Sequence[Row | Group]]:
    """Return the records or groups of the pages."""
    return for_each(parents, _page_loader, lambda _, page: page.rows)


def edges(parents: list[Paged], info: Info) -> Loaded[list[Edge]]:
    """Return the records or groups of the pages with their cursors."""
    return for_each(
        parents, _page_loader, lambda list_, page: [Edge(r, list_.cursor(r)) for r in page.rows]
    )


def page_info(make: Callable[..., V]) -> BatchResolver:
    """Return a resolver of the pages' positions, each made by ``make``, the GraphQL type.

    Records on the far side of a cursor are assumed to exist.
    """

    def position(list_: Paged, page: AnyPage) -> V:
        continued = list_.request.position is not None
        backward = list_.request.backward
        return make(
            has_next_page=continued if backward else page.more,
            has_previous_page=page.more if backward else continued,
            start_cursor=list_.cursor(page.rows[0]) if page.rows else None,
            end_cursor=list_.cursor(page.rows[-1]) if page.rows else None,
        )

    def resolve(parents: list[Paged], info: Info) -> Loaded[V]:
        return for_each(parents, _page_loader, position)

    return resolve


def total_count(parents: list[Connection], info: Info) -> Loaded[int]:
    """Return the numbers of records that match the filters, on all pages."""
    return for_each(
        parents, lambda list_: list_.lists.counts(list_.request.condition), lambda _, count: count
    )


def _page_loader(list_: Paged) -> Loader[AnyPage]:
    return list_.loader()


def for_each(
    parents: list[List],
    load: Callable[[List], Loader[V]],
    convert: Callable[[List, V], W],
) -> Loaded[W]:
    """Load a value for each connection and convert it.

    Connections of one field usually share their list and request, and so one loader.
    """
    first = parents[0]
    if all(p.request is first.request and p.lists is first.lists for p in parents):

        def then(found: list[V]) -> list[W]:
            return list(map(convert, parents, found))

        return load(first).load_then([list_.parent for list_ in parents], then)
    return _one_by_one(parents, load, convert)


async def _one_by_one(
    parents: list[List],
    load: Callable[[List], Loader[V]],
    convert: Callable[[List, V], W],
) -> list[W]:
    found = await all_loaded([for_each([list_], load, convert) for list_ in parents])
    return [value for values in found for value in values]


def checked_size(arguments: PageArguments, default: int, most: int) -> int:
    """Return the size of a page; raises BadUserInputError."""
    if arguments.first is not None and arguments.last is not None:
        rule = "page forward with first, or backward with last"
        raise BadUserInputError("last", f"{rule}; first and last cannot be combined")
    name = "first" if arguments.last is None else "last"
    given: int | None = getattr(arguments, name)
    size = default if given is None else given
    if not 1 <= size <= most:
        raise BadUserInputError(name, f"request from 1 to {most}, not {size}")
    return size


def _column(listing: Listing, term: OrderTerm, path: str, default: Language) -> str:
    """Return the model's field that a term of an order means."""
    name: str = term.field.value
    language = getattr(term, "language", None) or None
    if listing.is_text(name):
        return text_column(name, language or default)
    if language is not None:
        raise BadUserInputError(f"{path}.language", f"{term.field.name} has no language: omit it")
    return listing.column(name)


def _order(
    listing: Listing, terms: Sequence[OrderTerm] | None, default: Language
) -> tuple[Order, ...]:
    order = tuple(
        Order(_column(listing, term, f"orderBy.{i}", default), term.direction.value == "DESC")
        for i, term in enumerate(terms or ())
    )
    if len(order) > MAX_TERMS:
        raise BadUserInputError("orderBy", f"at most {MAX_TERMS} fields, not {len(order)}")
    if len({term.field for term in order}) < len(order):
        raise BadUserInputError("orderBy", "name each field at most once")
    return order
