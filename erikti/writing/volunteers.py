"""Files of the national volunteer registry."""

from erikti.writing.cells import Cell, money
from erikti.writing.kind import (
    Kind,
    Link,
    Lookup,
    Rule,
    agreeing,
    by_source,
    exactly_one,
    ordered,
)
from models.enquiry_codes import ENQUIRY_STATES
from models.volunteers import (
    GRANT_STATES,
    PROJECT_STATES,
    Committee,
    Enquiry,
    FrontOffice,
    FrontOfficeKind,
    GoodDeed,
    Grant,
    Organisation,
    Participation,
    ParticipationRole,
    Project,
    ProjectDirection,
    ProjectGoal,
    Volunteer,
    VolunteerDirection,
)

FRONT_OFFICES = Kind(
    "front-offices",
    "The national front office and those of the regions.",
    FrontOffice,
    ("kind", "region", "name", "address", "phone"),
    (
        Rule(
            ("kind", "region"),
            lambda kind, region: (kind == FrontOfficeKind.REGIONAL) == (region is not None),
            "REGION_OF_KIND",
            "a regional front office has a region, the national one has none",
        ),
    ),
)
ORGANISATIONS = Kind(
    "organisations",
    "Volunteer organisations.",
    Organisation,
    ("bin", "name", "region", "kind", "registered_on"),
    lookups=(Lookup(Organisation, ("bin",)), by_source(Organisation)),
)
VOLUNTEERS = Kind(
    "volunteers",
    "Entries of the national volunteer registry, each with its person.",
    Volunteer,
    (
        "region",
        "status",
        "silver",
        "registered_on",
        "front_office",
        "organisation",
        Link("directions", VolunteerDirection, "volunteer_id", "direction"),
    ),
    person=True,
    person_field="person_id",
    prefix="volunteers",
    initial={"hours_total": 0},
    region_office=True,
)
PROJECTS = Kind(
    "projects",
    "Volunteer projects of organisations.",
    Project,
    (
        "title",
        "region",
        "starts_on",
        "ends_on",
        "status",
        "organisation",
        Link("directions", ProjectDirection, "project_id", "direction"),
        Link("goals", ProjectGoal, "project_id", "goal_id"),
    ),
    (ordered("starts_on", "ends_on"),),
    states=PROJECT_STATES,
)
PARTICIPATIONS = Kind(
    "participations",
    "Participations of volunteers in projects.",
    Participation,
    (
        "volunteer",
        "project",
        Cell("role", default=ParticipationRole.PARTICIPANT.value),
        "hours",
        "starts_on",
        "ends_on",
    ),
    (ordered("starts_on", "ends_on"),),
    hours=True,
)
GRANTS = Kind(
    "grants",
    "Small grants to organisations or to people.",
    Grant,
    (
        "recipient_organisation",
        "recipient_person",
        "project",
        Cell("amount", money(2, "0.01", "1000000000000")),
        "currency",
        "awarded_on",
        "status",
    ),
    (exactly_one("recipient_organisation", "recipient_person"), agreeing("amount", "currency")),
    states=GRANT_STATES,
)
GOOD_DEEDS = Kind(
    "good-deeds",
    "Deeds of the yearly Marathon of Good Deeds.",
    GoodDeed,
    ("title", "region", "happened_on", "participant_count", "edition"),
)
ENQUIRIES = Kind(
    "enquiries",
    "Enquiries to the call centres.",
    Enquiry,
    ("call_centre", "channel", "topic", "region", "opened_at", "resolved_at", "status"),
    (ordered("opened_at", "resolved_at"),),
    states=ENQUIRY_STATES,
)
COMMITTEES = Kind(
    "committees",
    "Bodies that steer volunteering.",
    Committee,
    ("name", "established_on", "dissolved_on"),
    (ordered("established_on", "dissolved_on"),),
)

KINDS = (
    FRONT_OFFICES,
    ORGANISATIONS,
    VOLUNTEERS,
    PROJECTS,
    PARTICIPATIONS,
    GRANTS,
    GOOD_DEEDS,
    ENQUIRIES,
    COMMITTEES,
)
