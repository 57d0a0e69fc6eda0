"""Loaders and listings of UN Volunteer placements."""

from models.un_placements import (
    DutyStation,
    HostEntity,
    Placement,
    PlacementGoal,
    PlacementReport,
    Programme,
)
from resolvers.dataloaders.listings import Link, Listing, Via
from resolvers.dataloaders.lists import lists, lists_by
from resolvers.dataloaders.loading import LoaderGroup, one_by, values_by

PLACEMENT_GOALS = Link(PlacementGoal, "placement_id", "goal_id")

PROGRAMMES = Listing(
    Programme,
    filters=("id", "name", "kind", "call_year"),
    orders=("name", "call_year"),
    groups=("kind", "call_year"),
)
HOST_ENTITIES = Listing(
    HostEntity,
    filters=("id", "name", "acronym"),
    orders=("name", "acronym"),
    groups=("acronym",),
)
DUTY_STATIONS = Listing(
    DutyStation,
    filters=("id", "name", "country"),
    orders=("name", "country"),
    groups=("country",),
)
PLACEMENTS = Listing(
    Placement,
    filters=(
        "id",
        "person",
        "programme",
        "host_entity",
        "duty_station",
        "category",
        "title",
        "sustainable_development_goals",
        "starts_on",
        "ends_on",
        "status",
        "funder",
    ),
    orders=("title", "starts_on", "ends_on"),
    groups=(
        "programme",
        "host_entity",
        "duty_station",
        "category",
        "sustainable_development_goals",
        "status",
        "funder",
        "starts_on",
        "ends_on",
        Via("programme.kind"),
        Via("duty_station.country"),
    ),
    tags={"sustainable_development_goals": PLACEMENT_GOALS},
)
PLACEMENT_REPORTS = Listing(
    PlacementReport,
    filters=("id", "placement", "kind", "title", "submitted_on"),
    orders=("title", "submitted_on"),
    groups=("placement", "kind", "submitted_on"),
)

LISTINGS = (PROGRAMMES, HOST_ENTITIES, DUTY_STATIONS, PLACEMENTS, PLACEMENT_REPORTS)


class UnPlacementsLoaders(LoaderGroup):
    """Loaders of placements."""

    programme_by_id = one_by(Programme, "id")

    host_entity_by_id = one_by(HostEntity, "id")
    host_entities = lists(HOST_ENTITIES)

    duty_station_by_id = one_by(DutyStation, "id")
    duty_stations = lists(DUTY_STATIONS)

    placement_by_id = one_by(Placement, "id")
    placements = lists(PLACEMENTS)
    placements_by_person = lists_by(PLACEMENTS, "person_id")
    placements_by_programme = lists_by(PLACEMENTS, "programme_id")
    placements_by_host_entity = lists_by(PLACEMENTS, "host_entity_id")
    placements_by_duty_station = lists_by(PLACEMENTS, "duty_station_id")
    goals_by_placement = values_by(PLACEMENT_GOALS)

    report_by_id = one_by(PlacementReport, "id")
    reports_by_placement = lists_by(PLACEMENT_REPORTS, "placement_id")
