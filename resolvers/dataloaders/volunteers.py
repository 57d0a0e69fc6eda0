"""Listings of the volunteer registry."""

from models.rollups import ParticipationsByVolunteer
from models.volunteers import (
    Committee,
    Enquiry,
    FrontOffice,
    GoodDeed,
    Grant,
    Organisation,
    Participation,
    Project,
    ProjectDirection,
    ProjectGoal,
    Volunteer,
    VolunteerDirection,
)
from resolvers.dataloaders.found import SumBy
from resolvers.dataloaders.listings import Duration, Link, Listing, Members, Via

VOLUNTEER_DIRECTIONS = Link(VolunteerDirection, "volunteer_id", "direction")
PARTICIPATION_YEARS = Link(ParticipationsByVolunteer, "volunteer_id", "starts_on")
PROJECT_DIRECTIONS = Link(ProjectDirection, "project_id", "direction")
PROJECT_GOALS = Link(ProjectGoal, "project_id", "goal_id")
HOURS_OF_PROJECT = SumBy(Participation, "project_id", "hours")

VOLUNTEERS = Listing(
    Volunteer,
    filters=(
        "id",
        "person",
        "region",
        "front_office",
        "organisation",
        "status",
        "silver",
        "fields_of_work",
        "registered_on",
        "hours_total",
    ),
    orders=("registered_on", "hours_total"),
    groups=(
        "region",
        "front_office",
        "organisation",
        "status",
        "silver",
        "fields_of_work",
        "registered_on",
        "participation_years",
        Via("person.sex", name="sex"),
        Via("person.birth_date", name="age_band", bands=True),
    ),
    measures=("hours_total",),
    tags={"fields_of_work": VOLUNTEER_DIRECTIONS, "participation_years": PARTICIPATION_YEARS},
)
ORGANISATIONS = Listing(
    Organisation,
    filters=(
        "id",
        "bin",
        "name",
        "region",
        "kind",
        "registered_on",
    ),
    orders=("name", "registered_on"),
    groups=("region", "kind", "registered_on"),
    keys=("bin",),
)
FRONT_OFFICES = Listing(
    FrontOffice,
    filters=("id", "name", "kind", "region"),
    orders=("name", "kind"),
    groups=("kind", "region"),
)
PROJECTS = Listing(
    Project,
    filters=(
        "id",
        "title",
        "organisation",
        "region",
        "fields_of_work",
        "sustainable_development_goals",
        "starts_on",
        "ends_on",
        "status",
    ),
    orders=("title", "starts_on", "ends_on"),
    groups=(
        "organisation",
        "region",
        "fields_of_work",
        "sustainable_development_goals",
        "status",
        "starts_on",
        "ends_on",
    ),
    tags={"fields_of_work": PROJECT_DIRECTIONS, "sustainable_development_goals": PROJECT_GOALS},
)
PARTICIPATIONS = Listing(
    Participation,
    filters=("id", "volunteer", "project", "role", "hours", "period"),
    orders=("starts_on", "hours"),
    groups=(
        "volunteer",
        "project",
        "role",
        "starts_on",
        Via("project.region"),
        Via("project.organisation"),
        Via("project", tag=PROJECT_GOALS),
    ),
    measures=("hours",),
    members={"period": Members("Period", {"starts_on": "starts_on", "ends_on": "ends_on"})},
)
GRANTS = Listing(
    Grant,
    filters=(
        "id",
        "recipient",
        "project",
        "amount",
        "awarded_on",
        "status",
    ),
    orders=("awarded_on", "amount"),
    groups=(
        "recipient_organisation",
        "project",
        "currency",
        "status",
        "awarded_on",
        Via("recipient_organisation.region", "project.region", name="region"),
    ),
    measures=("amount",),
    members={
        "recipient": Members(
            "Party", {"organisation": "recipient_organisation", "person": "recipient_person"}
        ),
        "amount": Members("Money", {"amount": "amount", "currency": "currency"}),
    },
)
GOOD_DEEDS = Listing(
    GoodDeed,
    filters=("id", "title", "region", "happened_on", "participant_count", "year"),
    orders=("title", "happened_on", "participant_count"),
    groups=("region", "year", "happened_on"),
    measures=("participant_count",),
    columns={"year": "edition"},
)
ENQUIRIES = Listing(
    Enquiry,
    filters=(
        "id",
        "call_centre",
        "channel",
        "topic",
        "region",
        "opened_at",
        "resolved_at",
        "status",
    ),
    orders=("opened_at", "resolved_at"),
    groups=("call_centre", "channel", "topic", "region", "status", "opened_at", "resolved_at"),
    durations=(Duration("time_to_resolve", "opened_at", "resolved_at"),),
)
COMMITTEES = Listing(
    Committee,
    filters=("id", "name", "established_on"),
    orders=("name", "established_on"),
    groups=(),
)
