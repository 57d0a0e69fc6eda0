"""Files of the national volunteer registry."""

from dataclasses import replace

from erikti.writing.kind import (
    GOALS,
    IDENTIFIER,
    ORGANISATION_LOOKUPS,
    SOURCE_COLUMNS,
    Column,
    Kind,
    Link,
    Reference,
    Rule,
    amount,
    any_language,
    by_source,
    choices,
    exactly_one,
    ordered,
    person_columns,
    plain,
)
from erikti.writing.people import PERSON_BY_IIN, PERSON_BY_SOURCE
from models.volunteers import (
    Committee,
    Direction,
    Enquiry,
    FrontOffice,
    FrontOfficeKind,
    GoodDeed,
    Grant,
    Organisation,
    Participation,
    ParticipationRole,
    Project,
    Volunteer,
)

DIRECTIONS = Column("directions", choices(Direction))
ORGANISATION = Reference(("organisation",), "organisation_id", ORGANISATION_LOOKUPS)
OPTIONAL_ORGANISATION = Column("organisation", IDENTIFIER)
OPTIONAL_PROJECT = Column("project", IDENTIFIER)
ROLE = replace(
    plain(Participation, "role")[0],
    required=False,
    default=ParticipationRole.PARTICIPANT.value,
)

FRONT_OFFICES = Kind(
    "front-offices",
    "The national front office and those of the regions.",
    FrontOffice,
    SOURCE_COLUMNS + plain(FrontOffice, "kind", "region", "name_*", "address", "phone"),
    rules=(
        any_language("name"),
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
    SOURCE_COLUMNS + plain(Organisation, "bin", "name_*", "region", "kind", "registered_on"),
    rules=(any_language("name"),),
)
VOLUNTEERS = Kind(
    "volunteers",
    "Entries of the national volunteer registry, each with its person.",
    Volunteer,
    SOURCE_COLUMNS
    + person_columns()
    + plain(Volunteer, "region", "status", "silver", "registered_on")
    + (Column("front_office", IDENTIFIER), OPTIONAL_ORGANISATION, DIRECTIONS),
    references=(
        Reference(("front_office",), "front_office_id", (by_source("front_offices"),)),
        ORGANISATION,
    ),
    links=(Link("directions", "volunteer_directions", "volunteer_id", "direction"),),
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
    SOURCE_COLUMNS
    + plain(Project, "title_*", "region", "starts_on", "ends_on", "status")
    + (OPTIONAL_ORGANISATION, DIRECTIONS, Column("goals", GOALS)),
    references=(ORGANISATION,),
    links=(
        Link("directions", "project_directions", "project_id", "direction"),
        Link("goals", "project_goals", "project_id", "goal_id"),
    ),
    rules=(any_language("title"), ordered("starts_on", "ends_on")),
)
PARTICIPATIONS = Kind(
    "participations",
    "Participations of volunteers in projects.",
    Participation,
    (
        *SOURCE_COLUMNS,
        Column("volunteer", IDENTIFIER, required=True),
        Column("project", IDENTIFIER, required=True),
        ROLE,
        *plain(Participation, "hours", "starts_on", "ends_on"),
    ),
    references=(
        Reference(("volunteer",), "volunteer_id", (by_source("volunteers"),)),
        Reference(("project",), "project_id", (by_source("projects"),)),
    ),
    rules=(ordered("starts_on", "ends_on"),),
    hours=True,
)
GRANTS = Kind(
    "grants",
    "Small grants to organisations or to people.",
    Grant,
    (
        *SOURCE_COLUMNS,
        Column("recipient_organisation", IDENTIFIER),
        Column("recipient_person", IDENTIFIER),
        OPTIONAL_PROJECT,
        *plain(
            Grant,
            "amount",
            "currency",
            "awarded_on",
            "status",
            amount=amount(2, "0.01", "1000000000000"),
        ),
    ),
    references=(
        Reference(("recipient_organisation",), "recipient_organisation_id", ORGANISATION_LOOKUPS),
        Reference(("recipient_person",), "recipient_person_id", (PERSON_BY_IIN, PERSON_BY_SOURCE)),
        Reference(("project",), "project_id", (by_source("projects"),)),
    ),
    rules=(exactly_one("recipient_organisation", "recipient_person"),),
)
GOOD_DEEDS = Kind(
    "good-deeds",
    "Deeds of the yearly Marathon of Good Deeds.",
    GoodDeed,
    SOURCE_COLUMNS
    + plain(GoodDeed, "title_*", "region", "happened_on", "participant_count", "edition"),
    rules=(any_language("title"),),
)
ENQUIRIES = Kind(
    "enquiries",
    "Enquiries to the call centres.",
    Enquiry,
    SOURCE_COLUMNS
    + plain(
        Enquiry, "call_centre", "channel", "topic", "region", "opened_at", "resolved_at", "status"
    ),
    rules=(ordered("opened_at", "resolved_at"),),
)
COMMITTEES = Kind(
    "committees",
    "Bodies that steer volunteering.",
    Committee,
    SOURCE_COLUMNS + plain(Committee, "name_*", "established_on", "dissolved_on"),
    rules=(any_language("name"), ordered("established_on", "dissolved_on")),
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
