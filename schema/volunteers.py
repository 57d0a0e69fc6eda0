"""The national volunteer registry."""

from datetime import date, datetime
from decimal import Decimal

import strawberry

from resolvers.dataloaders.volunteers import (
    HOURS_OF_PROJECT,
    PROJECT_DIRECTIONS,
    PROJECT_GOALS,
    VOLUNTEER_DIRECTIONS,
)
from schema.building.connections import connection
from schema.building.fields import (
    Period,
    column,
    identity,
    part,
    text,
    to_many,
    to_one,
    values,
)
from schema.building.node import Node, entity
from schema.building.permissions import PUBLIC, VOLUNTEERS_PEOPLE_READ, VOLUNTEERS_READ
from schema.building.scalars import CurrencyCode
from schema.people import Person, Region, SustainableDevelopmentGoal, party
from schema.volunteer_codes import (
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


@strawberry.federation.type(
    shareable=True,
    description="An amount of money in one currency.",
    directives=[PUBLIC],
)
class Money:
    """An amount of money."""

    amount: Decimal = strawberry.field(
        description="The amount in units of `currency`, with two decimals, such as 1500000.00."
    )
    currency: CurrencyCode = strawberry.field(description="The currency (ISO 4217), such as KZT.")


@entity(
    description="The national or a regional service point for volunteers.",
    directives=[PUBLIC],
)
class FrontOffice(Node):
    """The national or a regional service point for volunteers."""

    name = text("name", "The front office's name.")
    kind: FrontOfficeKind = strawberry.field(
        description="Whether it serves the country or one region."
    )
    region = to_one(
        Region | None,
        "region_id",
        "The region that the office serves; null for the national one.",
    )
    address: str | None = strawberry.field(
        description="The postal address; null if it is not recorded."
    )
    phone: str | None = strawberry.field(
        description="The telephone number for the public; null if it is not recorded."
    )


@entity(
    description="An organisation that volunteers belong to, or that carries out their projects.",
    directives=[PUBLIC],
)
class Organisation(Node):
    """A volunteer organisation."""

    bin: str | None = strawberry.field(
        description="The business identification number (BIN) of Kazakhstan, 12 digits; null if "
        "the organisation has none."
    )
    name = text("name", "The organisation's name.")
    region = to_one(Region, "region_id", "The region of registration.")
    kind: OrganisationKind = strawberry.field(
        description="The legal form of the organisation, or the kind of institution behind it."
    )
    registered_on: date = strawberry.field(description="The date of registration.")
    volunteers = connection(
        "volunteers.Volunteer",
        "Volunteers who belong to the organisation.",
        by="organisation_id",
    )
    projects = connection(
        "volunteers.Project",
        "Projects that the organisation carries out.",
        by="organisation_id",
    )
    grants = connection(
        "volunteers.Grant",
        "Grants that the organisation received.",
        by="recipient_organisation_id",
    )
    nominations = connection(
        "awards.Nomination",
        'The organisation\'s nominations for the "Volunteer of the Year" award.',
        by="nominee_organisation_id",
    )


@entity(
    description="A person's entry in the national volunteer registry.",
    directives=[VOLUNTEERS_READ],
)
class Volunteer(Node):
    """A person's entry in the national volunteer registry."""

    person = identity(
        Person,
        "person_id",
        "The person who volunteers.",
        VOLUNTEERS_PEOPLE_READ,
    )
    region = to_one(Region, "region_id", "The region of registration.")
    front_office = to_one(
        FrontOffice | None,
        "front_office_id",
        "The front office that is responsible for the volunteer; null if none is.",
    )
    organisation = to_one(
        Organisation | None,
        "organisation_id",
        "The organisation that the volunteer belongs to; null if there is none.",
    )
    status: VolunteerStatus = strawberry.field(description="The status in the registry.")
    silver: bool = strawberry.field(
        description='Whether the registry lists a "silver" volunteer, one of the older generation.'
    )
    fields_of_work = values(
        Direction,
        VOLUNTEER_DIRECTIONS,
        "The kinds of volunteer work that the volunteer chose.",
    )
    registered_on: date = strawberry.field(description="The date of registration.")
    hours_total: Decimal = strawberry.field(
        description="The sum of the hours of all participations, with one decimal."
    )
    participations = connection(
        "volunteers.Participation",
        "The volunteer's participations in projects.",
        by="volunteer_id",
    )


@entity(
    description="A project in which volunteers take part, in one region.",
    directives=[PUBLIC],
)
class Project(Node):
    """A volunteer project."""

    title = text("title", "The project's title.")
    organisation = to_one(
        Organisation | None,
        "organisation_id",
        "The organisation that carries out the project; null if there is none.",
    )
    region = to_one(Region, "region_id", "The region in which the project is carried out.")
    fields_of_work = values(
        Direction,
        PROJECT_DIRECTIONS,
        "The kinds of volunteer work that the project involves.",
    )
    sustainable_development_goals = to_many(
        SustainableDevelopmentGoal,
        PROJECT_GOALS,
        "The Sustainable Development Goals that the project supports.",
    )
    starts_on: date = strawberry.field(description="The first day.")
    ends_on: date | None = strawberry.field(description="The last day; null if open-ended.")
    status: ProjectStatus = strawberry.field(description="How far the project is.")
    participations = connection(
        "volunteers.Participation",
        "The participations of volunteers in the project.",
        by="project_id",
    )
    hours = to_one(
        Decimal,
        "id",
        "The sum of the hours of all participations, with one decimal.",
        HOURS_OF_PROJECT,
        directives=[VOLUNTEERS_READ],
    )


@entity(
    description="The participation of one volunteer in one project in one period.",
    directives=[VOLUNTEERS_READ],
)
class Participation(Node):
    """The participation of one volunteer in one project in one period."""

    volunteer = to_one(
        Volunteer,
        "volunteer_id",
        "The volunteer who took part.",
    )
    project = to_one(
        Project,
        "project_id",
        "The project that the volunteer took part in.",
    )
    role: ParticipationRole = strawberry.field(description="What the volunteer did in the project.")
    hours: Decimal = strawberry.field(
        description="The hours of service in the period, with one decimal."
    )
    period = part(
        Period,
        "The days from the first to the last.",
        starts_on="starts_on",
        ends_on="ends_on",
    )


@entity(
    description="A small grant to an organisation or a person, often for a project.",
    directives=[PUBLIC],
)
class Grant(Node):
    """A small grant."""

    recipient = party(
        "recipient_person_id",
        "recipient_organisation_id",
        "The person or organisation that received the grant.",
    )
    project = to_one(
        Project | None,
        "project_id",
        "The project that the grant funds; null if it funds none in particular.",
    )
    amount = part(
        Money,
        "The money awarded, in the currency of the grant.",
        amount="amount",
        currency="currency",
    )
    awarded_on: date = strawberry.field(description="The date on which it was awarded.")
    status: GrantStatus = strawberry.field(
        description="How far the work is that the grant pays for."
    )


@entity(
    description="A deed in the Marathon of Good Deeds.",
    directives=[PUBLIC],
)
class GoodDeed(Node):
    """A deed in the Marathon of Good Deeds."""

    title = text("title", "What was done, as a title.")
    region = to_one(Region, "region_id", "The region in which it was done.")
    happened_on: date = strawberry.field(description="The date on which it was done.")
    participant_count: int = strawberry.field(description="The number of people who took part.")
    year = column(int, "edition", "The year of the marathon, such as 2025.")


@entity(
    description="An enquiry to a call centre: what it is about, when it arrived and how it ended.",
    directives=[VOLUNTEERS_READ],
)
class Enquiry(Node):
    """An enquiry to a call centre."""

    call_centre: str = strawberry.field(description="The code of the call centre.")
    channel: EnquiryChannel = strawberry.field(
        description="How the enquiry reached the call centre."
    )
    topic: EnquiryTopic = strawberry.field(description="What the enquiry is about.")
    region = to_one(
        Region | None,
        "region_id",
        "The region that the enquiry came from; null if it is not known.",
    )
    opened_at: datetime = strawberry.field(description="When the enquiry was received.")
    resolved_at: datetime | None = strawberry.field(
        description="When the enquiry was closed; null if it is still open."
    )
    status: EnquiryStatus = strawberry.field(
        description="Whether the enquiry is open, and how it ended."
    )


@entity(
    description="A body that steers volunteering, such as an organising committee.",
    directives=[PUBLIC],
)
class Committee(Node):
    """A body that steers volunteering."""

    name = text("name", "The committee's name.")
    established_on: date = strawberry.field(description="The date of establishment.")
    dissolved_on: date | None = strawberry.field(
        description="The date of dissolution; null if the committee exists."
    )
