"""The root of all queries: a table of contents."""

import strawberry

from resolvers import queries
from resolvers.awards import LAUREATE, award_edition
from resolvers.cis_forum import forum
from resolvers.people import countries
from resolvers.relations import everything
from resolvers.statistics import statistics
from schema.awards import AwardEdition
from schema.cache_control import KEPT, KEPT_LONG, OWN
from schema.cis_forum import Forum
from schema.connections import connection
from schema.fields import answered
from schema.node import Node
from schema.people import Country, Person, Region, SustainableDevelopmentGoal
from schema.statistics import NationalStatistics
from schema.un_placements import Placement
from schema.viewer import Viewer
from schema.volunteers import Committee, Organisation, Volunteer

VOLUNTEERS = "schema.volunteers"
CIS_FORUM = "schema.cis_forum"
UN_PLACEMENTS = "schema.un_placements"
AWARDS = "schema.awards"


@strawberry.type(description="Everything that can be asked.")
class Query:
    """Everything that can be asked."""

    node = strawberry.field(
        resolver=queries.node,
        graphql_type=Node | None,
        description="The record with this global id; null where there is none.",
        directives=[KEPT],
    )
    nodes = strawberry.field(
        resolver=queries.nodes,
        graphql_type=list[Node | None],
        description=f"The records with these global ids, at most {queries.MAX_IDS}, in order; "
        "null where there is none.",
        directives=[KEPT],
    )
    viewer = strawberry.field(
        resolver=queries.viewer,
        graphql_type=Viewer,
        description="Who the caller is to this API.",
        directives=[OWN],
    )
    regions = answered(
        everything(lambda loaders: loaders.people.regions),
        list[Region],
        "The first-level regions of Kazakhstan, by code.",
        kept=[KEPT_LONG],
    )
    countries = strawberry.field(
        resolver=countries,
        graphql_type=list[Country],
        description="All countries by code, or those that belong to the CIS, or those that do not.",
        directives=[KEPT_LONG],
    )
    sustainable_development_goals = answered(
        everything(lambda loaders: loaders.people.goals),
        list[SustainableDevelopmentGoal],
        "The Sustainable Development Goals, by number.",
        kept=[KEPT_LONG],
    )
    person = answered(
        queries.record("Person"),
        Person | None,
        "One person; null where there is none.",
        kept=[KEPT],
    )
    people = connection("Person", "schema.people", lambda loaders: loaders.people.people, "People.")
    volunteer = answered(
        queries.record("Volunteer"),
        Volunteer | None,
        "One volunteer; null where there is none.",
        kept=[KEPT],
    )
    volunteers = connection(
        "Volunteer",
        VOLUNTEERS,
        lambda loaders: loaders.volunteers.volunteers,
        "Volunteers of the national registry.",
    )
    organisation = answered(
        queries.record("Organisation"),
        Organisation | None,
        "One volunteer organisation; null where there is none.",
        kept=[KEPT],
    )
    organisations = connection(
        "Organisation",
        VOLUNTEERS,
        lambda loaders: loaders.volunteers.organisations,
        "Volunteer organisations.",
    )
    front_offices = connection(
        "FrontOffice",
        VOLUNTEERS,
        lambda loaders: loaders.volunteers.front_offices,
        "Front offices, national and regional.",
    )
    projects = connection(
        "Project", VOLUNTEERS, lambda loaders: loaders.volunteers.projects, "Volunteer projects."
    )
    grants = connection(
        "Grant", VOLUNTEERS, lambda loaders: loaders.volunteers.grants, "Small grants."
    )
    good_deeds = connection(
        "GoodDeed",
        VOLUNTEERS,
        lambda loaders: loaders.volunteers.good_deeds,
        "Deeds in the Marathon of Good Deeds.",
    )
    enquiries = connection(
        "Enquiry",
        VOLUNTEERS,
        lambda loaders: loaders.volunteers.enquiries,
        "Enquiries to the call centre.",
    )
    committees = answered(
        everything(lambda loaders: loaders.volunteers.committees),
        list[Committee],
        "Bodies that steer volunteering, such as the National Organising Committee "
        "of the International Volunteer Year 2026.",
        kept=[KEPT],
    )
    forum = strawberry.field(
        resolver=forum,
        graphql_type=Forum | None,
        description="The CIS Volunteers' Forum of a year; NOT_FOUND where there is none.",
        directives=[KEPT],
    )
    forums = connection(
        "Forum", CIS_FORUM, lambda loaders: loaders.cis_forum.forums, "CIS Volunteers' Forums."
    )
    delegations = connection(
        "Delegation",
        CIS_FORUM,
        lambda loaders: loaders.cis_forum.delegations,
        "Delegations to the CIS Volunteers' Forum.",
    )
    delegates = connection(
        "Delegate",
        CIS_FORUM,
        lambda loaders: loaders.cis_forum.delegates,
        "Delegates to the CIS Volunteers' Forum.",
    )
    placement = answered(
        queries.record("Placement"),
        Placement | None,
        "One UN Volunteer placement; null where there is none.",
        kept=[KEPT],
    )
    placements = connection(
        "Placement",
        UN_PLACEMENTS,
        lambda loaders: loaders.un_placements.placements,
        "UN Volunteer placements.",
    )
    host_entities = connection(
        "HostEntity",
        UN_PLACEMENTS,
        lambda loaders: loaders.un_placements.host_entities,
        "United Nations bodies that host volunteers.",
    )
    duty_stations = connection(
        "DutyStation",
        UN_PLACEMENTS,
        lambda loaders: loaders.un_placements.duty_stations,
        "Cities where UN Volunteers serve.",
    )
    award_edition = strawberry.field(
        resolver=award_edition,
        graphql_type=AwardEdition | None,
        description='The award "Volunteer of the Year" of a year; NOT_FOUND where there is none.',
        directives=[KEPT],
    )
    award_editions = connection(
        "AwardEdition",
        AWARDS,
        lambda loaders: loaders.awards.editions,
        'The years of the award "Volunteer of the Year".',
    )
    nominations = connection(
        "Nomination",
        AWARDS,
        lambda loaders: loaders.awards.nominations,
        'Nominations for the award "Volunteer of the Year".',
    )
    laureates = connection(
        "Nomination",
        AWARDS,
        lambda loaders: loaders.awards.nominations,
        "The nominations that won the award.",
        scope=LAUREATE,
    )
    statistics = strawberry.field(
        resolver=statistics,
        graphql_type=NationalStatistics,
        description="The headline figures of a year; NOT_FOUND where nothing is recorded of it.",
        directives=[KEPT],
    )
