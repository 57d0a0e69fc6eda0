"""Lists of records, whole or by parent: the loaders of their pages, totals and groups."""

from collections.abc import Awaitable, Callable, Hashable, Sequence
from dataclasses import replace
from functools import cached_property, partial
from typing import Any, TypeVar

from erikti.database.connection import submit
from erikti.database.snapshots import Query
from resolvers.dataloaders.groups import load_groups
from resolvers.dataloaders.listings import (
    Condition,
    Group,
    GroupRequest,
    Link,
    Listing,
    Page,
    PageRequest,
    every,
    fields_of,
)
from resolvers.dataloaders.loading import Load, Loader
from resolvers.dataloaders.pages import Parent, Source, load_counts, load_pages
from resolvers.dataloaders.row_policy import person_column
from resolvers.dataloaders.scans import Scan, is_search, of_counts, of_groups, of_search
from resolvers.dataloaders.scope import LoaderScope
from resolvers.dataloaders.tables import column_of

Pages = Callable[[list[Any]], Query]
Request = TypeVar("Request", PageRequest, GroupRequest)


class Lists:
    """A list of records, whole or by parent: its pages, totals and groups.

    Every different request has a loader of its own, so that parents that ask the same
    share one statement.
    """

    def __init__(self, scope: LoaderScope, source: Source) -> None:
        self._asked = scope
        self._source = source
        self._loaders: dict[Hashable, Loader] = {}

    @property
    def listing(self) -> Listing:
        """What the list offers."""
        return self._source.listing

    def pages(self, request: PageRequest) -> Loader:
        """The pages of parents' records; of all records where there is no parent."""
        given, request = request, self._seen(request)
        if request in self._loaders:
            return self._loaders[request]
        person = self._person(given)
        orders = (column_of(self.listing.model, term.field) for term in request.order)
        selection = self._asked.of(self.listing.model, *orders, *([person] if person else ()))
        load: Pages = partial(load_pages, self._source, request, selection)
        if person or self._asked.policy.counts(self.listing.model):
            load = partial(self._counted, given.condition, person, load)
        if self._asked.spend is not None and is_search(self._source, request.condition):
            return self._loader(request, partial(self._searched, request, load))
        return self._loader(request, load)

    def counts(self, condition: Condition) -> Loader:
        """How many of the parents' records fulfil the condition."""
        condition = self._narrow(condition)
        return self._loader(condition, partial(self._counts, condition))

    def groups(self, request: GroupRequest) -> Loader:
        """The groups of the parents' records."""
        request = self._seen(request)
        return self._loader(request, partial(self._groups, request))

    def _person(self, request: PageRequest) -> str | None:
        """The column of whom records are about, where they are asked by what tells it."""
        model, policy = self.listing.model, self._asked.policy
        scope = {*fields_of(request.condition), *(term.field for term in request.order)}
        if not policy.asks_for_people or not any(policy.tells(model, field) for field in scope):
            return None
        return person_column(model)

    def _counted(
        self, condition: Condition, person: str | None, load: Pages, keys: list[Any]
    ) -> Query:
        """A query for pages whose records are counted by what was asked of them."""
        query, scope = load(keys), self._asked

        def read(rows: Sequence[Any]) -> list[Page]:
            pages: list[Page] = query.read(rows)
            how = (condition, self._source.relation, tuple(keys))
            scope.count(self.listing.model, sum(len(page.rows) for page in pages), how)
            if person is not None:
                scope.persons.update(getattr(row, person) for page in pages for row in page.rows)
            return pages

        return query._replace(read=read)

    async def _searched(self, request: PageRequest, load: Pages, keys: list[Any]) -> Any:
        pages = await submit(load(keys))
        if not all(page.more for page in pages):
            await self._pay(of_search, request.condition, keys)
        return pages

    async def _counts(self, condition: Condition, keys: list[Any]) -> list[int]:
        await self._pay(of_counts, condition, keys)
        return await load_counts(self._source, condition, keys)

    async def _groups(self, request: GroupRequest, keys: list[Any]) -> list[list[Group]]:
        await self._pay(of_groups, request, keys)
        return await load_groups(self._source, request, keys)

    async def _pay(self, cost: Callable[..., Awaitable[Scan]], what: Any, keys: list[Any]) -> None:
        """Pay for records that are looked at besides those of the answer."""
        if (spend := self._asked.spend) is not None:
            seen = self._asked.policy.of(self.listing.model)
            if (scan := await cost(self._source, what, keys, seen)).points:
                await spend(*scan)

    def _seen(self, request: Request) -> Request:
        """The request for no more than the caller sees."""
        condition = self._narrow(request.condition)
        return request if condition == request.condition else replace(request, condition=condition)

    def _narrow(self, condition: Condition) -> Condition:
        """A condition that holds back what the caller does not see, or not as the parent's."""
        model, policy = self.listing.model, self._asked.policy
        link = self._source.relation
        seen = policy.narrow(model, condition)
        return every(policy.link(model, link), seen) if link else seen

    def _loader(self, request: Hashable, load: Load) -> Loader:
        if request not in self._loaders:
            self._loaders[request] = Loader(load)
        return self._loaders[request]


def lists(listing: Listing) -> cached_property[Lists]:
    """All records of a listing."""
    return cached_property(lambda group: Lists(group.scope, Source(listing)))


def lists_by(listing: Listing, column: str) -> cached_property[Lists]:
    """The records of a listing whose column holds the parent's key."""
    source = Source(listing, Parent(column=column))
    return cached_property(lambda group: Lists(group.scope, source))


def lists_through(listing: Listing, link: Link) -> cached_property[Lists]:
    """The records of a listing that a link table ties to the parent."""
    source = Source(listing, Parent(link=link))
    return cached_property(lambda group: Lists(group.scope, source))
