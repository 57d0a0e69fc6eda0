"""Data loaders: all database reads of fields, with one statement per relation and level."""

from typing import Any

from erikti.auth.principal import PUBLIC, Principal
from resolvers.dataloaders import access, awards, cis_forum, people, un_placements, volunteers
from resolvers.dataloaders.listings import Listing
from resolvers.dataloaders.lists import Lists
from resolvers.dataloaders.loading import Found, Loader, V
from resolvers.dataloaders.pages import Source
from resolvers.dataloaders.scope import LoaderScope, Spend
from resolvers.dataloaders.suppression import THRESHOLD

DOMAINS = (people, volunteers, cis_forum, un_placements, awards, access)
LISTINGS: tuple[Listing, ...] = tuple(
    found for domain in DOMAINS for found in vars(domain).values() if isinstance(found, Listing)
)


class Loaders:
    """The loaders of one operation, which cache what they have read until it ends.

    What is declared (``found.py``, ``lists.py``) has one loader, created when it is first used.
    """

    def __init__(
        self,
        principal: Principal = PUBLIC,
        purpose: str | None = None,
        spend: Spend | None = None,
        threshold: int = THRESHOLD,
    ) -> None:
        self.scope = LoaderScope(principal, purpose, spend, threshold)
        self._found: dict[Found[Any], Loader[Any]] = {}
        self._lists: dict[Source, Lists] = {}

    def of(self, found: Found[V]) -> Loader[V]:
        """Return the loader of what is declared."""
        loader: Loader[V] | None = self._found.get(found)
        if loader is None:
            loader = self._found[found] = found.loader(self.scope)
        return loader

    def lists(self, source: Source) -> Lists:
        """Return the lists that are declared."""
        lists = self._lists.get(source)
        if lists is None:
            lists = self._lists[source] = Lists(self.scope, source)
        return lists
