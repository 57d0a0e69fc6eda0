"""Loaders of the pages, totals and groups of lists, for whole tables and by parent."""

from collections.abc import Awaitable, Callable, Hashable, Iterable, Sequence
from dataclasses import replace
from functools import partial
from typing import Any, TypeVar

from erikti.database.connection import submit
from erikti.database.snapshots import Query
from models.columns import ColumnOf, M
from models.volunteers import Volunteer
from resolvers.dataloaders.dimensions import is_personal
from resolvers.dataloaders.groups import load_groups
from resolvers.dataloaders.keys import people_of
from resolvers.dataloaders.listings import (
    Condition,
    GroupPage,
    GroupRequest,
    Link,
    Listing,
    Page,
    PageRequest,
    every,
)
from resolvers.dataloaders.loading import Load, Loader, V
from resolvers.dataloaders.pages import Parent, Source, load_counts, load_pages
from resolvers.dataloaders.protected_groups import load_protected
from resolvers.dataloaders.row_policy import person_column
from resolvers.dataloaders.scans import (
    Scan,
    is_free_count,
    is_search,
    may_grow,
    of_counts,
    of_groups,
    of_search,
)
from resolvers.dataloaders.scope import LoaderScope
from resolvers.dataloaders.tables import Row, digits, order_column, table

Pages = Callable[[list[object]], Query[list[Page]]]
W = TypeVar("W")
Request = TypeVar("Request", PageRequest, GroupRequest)


class Lists:
    """The pages, totals and groups of a list of records, whole or by parent.

    Each distinct request has its own loader, so that parents with the same request share one
    statement.
    """

    def __init__(self, scope: LoaderScope, source: Source) -> None:
        self._scope = scope
        self._source = source
        self._loaders: dict[Hashable, Loader[Any]] = {}
        self._charged: set[Condition | PageRequest] = set()

    @property
    def listing(self) -> Listing:
        """Return the list's capabilities."""
        return self._source.listing

    @property
    def relation(self) -> str | None:
        """Return the records' relation to their parent; None for a whole list.

        A relation through a link table is its name.
        """
        parent = self._source.parent
        return "link" if parent and parent.link else self._source.relation

    def pages(self, request: PageRequest) -> Loader[Page]:
        """Return the loader of the pages of parents' records, or of all records."""
        given, request = request, self.visible(request)
        if request in self._loaders:
            return self._loaders[request]
        identifying = self.is_identifying(given)
        person = person_column(self.listing.model) if identifying else None
        orders = (order_column(self.listing.model, term.field) for term in request.order)
        selection = self._scope.of(self.listing.model, *orders, *([person] if person else ()))
        load: Pages = partial(load_pages, self._source, request, selection)
        if person or self._scope.policy.is_recorded(self.listing.model):
            load = partial(self._counted, given.condition, request, person, load)
        finding: Load[object, Page] = load
        if self.is_paid_search(request):
            finding = partial(self._searched, request, load)
        if identifying and person is None:
            finding = partial(self._identified, finding)
        return self._loader(request, finding)

    def counts(self, condition: Condition) -> Loader[int]:
        """Return the loader of the numbers of the parents' records that meet the condition."""
        condition = self.narrow(condition)
        return self._loader(condition, partial(self._counts, condition))

    @property
    def source(self) -> Source:
        """Return the source of the list's rows."""
        return self._source

    @property
    def may_cost(self) -> bool:
        """Return whether searching and counting records may cost points."""
        return self._scope.spend is not None and may_grow(self.listing)

    def is_paid_search(self, visible: PageRequest) -> bool:
        """Return whether a page that is not filled costs points."""
        return self._scope.spend is not None and is_search(self._source, visible.condition)

    def is_paid_count(self, visible: Condition) -> bool:
        """Return whether counting the records costs points."""
        return self._scope.spend is not None and not is_free_count(self._source, visible)

    async def charge_search(self, visible: PageRequest) -> None:
        """Charge for a page of the whole list that was not filled; raises LimitError."""
        if visible not in self._charged:
            await self._pay(of_search, visible.condition, [])
            self._charged.add(visible)

    async def charge_count(self, visible: Condition) -> None:
        """Charge for counting records of the whole list; raises LimitError."""
        if visible not in self._charged:
            await self._pay(of_counts, visible, [])
            self._charged.add(visible)

    def groups(self, request: GroupRequest) -> Loader[GroupPage]:
        """Return the loader of the groups of the parents' records.

        Groups by personal data are suppressed for callers who may not read it.
        """
        given, request = request, self.visible(request)
        if self.is_protected(request.by):
            load = partial(load_protected, self._source, request, self._scope.threshold)
            return self._loader(("protected", request), load)
        return self._loader(request, partial(self._groups, given, request))

    def is_protected(self, by: Iterable[str]) -> bool:
        """Return whether groups are protected: the caller may count these people, not list them."""
        dimensions = (self.listing.dimensions[name] for name in by)
        personal = any(is_personal(self.listing, dimension) for dimension in dimensions)
        protected = personal and self.listing.model is Volunteer
        return protected and not self._scope.policy.may_identify

    def is_identifying(self, request: PageRequest) -> bool:
        """Return whether the request filters or orders by a field that identifies people.

        Their IDs are recorded in the access log, if the caller reads personal data.
        """
        model, policy = self.listing.model, self._scope.policy
        return policy.reads_personal_data and (
            policy.identifies(model, request.condition)
            or any(policy.is_identifying(model, term.field) for term in request.order)
        )

    def _counted(
        self,
        condition: Condition,
        request: PageRequest,
        person: str | None,
        load: Pages,
        keys: list[object],
    ) -> Query[list[Page]]:
        """Return a query for pages that also counts their records for the access log."""
        query, scope = load(keys), self._scope

        def read(rows: Sequence[Row]) -> list[Page]:
            pages = query.read(rows)
            seen = scope.written.get((self._source, request), ())
            new = {
                key: page for key, page in zip(keys, pages, strict=True) if digits(key) not in seen
            }
            how = self._how(condition, new)
            scope.count(self.listing.model, sum(len(page.rows) for page in new.values()), how)
            if person is not None:
                # A grant or a nomination may be that of an organisation.
                found = {getattr(row, person) for page in pages for row in page.rows}
                scope.persons.update(found - {None})
            return pages

        return query._replace(read=read)

    def _how(self, condition: Condition, keys: Iterable[object]) -> Hashable:
        """Return what tells a reading from others in the access log."""
        return condition, self._source.relation, ",".join(map(digits, keys))

    async def _identified(self, load: Load[object, Page], keys: list[object]) -> Sequence[Page]:
        """Load pages of records that lead to their person through another record."""
        found = load(keys)
        pages = await (submit(found) if isinstance(found, Query) else found)
        key = table(self.listing.model).key
        records = [getattr(row, key) for page in pages for row in page.rows]
        self._scope.persons |= await people_of(self.listing.model, records)
        return pages

    async def _searched(
        self, request: PageRequest, load: Pages, keys: list[object]
    ) -> Sequence[Page]:
        pages = await submit(load(keys))
        if request not in self._charged and not all(page.more for page in pages):
            await self._pay(of_search, request.condition, keys)
        return pages

    async def _counts(self, condition: Condition, keys: list[object]) -> list[int]:
        if condition not in self._charged:
            await self._pay(of_counts, condition, keys)
        return await load_counts(self._source, condition, keys)

    async def _groups(
        self, given: GroupRequest, request: GroupRequest, keys: list[object]
    ) -> list[GroupPage]:
        await self._pay(of_groups, request, keys)
        pages = await load_groups(self._source, request, keys)
        listing = self.listing
        if any(is_personal(listing, listing.dimensions[name]) for name in given.by):
            # For the access log: small groups by personal data tell about single people.
            how = self._how(given.condition, keys)
            counts = (group.count or 0 for page in pages for group in page.rows)
            self._scope.count(listing.model, sum(counts), how)
        return pages

    async def _pay(
        self,
        cost: Callable[[Source, W, list[object], Condition], Awaitable[Scan]],
        what: W,
        keys: list[object],
    ) -> None:
        """Charge for records that are read but not returned."""
        if (spend := self._scope.spend) is not None:
            visible = self._scope.policy.of(self.listing.model)
            if (scan := await cost(self._source, what, keys, visible)).points:
                await spend(*scan)

    def visible(self, request: Request) -> Request:
        """Return the request restricted to records that the caller may see."""
        condition = self.narrow(request.condition)
        return request if condition == request.condition else replace(request, condition=condition)

    def narrow(self, condition: Condition) -> Condition:
        """Restrict a condition to records that the caller may see and may link to the parent."""
        model, policy = self.listing.model, self._scope.policy
        link = self._source.relation
        visible = policy.narrow(model, condition)
        return every(policy.link(model, link), visible) if link else visible

    def _loader(self, request: Hashable, load: Load[object, V]) -> Loader[V]:
        loader: Loader[V] | None = self._loaders.get(request)
        if loader is None:
            loader = self._loaders[request] = Loader(load)
        return loader


def lists(listing: Listing) -> Source:
    """Declare the lists of all records of a listing."""
    return Source(listing)


def lists_by(listing: Listing[M], column: ColumnOf[M]) -> Source:
    """Declare the lists of the records whose column holds the parent's key."""
    return Source(listing, Parent(column=column))


def lists_through(listing: Listing, link: Link) -> Source:
    """Declare the lists of the records that a link table relates to the parent."""
    return Source(listing, Parent(link=link))
