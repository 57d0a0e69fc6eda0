"""Loaders and listings of the volunteer registry."""

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
from resolvers.dataloaders.listings import PERIOD, Duration, Link, Listing, Members, Via
from resolvers.dataloaders.lists import lists, lists_by
from resolvers.dataloaders.loading import LoaderGroup, one_by, sum_by, values_by

VOLUNTEER_DIRECTIONS = Link(VolunteerDirection, "volunteer_id", "direction")
PARTICIPATION_YEARS = Link(ParticipationsByVolunteer, "volunteer_id", "starts_on")
PROJECT_DIRECTIONS = Link(ProjectDirection, "project_id", "direction")
PROJECT_GOALS = Link(ProjectGoal, "project_id", "goal_id")

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
        Via("project.sustainable_development_goals"),
    ),
    measures=("hours",),
    members={"period": PERIOD},
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

LISTINGS = (
    VOLUNTEERS,
    ORGANISATIONS,
    FRONT_OFFICES,
    PROJECTS,
    PARTICIPATIONS,
    GRANTS,
    GOOD_DEEDS,
    ENQUIRIES,
    COMMITTEES,
)


class VolunteersLoaders(LoaderGroup):
    """Loaders of the volunteer registry."""

    volunteer_by_id = one_by(Volunteer, "id")
    volunteer_by_person = one_by(Volunteer, "person_id")
    volunteers = lists(VOLUNTEERS)
    volunteers_by_region = lists_by(VOLUNTEERS, "region_id")
    volunteers_by_organisation = lists_by(VOLUNTEERS, "organisation_id")
    directions_by_volunteer = values_by(VOLUNTEER_DIRECTIONS)

    organisation_by_id = one_by(Organisation, "id")
    organisations = lists(ORGANISATIONS)
    organisations_by_region = lists_by(ORGANISATIONS, "region_id")

    front_office_by_id = one_by(FrontOffice, "id")
    front_office_by_region = one_by(FrontOffice, "region_id")
    front_offices = lists(FRONT_OFFICES)

    project_by_id = one_by(Project, "id")
    projects = lists(PROJECTS)
    projects_by_region = lists_by(PROJECTS, "region_id")
    projects_by_organisation = lists_by(PROJECTS, "organisation_id")
    directions_by_project = values_by(PROJECT_DIRECTIONS)
    goals_by_project = values_by(PROJECT_GOALS)
    hours_by_project = sum_by(Participation, "project_id", "hours")

    participation_by_id = one_by(Participation, "id")
    participations = lists(PARTICIPATIONS)
    participations_by_volunteer = lists_by(PARTICIPATIONS, "volunteer_id")
    participations_by_project = lists_by(PARTICIPATIONS, "project_id")

    grant_by_id = one_by(Grant, "id")
    grants = lists(GRANTS)
    grants_by_organisation = lists_by(GRANTS, "recipient_organisation_id")

    good_deed_by_id = one_by(GoodDeed, "id")
    good_deeds = lists(GOOD_DEEDS)

    enquiry_by_id = one_by(Enquiry, "id")
    enquiries = lists(ENQUIRIES)

    committee_by_id = one_by(Committee, "id")
    committees = lists(COMMITTEES)
