"""All kinds of records of the country, ordered by their references."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import chain

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
from erikti.demo.later import awards as later_awards
from erikti.demo.later import enquiries as later_enquiries
from erikti.demo.later import good_deeds as later_good_deeds
from erikti.demo.later import grants as later_grants
from erikti.demo.later import participations as later_participations
from erikti.demo.later import placements as later_placements
from erikti.demo.later.organisations import later_organisations
from erikti.demo.later.projects import later_projects
from erikti.demo.nation import Nation, Row
from erikti.demo.volunteers import volunteers_of

Rows = Callable[[], Iterable[Row]]


@dataclass(frozen=True)
class Table:
    """The rows of one kind, generated anew at every call, and their number."""

    kind: str
    size: int
    rows: Rows


def tables(nation: Nation) -> list[Table]:
    """Return every kind of record of the country."""
    return [*_registry(nation), *_forum(nation), *_placements(nation), *_awards(nation)]


def _registry(nation: Nation) -> list[Table]:
    known = (*organisations.organisations(nation), *later_organisations(nation))
    planned = (*projects.projects(nation), *later_projects(nation))
    return [
        Table("front-offices", offices.FRONT_OFFICES, offices.front_office_rows),
        Table("committees", len(offices.COMMITTEES), offices.committee_rows),
        Table("organisations", len(known), lambda: organisations.organisation_rows(known)),
        Table("volunteers", volunteers_of(nation).size, lambda: volunteers_of(nation).rows()),
        Table("projects", len(planned), lambda: projects.project_rows(planned, nation.today)),
        Table(
            "participations",
            nation.participations + later_participations.later_participations(nation),
            _both(
                nation,
                participations.participation_rows,
                later_participations.later_participation_rows,
            ),
        ),
        _counted("grants", _both(nation, grants.grant_rows, later_grants.later_grant_rows)),
        Table(
            "good-deeds",
            nation.good_deeds + later_good_deeds.later_good_deeds(nation),
            _both(nation, good_deeds.good_deed_rows, later_good_deeds.later_good_deed_rows),
        ),
        Table(
            "enquiries",
            nation.enquiries + later_enquiries.later_enquiries(nation),
            _both(nation, enquiries.enquiry_rows, later_enquiries.later_enquiry_rows),
        ),
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
    later = later_placements
    return [
        _counted(
            "programmes",
            _both(nation, lambda _: un_placements.programme_rows(), later.later_programme_rows),
        ),
        Table("host-entities", len(un_placements.HOSTS), un_placements.host_entity_rows),
        Table("duty-stations", len(un_placements.STATIONS), un_placements.duty_station_rows),
        _counted(
            "placements", _both(nation, placements.placement_rows, later.later_placement_rows)
        ),
        _counted(
            "placement-reports", _both(nation, placements.report_rows, later.later_report_rows)
        ),
    ]


def _awards(nation: Nation) -> list[Table]:
    later = later_awards
    return [
        _counted(
            "award-editions",
            _both(nation, lambda _: awards.edition_rows(), later.later_edition_rows),
        ),
        _counted(
            "award-categories",
            _both(nation, lambda _: awards.category_rows(), later.later_category_rows),
        ),
        Table(
            "nominations",
            nominations.size() + len(later.later_nominations(nation)),
            _both(nation, nominations.nomination_rows, later.later_nominations),
        ),
    ]


def _both(nation: Nation, *parts: Callable[[Nation], Iterable[Row]]) -> Rows:
    """Return the rows up to the publication, and those after it."""
    return lambda: chain.from_iterable(part(nation) for part in parts)


def _counted(kind: str, rows: Rows) -> Table:
    """Return a table of few rows."""
    return Table(kind, sum(1 for _ in rows()), rows)
