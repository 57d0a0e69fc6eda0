"""The root of all queries."""

import strawberry

from resolvers import code_lists, queries
from resolvers.awards import LAUREATE
from resolvers.people import countries, person_by_iin
from resolvers.registry import registry
from resolvers.relations import all_records
from resolvers.statistics import YEAR, statistics
from schema import awards, cis_forum, people, un_placements, volunteers
from schema.building.cache_control import CACHED, CACHED_LONG, OWN
from schema.building.connections import connection
from schema.building.costs import CODE_LISTS, COUNTED, COUNTRIES, GOALS, REGIONS, at_most
from schema.building.fields import batch_field
from schema.building.inputs import argument
from schema.building.lookups import look_ups
from schema.building.node import Node
from schema.building.permissions import (
    CIS_FORUM_READ,
    PEOPLE_READ_IIN,
    PUBLIC,
    UN_PLACEMENTS_READ,
    VOLUNTEERS_READ,
)
from schema.code_lists import CodeList
from schema.people import Country, Person, Region, SustainableDevelopmentGoal
from schema.registry import RegistryYear
from schema.statistics import NationalStatistics
from schema.viewer import RowLimits, Viewer, ViewerBudget

VOLUNTEERS = "schema.volunteers"
CIS_FORUM = "schema.cis_forum"
UN_PLACEMENTS = "schema.un_placements"
AWARDS = "schema.awards"


@strawberry.type(
    description="The root of all queries. A field that fails is null, with an error that has its "
    "path; the other fields are returned.",
)
@look_ups(awards, cis_forum, people, un_placements, volunteers)
class Query:
    """The root of all queries."""

    node = strawberry.field(
        resolver=queries.node,
        graphql_type=Node | None,
        description="The record with this global ID; null if there is none.",
        directives=[CACHED, PUBLIC],
    )
    nodes = strawberry.field(
        resolver=queries.nodes,
        graphql_type=list[Node | None],
        description=f"The records with these global IDs, at most {queries.MAX_IDS}, in the order "
        "of the IDs; null for each ID without a record.",
        directives=[CACHED, PUBLIC, at_most(queries.MAX_IDS)],
    )
    viewer = strawberry.field(
        resolver=queries.viewer(Viewer, RowLimits, ViewerBudget),
        graphql_type=Viewer,
        description="The caller: identity, access and limits.",
        directives=[OWN, PUBLIC],
    )
    code_lists = strawberry.field(
        resolver=code_lists.lists,
        graphql_type=list[CodeList] | None,
        description="The closed lists of codes with labels in Kazakh, Russian and English: the "
        "values of enums, the scopes and the error codes.",
        directives=[CACHED_LONG, PUBLIC, at_most(CODE_LISTS)],
    )
    regions = batch_field(
        all_records(lambda loaders: loaders.people.regions),
        list[Region] | None,
        "The first-level regions of Kazakhstan, by code.",
        directives=[CACHED_LONG, PUBLIC, at_most(REGIONS)],
    )
    countries = strawberry.field(
        resolver=countries,
        graphql_type=list[Country] | None,
        description="All countries, by code; optionally only members or non-members of the CIS.",
        directives=[CACHED_LONG, PUBLIC, at_most(COUNTRIES)],
    )
    sustainable_development_goals = batch_field(
        all_records(lambda loaders: loaders.people.goals),
        list[SustainableDevelopmentGoal] | None,
        "The Sustainable Development Goals, by number.",
        directives=[CACHED_LONG, PUBLIC, at_most(GOALS)],
    )
    person_by_iin = batch_field(
        person_by_iin,
        Person | None,
        "The person with this individual identification number of Kazakhstan; null if there is "
        "none. Send the number as a variable of a POST request so that no URL contains it.",
        directives=[OWN, PEOPLE_READ_IIN],
    )
    people = connection(
        "Person",
        "schema.people",
        lambda loaders: loaders.people.people,
        "The people of all domains, each once.",
        access=PUBLIC,
    )
    volunteers = connection(
        "Volunteer",
        VOLUNTEERS,
        lambda loaders: loaders.volunteers.volunteers,
        "Volunteers in the national registry.",
        access=VOLUNTEERS_READ,
    )
    organisations = connection(
        "Organisation",
        VOLUNTEERS,
        lambda loaders: loaders.volunteers.organisations,
        "Volunteer organisations.",
        access=PUBLIC,
    )
    front_offices = connection(
        "FrontOffice",
        VOLUNTEERS,
        lambda loaders: loaders.volunteers.front_offices,
        "Front offices, national and regional.",
        access=PUBLIC,
    )
    projects = connection(
        "Project",
        VOLUNTEERS,
        lambda loaders: loaders.volunteers.projects,
        "Volunteer projects, of all regions and years.",
        access=PUBLIC,
    )
    participations = connection(
        "Participation",
        VOLUNTEERS,
        lambda loaders: loaders.volunteers.participations,
        "Participations of volunteers in projects.",
        access=VOLUNTEERS_READ,
    )
    grants = connection(
        "Grant",
        VOLUNTEERS,
        lambda loaders: loaders.volunteers.grants,
        "Small grants to volunteer organisations and people.",
        access=PUBLIC,
    )
    good_deeds = connection(
        "GoodDeed",
        VOLUNTEERS,
        lambda loaders: loaders.volunteers.good_deeds,
        "Deeds in the Marathon of Good Deeds.",
        access=PUBLIC,
    )
    enquiries = connection(
        "Enquiry",
        VOLUNTEERS,
        lambda loaders: loaders.volunteers.enquiries,
        "Enquiries to the call centre.",
        access=VOLUNTEERS_READ,
    )
    committees = connection(
        "Committee",
        VOLUNTEERS,
        lambda loaders: loaders.volunteers.committees,
        "Bodies that steer volunteering, such as the National Organising Committee of the "
        "International Volunteer Year 2026.",
        access=PUBLIC,
    )
    forums = connection(
        "Forum",
        CIS_FORUM,
        lambda loaders: loaders.cis_forum.forums,
        "Editions of the CIS Volunteers' Forum.",
        access=PUBLIC,
    )
    delegations = connection(
        "Delegation",
        CIS_FORUM,
        lambda loaders: loaders.cis_forum.delegations,
        "Delegations to the CIS Volunteers' Forum.",
        access=PUBLIC,
    )
    delegates = connection(
        "Delegate",
        CIS_FORUM,
        lambda loaders: loaders.cis_forum.delegates,
        "Delegates to the CIS Volunteers' Forum.",
        access=CIS_FORUM_READ,
    )
    placements = connection(
        "Placement",
        UN_PLACEMENTS,
        lambda loaders: loaders.un_placements.placements,
        "UN Volunteer placements.",
        access=UN_PLACEMENTS_READ,
    )
    host_entities = connection(
        "HostEntity",
        UN_PLACEMENTS,
        lambda loaders: loaders.un_placements.host_entities,
        "United Nations bodies that host volunteers.",
        access=PUBLIC,
    )
    duty_stations = connection(
        "DutyStation",
        UN_PLACEMENTS,
        lambda loaders: loaders.un_placements.duty_stations,
        "Cities where UN Volunteers serve.",
        access=PUBLIC,
    )
    award_editions = connection(
        "AwardEdition",
        AWARDS,
        lambda loaders: loaders.awards.editions,
        'Editions of the "Volunteer of the Year" award.',
        access=PUBLIC,
    )
    nominations = connection(
        "Nomination",
        AWARDS,
        lambda loaders: loaders.awards.nominations,
        'Nominations for the "Volunteer of the Year" award.',
        access=PUBLIC,
    )
    laureates = connection(
        "Nomination",
        AWARDS,
        lambda loaders: loaders.awards.nominations,
        "The nominations that won the award.",
        scope=LAUREATE,
        access=PUBLIC,
    )
    statistics = strawberry.field(
        resolver=statistics,
        graphql_type=NationalStatistics | None,
        description="The headline figures of a year; the error NOT_FOUND if nothing is recorded "
        "for it.",
        directives=[CACHED, PUBLIC],
    )
    statistics.arguments = [  # type: ignore[attr-defined]
        argument("year", int, YEAR, required=True, costs=[COUNTED])
    ]
    registry = strawberry.field(
        resolver=registry,
        graphql_type=RegistryYear | None,
        description="The volunteers and placements of a year in public counts; the error "
        "NOT_FOUND if nothing is recorded for it.",
        directives=[CACHED, PUBLIC],
    )
    registry.arguments = [  # type: ignore[attr-defined]
        argument("year", int, YEAR, required=True, costs=[COUNTED])
    ]
