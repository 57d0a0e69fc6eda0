"""The root of all queries."""

import strawberry

from resolvers import code_lists, queries
from resolvers.data import ByKeys
from resolvers.dataloaders.people import ALL_COUNTRIES, ALL_GOALS, ALL_REGIONS
from resolvers.dataloaders.row_policy import LAUREATES
from resolvers.people import person_by_iin
from resolvers.registry import registry
from resolvers.statistics import YEAR, statistics
from schema import awards, cis_forum, people, un_placements, volunteers
from schema.building.costs import CODE_LISTS, COUNTED, at_most
from schema.building.fields import DATA, all_records, batch_field
from schema.building.inputs import argument
from schema.building.lookups import look_ups, whole_list
from schema.building.node import Node
from schema.building.permissions import (
    PEOPLE_READ_IIN,
    PUBLIC,
)
from schema.code_lists import CodeList
from schema.people import CIS_STATUS, Country, Person, Region, SustainableDevelopmentGoal
from schema.registry import RegistryYear
from schema.statistics import NationalStatistics
from schema.viewer import RowLimits, Viewer, ViewerBudget

CIS = "Only members (true) or non-members (false) of the CIS; by default all countries."


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
        metadata={DATA: ByKeys.NODE},
        directives=[PUBLIC],
    )
    nodes = strawberry.field(
        resolver=queries.nodes,
        graphql_type=list[Node | None],
        description=f"The records with these global IDs, at most {queries.MAX_IDS}, in the order "
        "of the IDs; null for each ID without a record.",
        metadata={DATA: ByKeys.NODES},
        directives=[PUBLIC, at_most(queries.MAX_IDS)],
    )
    viewer = strawberry.field(
        resolver=queries.viewer(Viewer, RowLimits, ViewerBudget),
        graphql_type=Viewer,
        description="The caller: identity, access and limits.",
        directives=[PUBLIC],
    )
    code_lists = strawberry.field(
        resolver=code_lists.lists,
        graphql_type=list[CodeList] | None,
        description="The closed lists of codes with labels in Kazakh, Russian and English: the "
        "values of enums, the scopes and the error codes.",
        directives=[PUBLIC, at_most(CODE_LISTS)],
    )
    regions = all_records(Region, ALL_REGIONS, "The first-level regions of Kazakhstan, by code.")
    countries = all_records(
        Country,
        ALL_COUNTRIES,
        "All countries, by code; optionally only members or non-members of the CIS.",
        having=("cis", CIS_STATUS, CIS),
    )
    sustainable_development_goals = all_records(
        SustainableDevelopmentGoal, ALL_GOALS, "The Sustainable Development Goals, by number."
    )
    person_by_iin = batch_field(
        person_by_iin,
        Person | None,
        "The person with this individual identification number of Kazakhstan; null if there is "
        "none. Send the number as a variable of a POST request so that no URL contains it.",
        directives=[PEOPLE_READ_IIN],
    )
    people = whole_list(
        "people.Person",
        "The people of all domains, each once.",
    )
    volunteers = whole_list(
        "volunteers.Volunteer",
        "Volunteers in the national registry.",
    )
    organisations = whole_list(
        "volunteers.Organisation",
        "Volunteer organisations.",
    )
    front_offices = whole_list(
        "volunteers.FrontOffice",
        "Front offices, national and regional.",
    )
    projects = whole_list(
        "volunteers.Project",
        "Volunteer projects, of all regions and years.",
    )
    participations = whole_list(
        "volunteers.Participation",
        "Participations of volunteers in projects.",
    )
    grants = whole_list(
        "volunteers.Grant",
        "Small grants to volunteer organisations and people.",
    )
    good_deeds = whole_list(
        "volunteers.GoodDeed",
        "Deeds in the Marathon of Good Deeds.",
    )
    enquiries = whole_list(
        "volunteers.Enquiry",
        "Enquiries to the call centre.",
    )
    committees = whole_list(
        "volunteers.Committee",
        "Bodies that steer volunteering, such as the National Organising Committee of the "
        "International Volunteer Year 2026.",
    )
    forums = whole_list(
        "cis_forum.Forum",
        "Editions of the CIS Volunteers' Forum.",
    )
    delegations = whole_list(
        "cis_forum.Delegation",
        "Delegations to the CIS Volunteers' Forum.",
    )
    delegates = whole_list(
        "cis_forum.Delegate",
        "Delegates to the CIS Volunteers' Forum.",
    )
    placements = whole_list(
        "un_placements.Placement",
        "UN Volunteer placements.",
    )
    host_entities = whole_list(
        "un_placements.HostEntity",
        "United Nations bodies that host volunteers.",
    )
    duty_stations = whole_list(
        "un_placements.DutyStation",
        "Cities where UN Volunteers serve.",
    )
    award_editions = whole_list(
        "awards.AwardEdition",
        'Editions of the "Volunteer of the Year" award.',
    )
    nominations = whole_list(
        "awards.Nomination",
        'Nominations for the "Volunteer of the Year" award.',
    )
    laureates = whole_list(
        "awards.Nomination",
        "The nominations that won the award.",
        scope=LAUREATES,
    )
    statistics = strawberry.field(
        resolver=statistics,
        graphql_type=NationalStatistics | None,
        description="The headline figures of a year; the error NOT_FOUND if nothing is recorded "
        "for it.",
        directives=[PUBLIC],
    )
    statistics.arguments = [  # type: ignore[attr-defined]
        argument("year", int, YEAR, required=True, costs=[COUNTED])
    ]
    registry = strawberry.field(
        resolver=registry,
        graphql_type=RegistryYear | None,
        description="The volunteers and placements of a year in public counts; the error "
        "NOT_FOUND if nothing is recorded for it.",
        directives=[PUBLIC],
    )
    registry.arguments = [  # type: ignore[attr-defined]
        argument("year", int, YEAR, required=True, costs=[COUNTED])
    ]
