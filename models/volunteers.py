"""The national volunteer registry: volunteers, organisations, projects and enquiries."""

from enum import StrEnum
from uuid import UUID

from tortoise.fields import (
    BigIntField,
    BooleanField,
    CharEnumField,
    DateField,
    DatetimeField,
    IntField,
)
from tortoise.models import Model

from erikti.database.constraints import any_language, check, check_values
from erikti.database.fields import FixedPoint, Text
from models.base import (
    NAMES,
    SOURCE,
    TITLES,
    Named,
    Sourced,
    Titled,
    keyset,
    keyset_of,
    only_one_of,
    part_of,
    refers_to,
)
from models.enquiry_codes import EnquiryChannel, EnquiryStatus, EnquiryTopic
from models.states import State, States


class Direction(StrEnum):
    """A field of volunteer work."""

    ANIMALS = "ANIMALS"
    CULTURE = "CULTURE"
    DIGITAL = "DIGITAL"
    ECOLOGY = "ECOLOGY"
    EDUCATION = "EDUCATION"
    EMERGENCY = "EMERGENCY"
    EVENTS = "EVENTS"
    HEALTH = "HEALTH"
    HERITAGE = "HERITAGE"
    SEARCH = "SEARCH"
    SOCIAL = "SOCIAL"
    SPORT = "SPORT"


class FrontOfficeKind(StrEnum):
    """The kind of a front office."""

    NATIONAL = "NATIONAL"
    REGIONAL = "REGIONAL"


class OrganisationKind(StrEnum):
    """The kind of a volunteer organisation."""

    PUBLIC_ASSOCIATION = "PUBLIC_ASSOCIATION"
    PUBLIC_FOUNDATION = "PUBLIC_FOUNDATION"
    STUDENT = "STUDENT"
    SCHOOL = "SCHOOL"
    CORPORATE = "CORPORATE"
    STATE = "STATE"


class VolunteerStatus(StrEnum):
    """The status of a volunteer in the registry."""

    ACTIVE = "ACTIVE"
    INACTIVE = "INACTIVE"
    WITHDRAWN = "WITHDRAWN"


class ProjectStatus(StrEnum):
    """The status of a project."""

    PLANNED = "PLANNED"
    ACTIVE = "ACTIVE"
    COMPLETED = "COMPLETED"
    CANCELLED = "CANCELLED"


PROJECT_STATES = States(
    "status",
    ProjectStatus,
    (
        State("PLANNED", (), ("region", "ministry"), first=True),
        State("ACTIVE", ("PLANNED",), ("region", "ministry"), first=True),
        State("COMPLETED", ("ACTIVE",), ("region", "ministry")),
        State("CANCELLED", ("PLANNED", "ACTIVE"), ("region", "ministry")),
    ),
)


class ParticipationRole(StrEnum):
    """The role of a volunteer in a project."""

    PARTICIPANT = "PARTICIPANT"
    COORDINATOR = "COORDINATOR"
    ORGANISER = "ORGANISER"


class GrantStatus(StrEnum):
    """The status of a grant."""

    AWARDED = "AWARDED"
    ACTIVE = "ACTIVE"
    COMPLETED = "COMPLETED"
    REVOKED = "REVOKED"


GRANT_STATES = States(
    "status",
    GrantStatus,
    (
        State("AWARDED", (), ("ministry",), first=True),
        State("ACTIVE", ("AWARDED",), ("ministry",)),
        State("COMPLETED", ("ACTIVE",), ("ministry",)),
        # Also after its end: money that was misused is returned.
        State("REVOKED", ("AWARDED", "ACTIVE", "COMPLETED"), ("ministry",)),
    ),
)


class FrontOffice(Sourced, Named):
    """The national or a regional service point for volunteers."""

    kind = CharEnumField(FrontOfficeKind, max_length=8, description="")
    region = only_one_of("Region", null=True)
    address = Text(max_length=300, null=True)
    phone = Text(max_length=20, null=True)
    region_id: str | None

    class Meta:
        table = "front_offices"
        unique_together = (SOURCE,)
        indexes = keyset("kind", *NAMES)
        constraints = (
            check_values("front_offices", "kind", FrontOfficeKind),
            any_language("front_offices", "name"),
            check("front_offices", "region", "(kind = 'REGIONAL') = (region_id IS NOT NULL)"),
        )


class Organisation(Sourced, Named):
    """A volunteer organisation under its business identification number."""

    bin = Text(max_length=12, null=True, unique=True)
    region = refers_to("Region")
    kind = CharEnumField(OrganisationKind, max_length=20, description="")
    registered_on = DateField()
    region_id: str

    class Meta:
        table = "organisations"
        unique_together = (SOURCE,)
        indexes = [
            *keyset("region_id", "kind", "registered_on", *NAMES),
            *keyset_of("region_id", orders=("registered_on", *NAMES)),
        ]
        constraints = (
            check("organisations", "bin", "length(bin) = 12"),
            check_values("organisations", "kind", OrganisationKind),
            any_language("organisations", "name"),
        )


class Volunteer(Sourced):
    """A person's entry in the national registry.

    ``hours_total`` is the sum of the hours of the volunteer's participations; code that writes
    participations must update it.
    """

    person = only_one_of("Person")
    region = refers_to("Region")
    front_office = refers_to("FrontOffice", null=True)
    organisation = refers_to("Organisation", null=True)
    status = CharEnumField(VolunteerStatus, max_length=12, description="")
    silver = BooleanField(default=False)
    registered_on = DateField()
    hours_total = FixedPoint(places=1, default=0)
    person_id: UUID
    region_id: str
    front_office_id: UUID | None
    organisation_id: UUID | None

    class Meta:
        table = "volunteers"
        unique_together = (SOURCE,)
        indexes = [
            *keyset("region_id", "front_office_id", "organisation_id", "status", "silver"),
            *keyset("registered_on", "hours_total"),
            *keyset_of("region_id", "organisation_id", orders=("registered_on", "hours_total")),
        ]
        constraints = (
            check_values("volunteers", "status", VolunteerStatus),
            check("volunteers", "hours_total", "hours_total >= 0"),
        )


class VolunteerDirection(Model):
    """One field of work that a volunteer chose."""

    id = BigIntField(primary_key=True, generated=True)
    volunteer = part_of("Volunteer")
    direction = CharEnumField(Direction, max_length=12, description="")
    volunteer_id: UUID

    class Meta:
        table = "volunteer_directions"
        unique_together = (("volunteer", "direction"),)
        indexes = [("direction", "volunteer_id")]
        constraints = (check_values("volunteer_directions", "direction", Direction),)


class Project(Sourced, Titled):
    """A volunteer project of an organisation."""

    organisation = refers_to("Organisation", null=True)
    region = refers_to("Region")
    starts_on = DateField()
    ends_on = DateField(null=True)
    status = CharEnumField(ProjectStatus, max_length=12, description="")
    organisation_id: UUID | None
    region_id: str

    class Meta:
        table = "projects"
        unique_together = (SOURCE,)
        indexes = [
            *keyset("organisation_id", "region_id", "starts_on", "ends_on", "status", *TITLES),
            *keyset_of("organisation_id", "region_id", orders=("starts_on", "ends_on", *TITLES)),
        ]
        constraints = (
            check_values("projects", "status", ProjectStatus),
            check("projects", "period", "ends_on >= starts_on"),
            any_language("projects", "title"),
        )


class ProjectDirection(Model):
    """One field of work of a project."""

    id = BigIntField(primary_key=True, generated=True)
    project = part_of("Project")
    direction = CharEnumField(Direction, max_length=12, description="")
    project_id: UUID

    class Meta:
        table = "project_directions"
        unique_together = (("project", "direction"),)
        indexes = [("direction", "project_id")]
        constraints = (check_values("project_directions", "direction", Direction),)


class ProjectGoal(Model):
    """One Sustainable Development Goal that a project serves."""

    id = BigIntField(primary_key=True, generated=True)
    project = part_of("Project")
    goal = refers_to("SustainableDevelopmentGoal")
    project_id: UUID
    goal_id: int

    class Meta:
        table = "project_goals"
        unique_together = (("project", "goal"),)
        indexes = [("goal_id", "project_id")]


class Participation(Sourced):
    """What one volunteer gave to one project in one period; hours to one decimal."""

    volunteer = refers_to("Volunteer")
    project = refers_to("Project")
    role = CharEnumField(ParticipationRole, max_length=12, description="")
    hours = FixedPoint(places=1)
    starts_on = DateField()
    ends_on = DateField(null=True)
    volunteer_id: UUID
    project_id: UUID

    class Meta:
        table = "participations"
        unique_together = (SOURCE,)
        indexes = [
            *keyset("volunteer_id", "project_id", "role", "hours", "starts_on"),
            *keyset_of("volunteer_id", "project_id", orders=("starts_on", "hours")),
        ]
        constraints = (
            check_values("participations", "role", ParticipationRole),
            check("participations", "hours", "hours >= 0"),
            check("participations", "period", "ends_on >= starts_on"),
        )


class Grant(Sourced):
    """A small grant; ``amount`` in ``currency`` (ISO 4217), two decimals."""

    recipient_organisation = refers_to("Organisation", null=True)
    recipient_person = refers_to("Person", null=True)
    project = refers_to("Project", null=True)
    amount = FixedPoint(places=2)
    currency = Text(max_length=3)
    awarded_on = DateField()
    status = CharEnumField(GrantStatus, max_length=12, description="")
    recipient_organisation_id: UUID | None
    recipient_person_id: UUID | None
    project_id: UUID | None

    class Meta:
        table = "grants"
        unique_together = (SOURCE,)
        indexes = [
            *keyset("recipient_organisation_id", "recipient_person_id", "project_id"),
            *keyset("amount", "currency", "awarded_on", "status"),
            *keyset_of("recipient_organisation_id", orders=("awarded_on", "amount")),
        ]
        constraints = (
            check_values("grants", "status", GrantStatus),
            check("grants", "amount", "amount > 0"),
            check(
                "grants",
                "recipient",
                "(recipient_organisation_id IS NULL) <> (recipient_person_id IS NULL)",
            ),
        )


class GoodDeed(Sourced, Titled):
    """One deed in the yearly Marathon of Good Deeds; ``edition`` is the year."""

    region = refers_to("Region")
    happened_on = DateField()
    participant_count = IntField()
    edition = IntField()
    region_id: str

    class Meta:
        table = "good_deeds"
        unique_together = (SOURCE,)
        indexes = keyset("region_id", "happened_on", "participant_count", "edition", *TITLES)
        constraints = (
            check("good_deeds", "participant_count", "participant_count >= 0"),
            any_language("good_deeds", "title"),
        )


class Enquiry(Sourced):
    """One enquiry to a call centre."""

    call_centre = Text(max_length=32)
    channel = CharEnumField(EnquiryChannel, max_length=12, description="")
    topic = CharEnumField(EnquiryTopic, max_length=16, description="")
    region = refers_to("Region", null=True)
    opened_at = DatetimeField()
    resolved_at = DatetimeField(null=True)
    status = CharEnumField(EnquiryStatus, max_length=12, description="")
    region_id: str | None

    class Meta:
        table = "enquiries"
        unique_together = (SOURCE,)
        indexes = keyset(
            "call_centre", "channel", "topic", "region_id", "opened_at", "resolved_at", "status"
        )
        constraints = (
            check_values("enquiries", "channel", EnquiryChannel),
            check_values("enquiries", "topic", EnquiryTopic),
            check_values("enquiries", "status", EnquiryStatus),
            check("enquiries", "resolution", "resolved_at >= opened_at"),
        )


class Committee(Sourced, Named):
    """A body that steers volunteering, such as an organising committee."""

    established_on = DateField()
    dissolved_on = DateField(null=True)

    class Meta:
        table = "committees"
        unique_together = (SOURCE,)
        indexes = keyset("established_on", *NAMES)
        constraints = (
            any_language("committees", "name"),
            check("committees", "period", "dissolved_on >= established_on"),
        )
