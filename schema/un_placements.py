"""State-funded UN Volunteer placements."""

from datetime import date

import strawberry

from models.un_placements import PlacementStatus, ProgrammeKind, ReportKind, UnvCategory
from resolvers.dataloaders.un_placements import (
    PLACEMENT_GOALS,
)
from schema.building.connections import connection
from schema.building.fields import enum, identity, text, to_many, to_one
from schema.building.node import Node, entity
from schema.building.permissions import PUBLIC, UN_PLACEMENTS_PEOPLE_READ, UN_PLACEMENTS_READ
from schema.people import Country, Person, SustainableDevelopmentGoal

enum(
    UnvCategory,
    "The category of a UN Volunteer assignment, after the categories of the UNV programme.",
    INT_SPECIALIST="International UN Volunteer Specialist.",
    INT_EXPERT="International UN Volunteer Expert.",
    INT_YOUTH="International UN Youth Volunteer.",
    YOUTH="UN Youth Volunteer.",
    INT_UNIVERSITY="International UN University Volunteer.",
    NAT_SPECIALIST="National UN Volunteer Specialist.",
    NAT_EXPERT="National UN Volunteer Expert.",
    NAT_YOUTH="National UN Youth Volunteer.",
    NAT_UNIVERSITY="National UN University Volunteer.",
    COMMUNITY="UN Community Volunteer.",
    REFUGEE="Refugee UN Volunteer.",
    ONLINE="Online Volunteer.",
)
enum(
    ProgrammeKind,
    "The kind of a programme.",
    FULL_FUNDING="Service with the United Nations, fully funded by the state.",
    IVY_COORDINATION="Coordination of the International Volunteer Year 2026.",
    OTHER="Any other programme.",
)
enum(
    PlacementStatus,
    "The status of a placement.",
    SELECTED="The person has been selected.",
    DEPLOYED="The person is travelling to the duty station.",
    ACTIVE="The person is serving.",
    EXTENDED="The person is serving longer than first agreed.",
    COMPLETED="Ended as agreed.",
    TERMINATED="Ended early.",
)
enum(
    ReportKind,
    "The kind of a report on a placement.",
    INTERIM="Submitted while the person serves.",
    FINAL="Submitted at the end of the placement.",
)


@entity(
    description="One call for UN Volunteers in one year, with its places and placements.",
    directives=[PUBLIC],
)
class Programme(Node):
    """One call for UN Volunteers."""

    name = text("name", "The programme's name.")
    kind: ProgrammeKind = strawberry.field(description="What the programme is for.")
    call_year: int = strawberry.field(
        description="The year in which candidates were called for, such as 2024."
    )
    places: int = strawberry.field(description="The number of assignments that were offered.")
    applicant_count: int | None = strawberry.field(
        description="The number of people who applied; null if it is not recorded."
    )
    placements = connection(
        "un_placements.Placement",
        "The placements under the programme.",
        by="programme_id",
    )


@entity(
    description="A United Nations body that hosts volunteers.",
    directives=[PUBLIC],
)
class HostEntity(Node):
    """A United Nations body that hosts volunteers."""

    name = text("name", "The body's name.")
    acronym: str = strawberry.field(description="The body's acronym, such as UNEP.")
    placements = connection(
        "un_placements.Placement",
        "The placements that the body hosts.",
        by="host_entity_id",
    )


@entity(
    description="A city where UN Volunteers serve.",
    directives=[PUBLIC],
)
class DutyStation(Node):
    """A city where UN Volunteers serve."""

    name = text("name", "The city's name.")
    country = to_one(
        Country,
        "country_id",
        "The city's country.",
    )
    placements = connection(
        "un_placements.Placement",
        "The placements at the duty station.",
        by="duty_station_id",
    )


@entity(
    description="A UN Volunteer assignment of one person at one host entity and duty station.",
    directives=[UN_PLACEMENTS_READ],
)
class Placement(Node):
    """An assignment of one person at one host entity and duty station."""

    person = identity(
        Person,
        "person_id",
        "The person who serves.",
        UN_PLACEMENTS_PEOPLE_READ,
    )
    programme = to_one(
        Programme,
        "programme_id",
        "The programme under which the person was placed.",
    )
    host_entity = to_one(
        HostEntity,
        "host_entity_id",
        "The United Nations body where the person serves.",
    )
    duty_station = to_one(
        DutyStation,
        "duty_station_id",
        "The city where the person serves.",
    )
    category: UnvCategory = strawberry.field(description="The category of UN Volunteer.")
    title = text("title", "The title of the assignment.")
    sustainable_development_goals = to_many(
        SustainableDevelopmentGoal,
        PLACEMENT_GOALS,
        "The Sustainable Development Goals that the assignment supports.",
    )
    starts_on: date = strawberry.field(description="The first day of service.")
    ends_on: date | None = strawberry.field(
        description="The last day of service; null if open-ended."
    )
    status: PlacementStatus = strawberry.field(description="How far the placement is.")
    funder: str = strawberry.field(description="The organisation that funds the placement.")
    reports = connection(
        "un_placements.PlacementReport",
        "Interim and final reports on the placement.",
        by="placement_id",
    )


@entity(
    description="An interim or final report on a placement.",
    directives=[UN_PLACEMENTS_READ],
)
class PlacementReport(Node):
    """A report on a placement."""

    placement = to_one(
        Placement,
        "placement_id",
        "The placement that the report is about.",
    )
    kind: ReportKind = strawberry.field(description="Whether the report is interim or final.")
    title = text("title", "The report's title.")
    submitted_on: date = strawberry.field(description="The date on which it was submitted.")
