"""Listings of UN Volunteer placements."""

from models.un_placements import (
    DutyStation,
    HostEntity,
    Placement,
    PlacementGoal,
    PlacementReport,
    Programme,
)
from resolvers.dataloaders.listings import Link, Listing, Via

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
