"""The questions of a dashboard, one request each, give what hand-written SQL gives."""

from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from erikti.database.calendar import calendar
from erikti.database.connection import dialect, fetch
from erikti.guard.limits import Limits
from models.people import AgeBand, Language
from resolvers.context import Context
from tests.support.queries import ANALYST, AS_REGISTRAR, KEY, ask, engine

pytestmark = pytest.mark.usefixtures("open_nation")
FOLDER = Path(__file__).parents[2] / "examples" / "dashboard"
MOST_POINTS = 500
VARIABLES: dict[str, dict[str, Any]] = {
    "active-by-region-and-month": {"from": "2024-01-01", "to": "2025-12-31"},
    "counted-against-published": {"year": 2025},
}
NAMES = sorted(path.stem for path in FOLDER.glob("*.graphql"))
ROUNDED = Decimal("0.01")


async def answer(name: str, **variables: Any) -> dict[str, Any]:
    """Return the data of a question."""
    text = (FOLDER / f"{name}.graphql").read_text(encoding="utf-8")
    return await ask(text, caller=ANALYST, **{**VARIABLES.get(name, {}), **variables})


def year(column: str) -> str:
    """Return the SQL of a date's year."""
    if dialect().name == "sqlite":
        return f"CAST(strftime('%Y', {column}) AS integer)"
    return f"CAST(extract(year FROM {column}) AS integer)"


def month(column: str) -> str:
    """Return the SQL of a date's month as text, such as 2025-03."""
    if dialect().name == "sqlite":
        return f"strftime('%Y-%m', {column})"
    return f"to_char({column}, 'YYYY-MM')"


def tenths(value: Any) -> Decimal:
    """Return tenths as a number of hours."""
    return Decimal(int(value)) / 10


@pytest.mark.parametrize("name", NAMES)
async def test_a_question_costs_at_most_500_points(name: str) -> None:
    text = (FOLDER / f"{name}.graphql").read_text(encoding="utf-8")
    context = Context(Language.EN, KEY, ANALYST)
    result = await engine().execute(text, VARIABLES.get(name, {}), context)
    assert result.errors is None
    assert context.spent.actual <= context.spent.requested <= MOST_POINTS
    assert Limits().cost > MOST_POINTS


async def test_active_volunteers_by_region_and_month() -> None:
    rows = await fetch(
        f"""SELECT region_id, {month("registered_on")}, count(*) FROM volunteers
            WHERE status = 'ACTIVE' AND registered_on BETWEEN '2024-01-01' AND '2025-12-31'
            GROUP BY 1, 2"""
    )
    found: list[Any] = []
    after = None
    while True:
        groups = (await answer("active-by-region-and-month", after=after))["volunteers"]["groups"]
        found += groups["nodes"]
        after = groups["pageInfo"]["endCursor"]
        if not groups["pageInfo"]["hasNextPage"]:
            break
    shown = [(g["region"]["code"], g["registeredMonth"][:7], g["count"]) for g in found]
    assert shown == sorted(tuple(row) for row in rows)
    assert groups["totalCount"] == len(rows) > 0


async def test_age_bands_by_region() -> None:
    rows = await fetch(
        f"""SELECT v.region_id, {year("p.birth_date")}, count(*)
            FROM volunteers v JOIN people p ON p.id = v.person_id GROUP BY 1, 2"""
    )
    expected: dict[tuple[str, str], int] = {}
    for region, born, count in rows:
        age = calendar().today().year - born
        key = (region, [band for band in AgeBand if band.youngest <= age][-1])
        expected[key] = expected.get(key, 0) + count
    text = (FOLDER / "age-bands-by-region.graphql").read_text(encoding="utf-8")
    exact = (await ask(text, **AS_REGISTRAR))["volunteers"]["groups"]["nodes"]
    assert {(g["region"]["code"], g["ageBand"]): g["count"] for g in exact} == expected
    for group in (await answer("age-bands-by-region"))["volunteers"]["groups"]["nodes"]:
        truth = expected.get((group["region"]["code"], group["ageBand"]), 0)
        assert group["count"] is None or group["count"] == truth
        assert group["suppressed"] or truth >= 5


async def test_share_of_silver() -> None:
    rows = await fetch(
        """SELECT region_id, silver, count(*) FROM volunteers WHERE status = 'ACTIVE'
           GROUP BY region_id, silver"""
    )
    nodes = (await answer("share-of-silver"))["volunteers"]["groups"]["nodes"]
    shown = {(g["region"]["code"], g["silver"]): g["count"] for g in nodes}
    assert shown == {(region, bool(silver)): count for region, silver, count in rows}


async def test_top_organisations_by_hours() -> None:
    rows = await fetch(
        """SELECT count(*), sum(hours_total) FROM volunteers WHERE organisation_id IS NOT NULL
           GROUP BY organisation_id ORDER BY 2 DESC"""
    )
    groups = (await answer("top-organisations"))["volunteers"]["groups"]
    assert groups["totalCount"] == len(rows)
    sums = [Decimal(g["hoursTotal"]["sum"]) for g in groups["nodes"]]
    assert sums == [tenths(hours) for _, hours in rows[:10]]
    for group in groups["nodes"]:
        mean = Decimal(group["hoursTotal"]["sum"]) / group["count"]
        assert Decimal(group["hoursTotal"]["avg"]) == round(mean, 5)


async def test_hours_by_goal() -> None:
    rows = await fetch(
        """SELECT g.goal_id, count(*), sum(p.hours) FROM participations p
           JOIN project_goals g ON g.project_id = p.project_id GROUP BY g.goal_id"""
    )
    nodes = (await answer("hours-by-goal"))["participations"]["groups"]["nodes"]
    shown = {
        g["projectSustainableDevelopmentGoal"]["number"]: (
            g["count"],
            Decimal(g["hours"]["sum"]),
        )
        for g in nodes
    }
    assert shown == {goal: (count, tenths(hours)) for goal, count, hours in rows}
    assert shown


async def test_retention() -> None:
    registered = await fetch(f"SELECT {year('registered_on')}, count(*) FROM volunteers GROUP BY 1")
    took = await fetch(
        f"""SELECT {year("v.registered_on")}, {year("p.starts_on")}, count(DISTINCT v.id)
            FROM volunteers v JOIN participations p ON p.volunteer_id = v.id GROUP BY 1, 2"""
    )
    data = (await answer("retention"))["volunteers"]

    def of(day: str) -> int:
        return date.fromisoformat(day).year

    nodes = data["registered"]["nodes"]
    assert [(of(g["registeredYear"]), g["count"]) for g in nodes] == sorted(map(tuple, registered))
    nodes = data["took"]["nodes"]
    assert [
        (of(g["registeredYear"]), of(g["participationYear"]), g["count"]) for g in nodes
    ] == sorted(map(tuple, took))


async def test_laureates_by_country_and_year() -> None:
    rows = await fetch(
        """SELECT e.year, n.country_id, count(*) FROM nominations n
           JOIN award_editions e ON e.id = n.edition_id
           WHERE n.stage = 'LAUREATE' GROUP BY e.year, n.country_id"""
    )
    groups = (await answer("laureates-by-country-and-year"))["laureates"]["groups"]
    shown = [(g["editionYear"], g["country"]["code"], g["count"]) for g in groups["nodes"]]
    assert shown == sorted(map(tuple, rows))
    assert groups["totalCount"] == len(shown) > 0


async def test_time_to_resolve_by_topic() -> None:
    seconds = "extract(epoch FROM date_trunc('second', {0}))"
    if dialect().name == "sqlite":
        seconds = "strftime('%s', {0})"
    took = f"{seconds.format('resolved_at')} - {seconds.format('opened_at')}"
    rows = await fetch(f"SELECT topic, {took} FROM enquiries")
    times: dict[str, list[Any]] = {}
    for topic, value in rows:
        times.setdefault(topic, []).append(value)
    nodes = (await answer("time-to-resolve"))["enquiries"]["groups"]["nodes"]
    assert len(nodes) == len(times)
    for group in nodes:
        values = times[group["topic"]]
        known = sorted(value for value in values if value is not None)
        assert group["count"] == len(values)
        for name, share in (("median", 50), ("p90", 90)):
            rank = -(-share * len(known) // 100)
            hours = (Decimal(known[rank - 1]) / 3600).quantize(ROUNDED)
            assert Decimal(group["timeToResolve"][name]) == hours
    medians = [Decimal(g["timeToResolve"]["median"]) for g in nodes]
    assert medians == sorted(medians, reverse=True)


async def test_grants_by_region() -> None:
    rows = await fetch(
        """SELECT CASE WHEN o.region_id IS NOT NULL THEN o.region_id ELSE p.region_id END,
                  g.currency, count(*), sum(g.amount)
           FROM grants g LEFT JOIN organisations o ON o.id = g.recipient_organisation_id
           LEFT JOIN projects p ON p.id = g.project_id GROUP BY 1, 2"""
    )
    data = await answer("grants-by-region")
    shown = {
        (g["region"] and g["region"]["code"], g["currency"]): (
            g["count"],
            Decimal(g["amount"]["sum"]),
        )
        for g in data["grants"]["groups"]["nodes"]
    }
    assert shown == {
        (region, currency): (count, Decimal(int(amount)) / 100)
        for region, currency, count, amount in rows
    }
    ((granted,),) = await fetch("SELECT count(*) FROM grants")
    assert sum(count for count, _ in shown.values()) == granted
    active = await fetch(
        "SELECT region_id, count(*) FROM volunteers WHERE status = 'ACTIVE' GROUP BY region_id"
    )
    volunteers = {g["region"]["code"]: g["count"] for g in data["volunteers"]["groups"]["nodes"]}
    assert volunteers == dict(map(tuple, active))


async def test_counted_against_published() -> None:
    figures = (await answer("counted-against-published"))["statistics"]["figures"]
    published = dict(
        map(tuple, await fetch("SELECT code, value FROM published_figures WHERE year = 2025"))
    )
    shown = {f["code"]: f["published"] for f in figures if f["published"] is not None}
    assert shown == published
    ((organisations,),) = await fetch(
        "SELECT count(*) FROM organisations WHERE registered_on < '2026-01-01'"
    )
    counted = {f["code"]: f["counted"] for f in figures}
    assert counted["organisations"] == str(organisations)
