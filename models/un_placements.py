"""State-funded UN Volunteer placements: programmes, hosts, duty stations, reports."""

from enum import StrEnum
from uuid import UUID

from tortoise.fields import (
    BigIntField,
    CharEnumField,
    DateField,
    IntField,
)
from tortoise.models import Model

from erikti.database.constraints import any_language, check, check_values
from erikti.database.fields import Folded, Text
from models.base import (
    NAMES,
    SOURCE,
    TITLES,
    Named,
    Sourced,
    Titled,
    keyset,
    keyset_of,
    part_of,
    refers_to,
)
from models.states import State, States


class UnvCategory(StrEnum):
    """The category of a UN Volunteer assignment."""

    INT_SPECIALIST = "INT_SPECIALIST"
    INT_EXPERT = "INT_EXPERT"
    INT_YOUTH = "INT_YOUTH"
    YOUTH = "YOUTH"
    INT_UNIVERSITY = "INT_UNIVERSITY"
    NAT_SPECIALIST = "NAT_SPECIALIST"
    NAT_EXPERT = "NAT_EXPERT"
    NAT_YOUTH = "NAT_YOUTH"
    NAT_UNIVERSITY = "NAT_UNIVERSITY"
    COMMUNITY = "COMMUNITY"
    REFUGEE = "REFUGEE"
    ONLINE = "ONLINE"


class ProgrammeKind(StrEnum):
    """The kind of a programme."""

    FULL_FUNDING = "FULL_FUNDING"
    IVY_COORDINATION = "IVY_COORDINATION"
    OTHER = "OTHER"


class PlacementStatus(StrEnum):
    """The status of a placement."""

    SELECTED = "SELECTED"
    DEPLOYED = "DEPLOYED"
    ACTIVE = "ACTIVE"
    EXTENDED = "EXTENDED"
    COMPLETED = "COMPLETED"
    TERMINATED = "TERMINATED"


PLACEMENT_STATES = States(
    "status",
    PlacementStatus,
    (
        State("SELECTED", (), ("liaison",), first=True),
        State("DEPLOYED", ("SELECTED",), ("liaison",)),
        State("ACTIVE", ("DEPLOYED",), ("liaison",)),
        State("EXTENDED", ("ACTIVE",), ("liaison",)),
        State("COMPLETED", ("ACTIVE", "EXTENDED"), ("liaison",)),
        State("TERMINATED", ("SELECTED", "DEPLOYED", "ACTIVE", "EXTENDED"), ("liaison",)),
    ),
)


class ReportKind(StrEnum):
    """The kind of a report on a placement."""

    INTERIM = "INTERIM"
    FINAL = "FINAL"


class Programme(Sourced, Named):
    """One call for UN Volunteers: its year, places and the applications received."""

    kind = CharEnumField(ProgrammeKind, max_length=20, description="")
    call_year = IntField()
    places = IntField()
    applicant_count = IntField(null=True)

    class Meta:
        table = "programmes"
        unique_together = (SOURCE,)
        indexes = keyset("kind", "call_year", *NAMES)
        constraints = (
            check_values("programmes", "kind", ProgrammeKind),
            any_language("programmes", "name"),
            check("programmes", "places", "places > 0"),
            check("programmes", "applicant_count", "applicant_count >= 0"),
        )


class HostEntity(Sourced, Named):
    """A United Nations body that hosts volunteers."""

    acronym = Text(max_length=20, unique=True)

    class Meta:
        table = "host_entities"
        unique_together = (SOURCE,)
        indexes = keyset(*NAMES)
        constraints = (any_language("host_entities", "name"),)


class DutyStation(Sourced, Named):
    """A city where UN Volunteers serve."""

    country = refers_to("Country")
    country_id: str

    class Meta:
        table = "duty_stations"
        unique_together = (SOURCE,)
        indexes = keyset("country_id", *NAMES)
        constraints = (any_language("duty_stations", "name"),)


class Placement(Sourced, Titled):
    """An assignment of one person at one host entity and duty station."""

    person = refers_to("Person")
    programme = refers_to("Programme")
    host_entity = refers_to("HostEntity")
    duty_station = refers_to("DutyStation")
    category = CharEnumField(UnvCategory, max_length=16, description="")
    starts_on = DateField()
    ends_on = DateField(null=True)
    status = CharEnumField(PlacementStatus, max_length=12, description="")
    funder = Text(max_length=200)
    funder_folded = Folded(("funder",))
    person_id: UUID
    programme_id: UUID
    host_entity_id: UUID
    duty_station_id: UUID

    class Meta:
        table = "placements"
        unique_together = (SOURCE,)
        indexes = [
            *keyset(
                "person_id",
                "programme_id",
                "host_entity_id",
                "duty_station_id",
                "category",
                "starts_on",
                "ends_on",
                "status",
                "funder",
                *TITLES,
            ),
            *keyset_of(
                "person_id",
                "programme_id",
                "host_entity_id",
                "duty_station_id",
                orders=("starts_on", "ends_on", *TITLES),
            ),
        ]
        constraints = (
            check_values("placements", "category", UnvCategory),
            check_values("placements", "status", PlacementStatus),
            any_language("placements", "title"),
            check("placements", "period", "ends_on >= starts_on"),
        )


class PlacementGoal(Model):
    """One Sustainable Development Goal that a placement serves."""

    id = BigIntField(primary_key=True, generated=True)
    placement = part_of("Placement")
    goal = refers_to("SustainableDevelopmentGoal")
    placement_id: UUID
    goal_id: int

    class Meta:
        table = "placement_goals"
        unique_together = (("placement", "goal"),)
        indexes = [("goal_id", "placement_id")]


class PlacementReport(Sourced, Titled):
    """A report on a placement."""

    placement = refers_to("Placement")
    kind = CharEnumField(ReportKind, max_length=8, description="")
    submitted_on = DateField()
    placement_id: UUID

    class Meta:
        table = "placement_reports"
        unique_together = (SOURCE,)
        indexes = [
            *keyset("placement_id", "kind", "submitted_on", *TITLES),
            *keyset_of("placement_id", orders=("submitted_on", *TITLES)),
        ]
        constraints = (
            check_values("placement_reports", "kind", ReportKind),
            any_language("placement_reports", "title"),
        )
