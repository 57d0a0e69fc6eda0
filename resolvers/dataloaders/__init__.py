"""The only place that reads the database for a field: one statement per relation and level."""

from dataclasses import dataclass, field

from resolvers.dataloaders import awards, cis_forum, people, un_placements, volunteers
from resolvers.dataloaders.awards import AwardsLoaders
from resolvers.dataloaders.cis_forum import CisForumLoaders
from resolvers.dataloaders.people import PeopleLoaders
from resolvers.dataloaders.statistics import StatisticsLoaders
from resolvers.dataloaders.un_placements import UnPlacementsLoaders
from resolvers.dataloaders.volunteers import VolunteersLoaders

DOMAINS = (people, volunteers, cis_forum, un_placements, awards)
LISTINGS = tuple(listing for domain in DOMAINS for listing in domain.LISTINGS)


@dataclass(frozen=True)
class Loaders:
    """The loaders of one operation; what they have read they remember until its end."""

    people: PeopleLoaders = field(default_factory=PeopleLoaders)
    volunteers: VolunteersLoaders = field(default_factory=VolunteersLoaders)
    cis_forum: CisForumLoaders = field(default_factory=CisForumLoaders)
    un_placements: UnPlacementsLoaders = field(default_factory=UnPlacementsLoaders)
    awards: AwardsLoaders = field(default_factory=AwardsLoaders)
    statistics: StatisticsLoaders = field(default_factory=StatisticsLoaders)
