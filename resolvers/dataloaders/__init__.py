"""Data loaders: all database reads of fields, with one statement per relation and level."""

from erikti.auth.principal import PUBLIC, Principal
from resolvers.dataloaders import access, awards, cis_forum, people, un_placements, volunteers
from resolvers.dataloaders.access import AccessLoaders
from resolvers.dataloaders.awards import AwardsLoaders
from resolvers.dataloaders.cis_forum import CisForumLoaders
from resolvers.dataloaders.keys import KeyLoaders
from resolvers.dataloaders.people import PeopleLoaders
from resolvers.dataloaders.registry import RegistryLoaders
from resolvers.dataloaders.scope import LoaderScope, Spend
from resolvers.dataloaders.statistics import StatisticsLoaders
from resolvers.dataloaders.suppression import THRESHOLD
from resolvers.dataloaders.un_placements import UnPlacementsLoaders
from resolvers.dataloaders.volunteers import VolunteersLoaders

DOMAINS = (people, volunteers, cis_forum, un_placements, awards, access)
LISTINGS = tuple(listing for domain in DOMAINS for listing in domain.LISTINGS)


class Loaders:
    """The loaders of one operation, which cache what they have read until it ends."""

    def __init__(
        self,
        principal: Principal = PUBLIC,
        purpose: str | None = None,
        spend: Spend | None = None,
        threshold: int = THRESHOLD,
    ) -> None:
        self.scope = LoaderScope(principal, purpose, spend, threshold)
        self.people = PeopleLoaders(self.scope)
        self.volunteers = VolunteersLoaders(self.scope)
        self.cis_forum = CisForumLoaders(self.scope)
        self.un_placements = UnPlacementsLoaders(self.scope)
        self.awards = AwardsLoaders(self.scope)
        self.access = AccessLoaders(self.scope)
        self.registry = RegistryLoaders(self.scope)
        self.statistics = StatisticsLoaders(self.scope)
        self.keys = KeyLoaders(self.scope)
