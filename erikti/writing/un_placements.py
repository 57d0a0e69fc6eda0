"""Files of State-funded UN Volunteer placements."""

from erikti.writing.cells import Cell, bounded
from erikti.writing.kind import Kind, Link, Lookup, ordered
from models.un_placements import (
    PLACEMENT_STATES,
    DutyStation,
    HostEntity,
    Placement,
    PlacementGoal,
    PlacementReport,
    Programme,
)

KINDS = (
    Kind(
        "programmes",
        "Calls for UN Volunteers.",
        Programme,
        ("name", "kind", "call_year", Cell("places", bounded(1, 32767)), "applicant_count"),
    ),
    Kind(
        "host-entities",
        "United Nations bodies that host volunteers.",
        HostEntity,
        ("name", "acronym"),
        lookups=(Lookup(HostEntity, ("acronym",)),),
    ),
    Kind(
        "duty-stations",
        "Cities where UN Volunteers serve.",
        DutyStation,
        ("name", "country"),
    ),
    Kind(
        "placements",
        "Assignments of people at host entities and duty stations.",
        Placement,
        (
            "programme",
            "host_entity",
            "duty_station",
            "category",
            "title",
            "starts_on",
            "ends_on",
            "status",
            "funder",
            Link("goals", PlacementGoal, "placement_id", "goal_id"),
        ),
        (ordered("starts_on", "ends_on"),),
        person=True,
        person_field="person_id",
        prefix="placements",
        states=PLACEMENT_STATES,
    ),
    Kind(
        "placement-reports",
        "Reports on placements.",
        PlacementReport,
        ("placement", "kind", "title", "submitted_on"),
    ),
)
