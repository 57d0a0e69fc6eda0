"""Connections (Relay): pages of a list with keyset cursors, and the total count."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from operator import attrgetter
from typing import Any, Protocol, TypeVar

from erikti.errors import BadUserInputError
from models.people import Language
from resolvers import cursors
from resolvers.context import Info
from resolvers.dataloaders.listings import (
    ANY,
    Condition,
    Every,
    GroupPage,
    Listing,
    Order,
    Page,
    PageRequest,
    text_column,
)
from resolvers.dataloaders.lists import Lists
from resolvers.dataloaders.loading import Loader
from resolvers.filters import check_field, check_fields, condition
from resolvers.relations import BatchResolver, Found, all_loaded

DEFAULT_SIZE = 20
MAX_TERMS = 5


@dataclass(frozen=True)
class PageArguments:
    """The arguments of a connection field, as sent by the caller."""

    first: int | None = None
    after: str | None = None
    last: int | None = None
    before: str | None = None
    filter: Any = None
    order_by: Sequence[Any] | None = None

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

    def loader(self) -> Loader:
        """Return the loader of the page."""
        return self.lists.pages(self.request)


class Paged(Protocol):
    """What pages need to know of a list: ``Connection`` and ``GroupConnection``."""

    lists: Lists
    parent: Any
    request: Any

    def cursor(self, row: Any) -> str:
        """Return the cursor of a row."""

    def loader(self) -> Loader:
        """Return the loader of the page."""


List = TypeVar("List", bound=Paged)


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
    size = checked_size(arguments, DEFAULT_SIZE, info.context.max_page)
    order = _order(listing, arguments.order_by, info.context.language) or order
    for term in order:
        check_field(info.context, listing.model, term.field)
    filtered = _condition(info, listing, arguments.filter)
    position, until = (
        None
        if cursor is None
        else cursors.decode(info.context.cursor_key, listing, order, cursor, name)
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


def _condition(info: Info, listing: Listing, given: Any) -> Condition:
    """Return the condition of a filter, computed once for all fields with the same filter."""
    known = info.context.conditions
    found = known.get(id(given))
    if found is None:
        parsed = condition(listing.model, given)
        check_fields(info.context, listing.model, parsed)
        found = known[id(given)] = (given, parsed)
    return found[1]


def nodes(parents: list[Paged], info: Info) -> Found:
    """Return the records or groups of the pages."""
    return for_each(parents, _page_loader, lambda _, page: page.rows)


def edges(parents: list[Paged], info: Info) -> Found:
    """Return the records or groups of the pages with their cursors."""
    return for_each(
        parents, _page_loader, lambda list_, page: [Edge(r, list_.cursor(r)) for r in page.rows]
    )


def page_info(make: Callable[..., Any]) -> BatchResolver:
    """Return a resolver of the pages' positions, each made by ``make``, the GraphQL type.

    Records on the far side of a cursor are assumed to exist.
    """

    def position(list_: Paged, page: Page | GroupPage) -> Any:
        continued = list_.request.position is not None
        backward = list_.request.backward
        return make(
            has_next_page=continued if backward else page.more,
            has_previous_page=page.more if backward else continued,
            start_cursor=list_.cursor(page.rows[0]) if page.rows else None,
            end_cursor=list_.cursor(page.rows[-1]) if page.rows else None,
        )

    def resolve(parents: list[Paged], info: Info) -> Found:
        return for_each(parents, _page_loader, position)

    return resolve


def total_count(parents: list[Connection], info: Info) -> Found:
    """Return the numbers of records that match the filters, on all pages."""
    return for_each(parents, lambda list_: list_.lists.counts(list_.request.condition))


def _page_loader(list_: Paged) -> Loader:
    return list_.loader()


def for_each(
    parents: list[List],
    load: Callable[[List], Loader],
    convert: Callable[[List, Any], Any] | None = None,
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
    parents: list[List],
    load: Callable[[List], Loader],
    convert: Callable[[List, Any], Any] | None,
) -> list[Any]:
    found = await all_loaded([for_each([list_], load, convert) for list_ in parents])
    return [value for values in found for value in values]


def checked_size(arguments: PageArguments, default: int, most: int) -> int:
    """Return the size of a page; raises BadUserInputError."""
    if arguments.first is not None and arguments.last is not None:
        rule = "page forward with first, or backward with last"
        raise BadUserInputError("last", f"{rule}; first and last cannot be combined")
    name = "first" if arguments.last is None else "last"
    return page_size(name, getattr(arguments, name), default, most)


def page_size(argument: str, size: int | None, default: int, most: int) -> int:
    """Return a valid page size, or the default; raises BadUserInputError."""
    size = default if size is None else size
    if not 1 <= size <= most:
        raise BadUserInputError(argument, f"request from 1 to {most}, not {size}")
    return size


def _column(listing: Listing, term: Any, path: str, default: Language) -> str:
    """Return the model's field that a term of an order means."""
    name: str = term.field.value
    language = getattr(term, "language", None) or None
    if listing.is_text(name):
        return text_column(name, language or default)
    if language is not None:
        raise BadUserInputError(f"{path}.language", f"{term.field.name} has no language: omit it")
    return listing.column(name)


def _order(listing: Listing, terms: Sequence[Any] | None, default: Language) -> tuple[Order, ...]:
    order = tuple(
        Order(_column(listing, term, f"orderBy.{i}", default), term.direction.value == "DESC")
        for i, term in enumerate(terms or ())
    )
    if len(order) > MAX_TERMS:
        raise BadUserInputError("orderBy", f"at most {MAX_TERMS} fields, not {len(order)}")
    if len({term.field for term in order}) < len(order):
        raise BadUserInputError("orderBy", "name each field at most once")
    return order
