"""Loaders of the headline figures, both counted from records and published."""

from collections.abc import Sequence
from dataclasses import dataclass

from erikti.database.connection import dialect, fetch
from models.statistics import PublishedFigure
from resolvers.dataloaders.found import LoadedBy, RowsBy
from resolvers.dataloaders.loading import Found
from resolvers.dataloaders.scope import LoaderScope

# ``y.value`` is the year, {start} its first day and {end} the first day of the next.
# Large tables are read through their rollups, whose dates are truncated to months. A row of these
# may be part of a number, even a negative one, so that only sums count.
# A figure is the state at the end of the year or a sum over it; its note says which.
QUERIES = {
    "volunteers.active": """SELECT CAST(coalesce(sum(count), 0) AS bigint)
        FROM volunteers_by_month WHERE status = 'ACTIVE' AND registered_on < {end}""",
    "volunteers.silver": """SELECT CAST(coalesce(sum(count), 0) AS bigint)
        FROM volunteers_by_month WHERE status = 'ACTIVE' AND silver AND registered_on < {end}""",
    "organisations": "SELECT count(*) FROM organisations WHERE registered_on < {end}",
    "front_offices.national": "SELECT count(*) FROM front_offices WHERE kind = 'NATIONAL'",
    "front_offices.regional": "SELECT count(*) FROM front_offices WHERE kind = 'REGIONAL'",
    "call_centre": """SELECT count(*) FROM (SELECT call_centre FROM enquiries_by_region
        WHERE opened_at >= {start} AND opened_at < {end}
        GROUP BY call_centre HAVING sum(count) > 0) c""",
    "projects": "SELECT count(*) FROM projects WHERE starts_on >= {start} AND starts_on < {end}",
    "grants": "SELECT count(*) FROM grants WHERE awarded_on >= {start} AND awarded_on < {end}",
    "good_deeds.count": """SELECT CAST(coalesce(sum(count), 0) AS bigint)
        FROM good_deeds_by_region WHERE edition = y.value""",
    "good_deeds.participants": """SELECT CAST(coalesce(sum(participant_count), 0) AS bigint)
        FROM good_deeds_by_region WHERE edition = y.value""",
    "awards.laureates.all_years": """SELECT count(*) FROM nominations n
        JOIN award_editions e ON e.id = n.edition_id
        WHERE n.stage = 'LAUREATE' AND e.year <= y.value""",
    "awards.laureates.countries": """SELECT {words} FROM (SELECT DISTINCT n.country_id AS word
        FROM nominations n JOIN award_editions e ON e.id = n.edition_id
        WHERE n.stage = 'LAUREATE' AND e.year <= y.value ORDER BY 1) w""",
    "awards.laureates.{year}": """SELECT count(*) FROM nominations n
        JOIN award_editions e ON e.id = n.edition_id
        WHERE n.stage = 'LAUREATE' AND e.year = y.value""",
    "awards.candidates.{year}": """SELECT count(*) FROM nominations n
        JOIN award_editions e ON e.id = n.edition_id
        WHERE n.stage <> 'APPLICATION' AND e.year = y.value""",
    "awards.categories.{year}": """SELECT count(*) FROM award_categories c
        JOIN award_editions e ON e.id = c.edition_id WHERE e.year = y.value""",
    "un_placements.full_funding": """SELECT count(*) FROM placements p
        JOIN programmes g ON g.id = p.programme_id
        WHERE g.kind = 'FULL_FUNDING' AND p.starts_on < {end}
        AND (p.ends_on IS NULL OR p.ends_on >= {start})""",
    "un_placements.applicants": """SELECT coalesce(sum(applicant_count), 0) FROM programmes
        WHERE kind = 'FULL_FUNDING' AND call_year = y.value""",
    "un_placements.ivy_coordination": """SELECT count(*) FROM placements p
        JOIN programmes g ON g.id = p.programme_id
        WHERE g.kind = 'IVY_COORDINATION' AND p.starts_on < {end}
        AND (p.ends_on IS NULL OR p.ends_on >= {start})""",
    "cis_forum.first_edition": """SELECT host_city_en FROM forums
        WHERE year <= y.value ORDER BY year LIMIT 1""",
}
# Whether any record falls into the year.
RECORDED = """(SELECT coalesce(sum(count), 0) FROM volunteers_by_month
        WHERE registered_on >= {start} AND registered_on < {end}) > 0
    OR EXISTS (SELECT 1 FROM projects WHERE starts_on >= {start} AND starts_on < {end})
    OR (SELECT coalesce(sum(count), 0) FROM good_deeds_by_region WHERE edition = y.value) > 0
    OR EXISTS (SELECT 1 FROM award_editions WHERE year = y.value)
    OR EXISTS (SELECT 1 FROM programmes WHERE call_year = y.value)
    OR EXISTS (SELECT 1 FROM forums WHERE year = y.value)"""


@dataclass(frozen=True)
class YearCount:
    """The counted figures of one year by code; ``recorded`` is false for an empty year."""

    year: int
    recorded: bool
    counted: dict[str, int | str | None]


async def _load_counts(_: LoaderScope, years: Sequence[int]) -> list[YearCount]:
    active = dialect()
    parts = {
        "start": active.new_year("y.value"),
        "end": active.new_year("y.value + 1"),
        "words": active.joined("w.word"),
    }
    columns = [f"({RECORDED.format(**parts)})"]
    columns += [f"({query.format(**parts)})" for query in QUERIES.values()]
    sql = f"SELECT y.value, {', '.join(columns)} FROM {active.keys(1, 'integer')} y"
    counts = {}
    for year, recorded, *values in await fetch(sql, [active.array(years)]):
        codes = (code.format(year=year) for code in QUERIES)
        counts[year] = YearCount(year, bool(recorded), dict(zip(codes, values, strict=True)))
    return [counts[year] for year in years]


COUNTED_IN_YEAR: Found[YearCount] = LoadedBy(_load_counts)
PUBLISHED_IN_YEAR = RowsBy(PublishedFigure, "year")
