"""The national volunteer registry."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any

import strawberry

from resolvers.dataloaders.volunteers import (
    COMMITTEES,
    ENQUIRIES,
    FRONT_OFFICES,
    GOOD_DEEDS,
    GRANTS,
    ORGANISATIONS,
    PARTICIPATIONS,
    PROJECTS,
    VOLUNTEERS,
)
from resolvers.volunteers import recipient
from schema.building.cache_control import CACHED
from schema.building.columns import NAMED
from schema.building.connections import connection
from schema.building.costs import GOALS
from schema.building.fields import (
    batch_field,
    column,
    identity,
    period,
    text,
    to_many,
    to_one,
    values,
)
from schema.building.listings import listing_types
from schema.building.node import Node, entity
from schema.building.permissions import PUBLIC, VOLUNTEERS_PEOPLE_READ, VOLUNTEERS_READ
from schema.building.scalars import CurrencyCode
from schema.people import Party, Person, Region, SustainableDevelopmentGoal
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


def _region(description: str) -> object:
    return to_one(Region, lambda loaders: loaders.people.region_by_code, "region_id", description)


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


def _money() -> object:
    def resolve(parents: list[Any], info: strawberry.Info) -> list[Money]:
        return [Money(amount=parent.amount, currency=parent.currency) for parent in parents]

    return batch_field(
        resolve,
        Money,
        "The money awarded, in the currency of the grant.",
        reads=["amount", "currency"],
    )


@entity(
    description="The national or a regional service point for volunteers.",
    directives=[PUBLIC, CACHED],
)
class FrontOffice(Node):
    """The national or a regional service point for volunteers."""

    name = text("name", "The front office's name.")
    kind: FrontOfficeKind = strawberry.field(
        description="Whether it serves the country or one region."
    )
    region = to_one(
        Region | None,
        lambda loaders: loaders.people.region_by_code,
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
    region = _region("The region of registration.")
    kind: OrganisationKind = strawberry.field(
        description="The legal form of the organisation, or the kind of institution behind it."
    )
    registered_on: date = strawberry.field(description="The date of registration.")
    volunteers = connection(
        "Volunteer",
        __name__,
        lambda loaders: loaders.volunteers.volunteers_by_organisation,
        "Volunteers who belong to the organisation.",
        key="id",
    )
    projects = connection(
        "Project",
        __name__,
        lambda loaders: loaders.volunteers.projects_by_organisation,
        "Projects that the organisation carries out.",
        key="id",
    )
    grants = connection(
        "Grant",
        __name__,
        lambda loaders: loaders.volunteers.grants_by_organisation,
        "Grants that the organisation received.",
        key="id",
    )
    nominations = connection(
        "Nomination",
        "schema.awards",
        lambda loaders: loaders.awards.nominations_by_organisation,
        'The organisation\'s nominations for the "Volunteer of the Year" award.',
        key="id",
    )


@entity(
    description="A person's entry in the national volunteer registry.",
    directives=[VOLUNTEERS_READ],
)
class Volunteer(Node):
    """A person's entry in the national volunteer registry."""

    person = identity(
        Person,
        lambda loaders: loaders.people.person_by_id,
        "person_id",
        "The person who volunteers.",
        VOLUNTEERS_PEOPLE_READ,
        person="person_id",
    )
    region = _region("The region of registration.")
    front_office = to_one(
        FrontOffice | None,
        lambda loaders: loaders.volunteers.front_office_by_id,
        "front_office_id",
        "The front office that is responsible for the volunteer; null if none is.",
    )
    organisation = to_one(
        Organisation | None,
        lambda loaders: loaders.volunteers.organisation_by_id,
        "organisation_id",
        "The organisation that the volunteer belongs to; null if there is none.",
    )
    status: VolunteerStatus = strawberry.field(description="The status in the registry.")
    silver: bool = strawberry.field(
        description='Whether the registry lists a "silver" volunteer, one of the older generation.'
    )
    fields_of_work = values(
        Direction,
        lambda loaders: loaders.volunteers.directions_by_volunteer,
        "The kinds of volunteer work that the volunteer chose.",
    )
    registered_on: date = strawberry.field(description="The date of registration.")
    hours_total: Decimal = strawberry.field(
        description="The sum of the hours of all participations, with one decimal."
    )
    participations = connection(
        "Participation",
        __name__,
        lambda loaders: loaders.volunteers.participations_by_volunteer,
        "The volunteer's participations in projects.",
        key="id",
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
        lambda loaders: loaders.volunteers.organisation_by_id,
        "organisation_id",
        "The organisation that carries out the project; null if there is none.",
    )
    region = _region("The region in which the project is carried out.")
    fields_of_work = values(
        Direction,
        lambda loaders: loaders.volunteers.directions_by_project,
        "The kinds of volunteer work that the project involves.",
    )
    sustainable_development_goals = to_many(
        SustainableDevelopmentGoal,
        lambda loaders: loaders.people.goal_by_number,
        lambda loaders: loaders.volunteers.goals_by_project,
        "The Sustainable Development Goals that the project supports.",
        GOALS,
    )
    starts_on: date = strawberry.field(description="The first day.")
    ends_on: date | None = strawberry.field(description="The last day; null if open-ended.")
    status: ProjectStatus = strawberry.field(description="How far the project is.")
    participations = connection(
        "Participation",
        __name__,
        lambda loaders: loaders.volunteers.participations_by_project,
        "The participations of volunteers in the project.",
        key="id",
    )
    hours = to_one(
        Decimal,
        lambda loaders: loaders.volunteers.hours_by_project,
        "id",
        "The sum of the hours of all participations, with one decimal.",
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
        lambda loaders: loaders.volunteers.volunteer_by_id,
        "volunteer_id",
        "The volunteer who took part.",
    )
    project = to_one(
        Project,
        lambda loaders: loaders.volunteers.project_by_id,
        "project_id",
        "The project that the volunteer took part in.",
    )
    role: ParticipationRole = strawberry.field(description="What the volunteer did in the project.")
    hours: Decimal = strawberry.field(
        description="The hours of service in the period, with one decimal."
    )
    period = period()


@entity(
    description="A small grant to an organisation or a person, often for a project.",
    directives=[PUBLIC],
)
class Grant(Node):
    """A small grant."""

    recipient = batch_field(
        recipient,
        Party | None,
        f"The person or organisation that received the grant. {NAMED}",
        reads=["recipient_organisation_id", "recipient_person_id"],
    )
    project = to_one(
        Project | None,
        lambda loaders: loaders.volunteers.project_by_id,
        "project_id",
        "The project that the grant funds; null if it funds none in particular.",
    )
    amount = _money()
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
    region = _region("The region in which it was done.")
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
        lambda loaders: loaders.people.region_by_code,
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
CommitteeFilter, CommitteeOrder, CommitteeConnection = listing_types(COMMITTEES, Committee)
