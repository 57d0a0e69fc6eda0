"""The national volunteer registry."""

from datetime import date, datetime
from decimal import Decimal

import strawberry

from models.volunteers import (
    Direction,
    EnquiryChannel,
    EnquiryStatus,
    EnquiryTopic,
    FrontOfficeKind,
    GrantStatus,
    OrganisationKind,
    ParticipationRole,
    ProjectStatus,
    VolunteerStatus,
)
from resolvers.dataloaders.volunteers import (
    ENQUIRIES,
    FRONT_OFFICES,
    GOOD_DEEDS,
    GRANTS,
    ORGANISATIONS,
    PARTICIPATIONS,
    PROJECTS,
    VOLUNTEERS,
)
from resolvers.volunteers import money, recipient
from schema.building.cache_control import KEPT
from schema.building.columns import NAMED
from schema.building.connections import connection
from schema.building.costs import GOALS
from schema.building.fields import answered, enum, identity, period, text, to_many, to_one, values
from schema.building.listings import listing_types
from schema.building.node import Node
from schema.building.permissions import PUBLIC, VOLUNTEERS_PEOPLE_READ, VOLUNTEERS_READ
from schema.building.scalars import CurrencyCode
from schema.people import Party, Person, Region, SustainableDevelopmentGoal

enum(
    Direction,
    "A field of voluntary work.",
    DIGITAL="Digital skills and media.",
    EMERGENCY="Emergencies and disasters.",
    EVENTS="Public events.",
    SEARCH="Search for missing people.",
    SOCIAL="Social help.",
)
enum(
    FrontOfficeKind,
    "Whom a front office serves.",
    NATIONAL="The whole country.",
    REGIONAL="One region.",
)
enum(OrganisationKind, "What a volunteer organisation is.")
enum(
    VolunteerStatus,
    "Where a volunteer's entry in the registry stands.",
    ACTIVE="Takes part.",
    INACTIVE="Takes no part at present.",
    WITHDRAWN="Left the registry.",
)
enum(ProjectStatus, "Where a project stands.")
enum(ParticipationRole, "What a volunteer does in a project.")
enum(GrantStatus, "Where a grant stands.")
enum(EnquiryChannel, "How an enquiry reached the call centre.")
enum(EnquiryTopic, "What an enquiry is about.")
enum(EnquiryStatus, "Where an enquiry stands.")


def _region(description: str) -> object:
    return to_one(Region, lambda loaders: loaders.people.region_by_code, "region_id", description)


@strawberry.type(
    description="An amount of money.",
    directives=[PUBLIC],
)
class Money:
    """An amount of money."""

    amount: Decimal = strawberry.field(description="The amount, to two decimals.")
    currency: CurrencyCode = strawberry.field(description="The currency (ISO 4217).")


@strawberry.federation.type(
    keys=["id"],
    description="The national or a regional service point for volunteers.",
    directives=[PUBLIC, KEPT],
)
class FrontOffice(Node):
    """The national or a regional service point for volunteers."""

    name = text("name", "The front office's name.")
    kind: FrontOfficeKind = strawberry.field(description="Whom it serves.")
    region = to_one(
        Region | None,
        lambda loaders: loaders.people.region_by_code,
        "region_id",
        "The region that it serves; null for the national one.",
    )
    address: str | None = strawberry.field(description="Where it is.")
    phone: str | None = strawberry.field(description="Its telephone number.")


@strawberry.federation.type(
    keys=["id"],
    description="A volunteer organisation.",
    directives=[PUBLIC],
)
class Organisation(Node):
    """A volunteer organisation."""

    bin: str | None = strawberry.field(
        description="Business identification number of Kazakhstan, 12 digits."
    )
    name = text("name", "The organisation's name.")
    region = _region("Where it is registered.")
    kind: OrganisationKind = strawberry.field(description="What it is.")
    registered_on: date = strawberry.field(description="The day on which it was registered.")
    volunteers = connection(
        "Volunteer",
        __name__,
        lambda loaders: loaders.volunteers.volunteers_by_organisation,
        "Volunteers who belong to it.",
        key="id",
    )
    projects = connection(
        "Project",
        __name__,
        lambda loaders: loaders.volunteers.projects_by_organisation,
        "Projects that it carries out.",
        key="id",
    )
    grants = connection(
        "Grant",
        __name__,
        lambda loaders: loaders.volunteers.grants_by_organisation,
        "Grants that it received.",
        key="id",
    )
    nominations = connection(
        "Nomination",
        "schema.awards",
        lambda loaders: loaders.awards.nominations_by_organisation,
        "Its nominations for the award Volunteer of the Year.",
        key="id",
    )


@strawberry.federation.type(
    keys=["id"],
    description="A person's entry in the national volunteer registry.",
    directives=[VOLUNTEERS_READ],
)
class Volunteer(Node):
    """A person's entry in the national volunteer registry."""

    person = identity(
        Person,
        lambda loaders: loaders.people.person_by_id,
        "person_id",
        "Who it is.",
        VOLUNTEERS_PEOPLE_READ,
        person="person_id",
    )
    region = _region("Where they are registered.")
    front_office = to_one(
        FrontOffice | None,
        lambda loaders: loaders.volunteers.front_office_by_id,
        "front_office_id",
        "The front office that looks after them.",
    )
    organisation = to_one(
        Organisation | None,
        lambda loaders: loaders.volunteers.organisation_by_id,
        "organisation_id",
        "The organisation that they belong to.",
    )
    status: VolunteerStatus = strawberry.field(description="Where the entry stands.")
    silver: bool = strawberry.field(
        description='Whether they are a "silver" volunteer, one of the older generation.'
    )
    directions = values(
        Direction,
        lambda loaders: loaders.volunteers.directions_by_volunteer,
        "The fields of work that they chose.",
    )
    registered_on: date = strawberry.field(description="The day on which they registered.")
    hours_total: Decimal = strawberry.field(
        description="The hours of all their participations, to one decimal."
    )
    participations = connection(
        "Participation",
        __name__,
        lambda loaders: loaders.volunteers.participations_by_volunteer,
        "What they gave to projects.",
        key="id",
    )


@strawberry.federation.type(
    keys=["id"],
    description="A volunteer project.",
    directives=[PUBLIC],
)
class Project(Node):
    """A volunteer project."""

    title = text("title", "The project's title.")
    organisation = to_one(
        Organisation | None,
        lambda loaders: loaders.volunteers.organisation_by_id,
        "organisation_id",
        "The organisation that carries it out.",
    )
    region = _region("Where it is carried out.")
    directions = values(
        Direction,
        lambda loaders: loaders.volunteers.directions_by_project,
        "Its fields of work.",
    )
    sustainable_development_goals = to_many(
        SustainableDevelopmentGoal,
        lambda loaders: loaders.people.goal_by_number,
        lambda loaders: loaders.volunteers.goals_by_project,
        "The Sustainable Development Goals that it serves.",
        GOALS,
    )
    starts_on: date = strawberry.field(description="Its first day.")
    ends_on: date | None = strawberry.field(description="Its last day; null while open.")
    status: ProjectStatus = strawberry.field(description="Where it stands.")
    participants = connection(
        "Participation",
        __name__,
        lambda loaders: loaders.volunteers.participations_by_project,
        "Who gave what to it.",
        key="id",
    )
    hours = to_one(
        Decimal,
        lambda loaders: loaders.volunteers.hours_by_project,
        "id",
        "The hours of all participations, to one decimal.",
        directives=[VOLUNTEERS_READ],
    )


@strawberry.federation.type(
    keys=["id"],
    description="What one volunteer gave to one project in one period.",
    directives=[VOLUNTEERS_READ],
)
class Participation(Node):
    """What one volunteer gave to one project in one period."""

    volunteer = to_one(
        Volunteer,
        lambda loaders: loaders.volunteers.volunteer_by_id,
        "volunteer_id",
        "Who gave it.",
    )
    project = to_one(
        Project, lambda loaders: loaders.volunteers.project_by_id, "project_id", "To what."
    )
    role: ParticipationRole = strawberry.field(description="In which role.")
    hours: Decimal = strawberry.field(description="Hours, to one decimal.")
    period = period()


@strawberry.federation.type(
    keys=["id"],
    description="A small grant.",
    directives=[PUBLIC],
)
class Grant(Node):
    """A small grant."""

    recipient = answered(
        recipient,
        Party | None,
        f"Who received it. {NAMED}",
        reads=["recipient_organisation_id", "recipient_person_id"],
    )
    project = to_one(
        Project | None,
        lambda loaders: loaders.volunteers.project_by_id,
        "project_id",
        "What it is for.",
    )
    amount = answered(money, Money, "How much it is.", reads=["amount", "currency"])
    awarded_on: date = strawberry.field(description="The day on which it was awarded.")
    status: GrantStatus = strawberry.field(description="Where it stands.")


@strawberry.federation.type(
    keys=["id"],
    description="A deed in the Marathon of Good Deeds.",
    directives=[PUBLIC],
)
class GoodDeed(Node):
    """A deed in the Marathon of Good Deeds."""

    title = text("title", "What was done.")
    region = _region("Where it was done.")
    happened_on: date = strawberry.field(description="When it was done.")
    participant_count: int = strawberry.field(description="How many people took part.")
    edition: int = strawberry.field(description="The year of the marathon.")


@strawberry.federation.type(
    keys=["id"],
    description="An enquiry to a call centre.",
    directives=[VOLUNTEERS_READ],
)
class Enquiry(Node):
    """An enquiry to a call centre."""

    call_centre: str = strawberry.field(description="The code of the call centre.")
    channel: EnquiryChannel = strawberry.field(description="How it came.")
    topic: EnquiryTopic = strawberry.field(description="What it is about.")
    region = to_one(
        Region | None,
        lambda loaders: loaders.people.region_by_code,
        "region_id",
        "Where it came from.",
    )
    opened_at: datetime = strawberry.field(description="When it came.")
    resolved_at: datetime | None = strawberry.field(
        description="When it was resolved; null while it is not."
    )
    status: EnquiryStatus = strawberry.field(description="Where it stands.")


@strawberry.federation.type(
    keys=["id"],
    description="A body that steers volunteering, such as an organising committee.",
    directives=[PUBLIC],
)
class Committee(Node):
    """A body that steers volunteering."""

    name = text("name", "The committee's name.")
    established_on: date = strawberry.field(description="The day on which it was set up.")
    dissolved_on: date | None = strawberry.field(
        description="The day on which it ended; null while it exists."
    )


FrontOfficeFilter, FrontOfficeOrder, FrontOfficeConnection = listing_types(
    FRONT_OFFICES, FrontOffice
)
OrganisationFilter, OrganisationOrder, OrganisationConnection = listing_types(
    ORGANISATIONS, Organisation
)
VolunteerFilter, VolunteerOrder, VolunteerConnection = listing_types(VOLUNTEERS, Volunteer)
ProjectFilter, ProjectOrder, ProjectConnection = listing_types(PROJECTS, Project)
ParticipationFilter, ParticipationOrder, ParticipationConnection = listing_types(
    PARTICIPATIONS, Participation
)
GrantFilter, GrantOrder, GrantConnection = listing_types(GRANTS, Grant)
GoodDeedFilter, GoodDeedOrder, GoodDeedConnection = listing_types(GOOD_DEEDS, GoodDeed)
EnquiryFilter, EnquiryOrder, EnquiryConnection = listing_types(ENQUIRIES, Enquiry)
