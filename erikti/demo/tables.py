"""All kinds of records of the country, ordered by their references."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from erikti.demo import (
    awards,
    cis_forum,
    consents,
    delegates,
    enquiries,
    forum_sessions,
    good_deeds,
    grants,
    nominations,
    offices,
    organisations,
    participations,
    placements,
    projects,
    un_placements,
)
from erikti.demo.nation import Nation, Row
from erikti.demo.volunteers import volunteers_of


@dataclass(frozen=True)
class Table:
    """The rows of one kind, generated anew at every call, and their number."""

    kind: str
    size: int
    rows: Callable[[], Iterable[Row]]


def tables(nation: Nation) -> list[Table]:
    """Return every kind of record of the country."""
    return [*_registry(nation), *_forum(nation), *_placements(nation), *_awards(nation)]


def _registry(nation: Nation) -> list[Table]:
    return [
        Table("front-offices", offices.FRONT_OFFICES, offices.front_office_rows),
        Table("committees", len(offices.COMMITTEES), offices.committee_rows),
        Table(
            "organisations",
            organisations.ORGANISATIONS,
            lambda: organisations.organisation_rows(nation),
        ),
        Table("volunteers", nation.volunteers, lambda: volunteers_of(nation).rows()),
        Table("projects", projects.PROJECTS, lambda: projects.project_rows(nation)),
        Table(
            "participations",
            nation.participations,
            lambda: participations.participation_rows(nation),
        ),
        Table("grants", grants.GRANTS, lambda: grants.grant_rows(nation)),
        Table("good-deeds", nation.good_deeds, lambda: good_deeds.good_deed_rows(nation)),
        Table("enquiries", nation.enquiries, lambda: enquiries.enquiry_rows(nation)),
    ]


def _forum(nation: Nation) -> list[Table]:
    return [
        Table("forums", 1, cis_forum.forum_rows),
        Table("forum-sessions", len(forum_sessions.SESSIONS), forum_sessions.session_rows),
        Table("delegations", len(cis_forum.STATES), cis_forum.delegation_rows),
        Table("delegates", delegates.DELEGATES, lambda: delegates.delegate_rows(nation)),
        Table("consents", consents.CONSENTS, lambda: consents.consent_rows(nation)),
    ]


def _placements(nation: Nation) -> list[Table]:
    return [
        Table("programmes", len(un_placements.PROGRAMMES), un_placements.programme_rows),
        Table("host-entities", len(un_placements.HOSTS), un_placements.host_entity_rows),
        Table("duty-stations", len(un_placements.STATIONS), un_placements.duty_station_rows),
        Table("placements", len(placements.POSTS), lambda: placements.placement_rows(nation)),
        Table("placement-reports", placements.REPORTS, placements.report_rows),
    ]


def _awards(nation: Nation) -> list[Table]:
    return [
        Table("award-editions", len(awards.EDITIONS), awards.edition_rows),
        Table("award-categories", awards.CATEGORIES, awards.category_rows),
        Table("nominations", nominations.size(), lambda: nominations.nomination_rows(nation)),
    ]
