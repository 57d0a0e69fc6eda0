"""Files of State-funded UN Volunteer placements."""

from erikti.writing.kind import (
    GOALS,
    IDENTIFIER,
    SOURCE_COLUMNS,
    Column,
    Kind,
    Link,
    Lookup,
    Reference,
    any_language,
    bounded,
    by_source,
    ordered,
    person_columns,
    plain,
)
from models.un_placements import DutyStation, HostEntity, Placement, PlacementReport, Programme

KINDS = (
    Kind(
        "programmes",
        "Calls for UN Volunteers.",
        Programme,
        SOURCE_COLUMNS
        + plain(
            Programme,
            "name_*",
            "kind",
            "call_year",
            "places",
            "applicant_count",
            places=bounded(1, 32767),
        ),
        rules=(any_language("name"),),
    ),
    Kind(
        "host-entities",
        "United Nations bodies that host volunteers.",
        HostEntity,
        SOURCE_COLUMNS + plain(HostEntity, "name_*", "acronym"),
        rules=(any_language("name"),),
    ),
    Kind(
        "duty-stations",
        "Cities where UN Volunteers serve.",
        DutyStation,
        SOURCE_COLUMNS + plain(DutyStation, "name_*", "country"),
        rules=(any_language("name"),),
    ),
    Kind(
        "placements",
        "Assignments of people at host entities and duty stations.",
        Placement,
        (
            *SOURCE_COLUMNS,
            *person_columns(),
            Column("programme", IDENTIFIER, required=True),
            Column("host_entity", IDENTIFIER, required=True),
            Column("duty_station", IDENTIFIER, required=True),
            *plain(Placement, "category", "title_*", "starts_on", "ends_on", "status", "funder"),
            Column("goals", GOALS),
        ),
        references=(
            Reference(("programme",), "programme_id", (by_source("programmes"),)),
            Reference(("host_entity",), "host_entity_id", (Lookup("host_entities", ("acronym",)),)),
            Reference(("duty_station",), "duty_station_id", (by_source("duty_stations"),)),
        ),
        links=(Link("goals", "placement_goals", "placement_id", "goal_id"),),
        rules=(any_language("title"), ordered("starts_on", "ends_on")),
        person=True,
        person_field="person_id",
        prefix="placements",
    ),
    Kind(
        "placement-reports",
        "Reports on placements.",
        PlacementReport,
        (
            *SOURCE_COLUMNS,
            Column("placement", IDENTIFIER, required=True),
            *plain(PlacementReport, "kind", "title_*", "submitted_on"),
        ),
        references=(Reference(("placement",), "placement_id", (by_source("placements"),)),),
        rules=(any_language("title"),),
    ),
)
