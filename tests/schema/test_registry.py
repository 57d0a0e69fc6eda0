"""The public aggregates: equal to hand-written SQL, and no small count can be computed."""

from collections.abc import Iterator, Mapping
from datetime import date
from itertools import product
from random import Random
from typing import Any

import pytest

from erikti.auth.principal import PUBLIC
from erikti.database.connection import fetch
from resolvers.dataloaders.registry import MOST_YEARS, _begun, _regions, _stock
from tests.schema.walk import GRAPH
from tests.support.attacker import spread
from tests.support.queries import ask, execute, refuse
from tests.support.volunteers import Kind, register

THRESHOLD = 5
YEARS = range(2020, 2026)
QUERY = """query ($year: Int!) {
  registry(year: $year) {
    year
    months { month registrations { count suppressed } }
    regions { region { code } active { count suppressed } silver { count suppressed } }
    placements { programme { kind } country { code } begun { count suppressed } }
  }
  statistics(year: $year) {
    active: figure(code: "volunteers.active") { count }
    silver: figure(code: "volunteers.silver") { count }
  }
}"""
BY_REGION = """SELECT region_id, count(*), sum(CASE WHEN silver THEN 1 ELSE 0 END)
    FROM volunteers WHERE status = 'ACTIVE' AND registered_on < '{}-01-01' GROUP BY region_id"""
BY_MONTH = """SELECT count(*) FROM volunteers
    WHERE registered_on >= '{}-01-01' AND registered_on < '{}-01-01'"""
BEGUN = """SELECT g.kind, d.country_id, count(*) FROM placements p
    JOIN programmes g ON g.id = p.programme_id JOIN duty_stations d ON d.id = p.duty_station_id
    WHERE p.starts_on >= '{}-01-01' AND p.starts_on < '{}-01-01' GROUP BY g.kind, d.country_id"""


async def published(year: int) -> dict[str, Any]:
    """What a caller without a token gets."""
    data = await ask(QUERY, caller=PUBLIC, year=year)
    for count in counts(data):
        assert (count["count"] is None) == count["suppressed"]
        assert count["count"] is None or not 0 < count["count"] < THRESHOLD
    return data


def counts(data: Any) -> Iterator[dict[str, Any]]:
    if isinstance(data, dict) and "suppressed" in data:
        yield data
    elif isinstance(data, dict | list):
        for part in data.values() if isinstance(data, dict) else data:
            yield from counts(part)


@pytest.mark.parametrize("year", YEARS)
async def test_what_is_published_equals_the_records(nation: str, year: int) -> None:
    found = (await published(year))["registry"]
    rows = {region: (n, silver) for region, n, silver in await fetch(BY_REGION.format(year + 1))}
    assert [r["region"]["code"] for r in found["regions"]] == sorted(rows)
    for region in found["regions"]:
        pair = [region["active"]["count"], region["silver"]["count"]]
        for number, truth in zip(pair, rows[region["region"]["code"]], strict=True):
            assert number in (None, truth)
    months = [month["registrations"]["count"] for month in found["months"]]
    ((total,),) = await fetch(BY_MONTH.format(year, year + 1))
    assert None in months or sum(months) == total
    assert [m["month"] for m in found["months"]] == [str(date(year, m, 1)) for m in range(1, 13)]
    begun = {(kind, country): n for kind, country, n in await fetch(BEGUN.format(year, year + 1))}
    placements = {
        (row["programme"]["kind"], row["country"]["code"]): row["begun"]["count"]
        for row in found["placements"]
    }
    assert begun.keys() <= placements.keys()
    assert all(number in (None, begun.get(key)) for key, number in placements.items())
    # The demo's programmes have a few places in each country.
    assert set(placements.values()) <= {None}


# The regions of the attack, with very different numbers of volunteers.
SIZES = {"KZ-10": 3, "KZ-11": 8, "KZ-62": 40}


def invented(seed: int) -> dict[Kind, int]:
    chance, found = Random(seed), {}
    for (region, size), year, silver in product(SIZES.items(), (2023, 2024, 2025), (False, True)):
        number = chance.randrange(size if silver else 2 * size)
        found[Kind(region, silver=silver, registered_on=date(year, 5, 1))] = number
    return found | {Kind("KZ-10", "WITHDRAWN"): 2, Kind("KZ-11", "INACTIVE"): 9}


@pytest.mark.parametrize("seed", range(4))
async def test_an_attacker_who_subtracts_years_regions_and_figures_recovers_nothing(
    database: str, seed: int
) -> None:
    numbers = invented(seed)
    await register(numbers)
    truth = {kind: n for kind, n in numbers.items() if kind.status == "ACTIVE"}
    told = [members async for members in _told(list(truth))]
    cells = list(_cells(list(truth)))
    few = [c for c in cells if 0 < sum(list(truth.values())[i] for i in c) < THRESHOLD]
    few = [c for c in few if len({list(truth)[i].region for i in c}) == 1]
    assert few, "nothing to recover"
    # The figures of the nation are published, however small.
    figures = [m for m in told if len({list(truth)[i].region for i in m}) > 1]
    before = spread(list(truth.values()), figures, few, THRESHOLD)
    after = spread(list(truth.values()), told, few, THRESHOLD)
    assert sum(most >= THRESHOLD for most in before) > len(few) // 2
    for cell, most, width in zip(few, before, after, strict=True):
        assert width >= min(THRESHOLD, most), [list(truth)[i] for i in cell]


async def _told(kinds: list[Kind]) -> Any:
    """Yield the sets of kinds whose sums anyone can request, for every year."""
    for year in (2023, 2024, 2025):
        data = await published(year)
        past = {i for i, kind in enumerate(kinds) if kind.registered_on.year <= year}
        silver = {i for i in past if kinds[i].silver}
        yield sorted(past)
        yield sorted(silver)
        for row in data["registry"]["regions"]:
            own = {i for i in past if kinds[i].region == row["region"]["code"]}
            for name, members in (("active", own), ("silver", own & silver)):
                if row[name]["count"] is not None:
                    yield sorted(members)


def _cells(kinds: list[Kind]) -> Iterator[list[int]]:
    """Yield what subtraction could give: by region, years of registration, and silver or not."""
    spans = [(a, b) for a in (2023, 2024, 2025) for b in (2023, 2024, 2025) if a <= b]
    for region, (first, last), silver in product(SIZES, spans, ((True,), (False,), (True, False))):
        yield [
            i
            for i, kind in enumerate(kinds)
            if kind.region == region
            and first <= kind.registered_on.year <= last
            and kind.silver in silver
        ]


@pytest.mark.parametrize("countries", range(1, 5))
def test_a_small_count_is_suppressed_in_however_few_countries(countries: int) -> None:
    codes = [f"C{i}" for i in range(countries)]
    for few in range(1, THRESHOLD):
        found = _begun(THRESHOLD, codes, {("programme", codes[0]): few})
        assert found[0].country_id == codes[0]
        assert found[0].begun.count is None


async def test_as_many_years_as_are_published_and_the_earlier_ones_suppressed(
    database: str,
) -> None:
    """However many years an import brings, and however wrong its dates are."""
    first = 2026 - 2 * MOST_YEARS
    numbers = {Kind("KZ-10", registered_on=date(first + i, 5, 1)): 6 for i in range(2 * MOST_YEARS)}
    await register(numbers)
    (region,) = [r for r in (await published(2025))["registry"]["regions"] if _is(r, "KZ-10")]
    assert region["active"]["count"] == 6 * len(numbers)
    for year, count in ((2024, 6 * len(numbers) - 6), (2025 - MOST_YEARS, None), (first, None)):
        (region,) = [r for r in (await published(year))["registry"]["regions"] if _is(r, "KZ-10")]
        assert region["active"]["count"] == count
        assert region["active"]["suppressed"] == (count is None)
    stock = _stock(["KZ-10"], [("KZ-10", date(year, 5, 1), False, 6) for year in range(1900, 2026)])
    assert len(stock.years) == MOST_YEARS
    assert sum(count for _, count in stock.people) == 6 * 126
    (early,) = _regions(THRESHOLD, 1899, ["KZ-10"], stock)
    assert early.active.count == 0


def _is(row: Mapping[str, Any], code: str) -> bool:
    return bool(row["region"]["code"] == code)


@pytest.mark.parametrize("year", [0, -1, 9999, 2**31 - 1])
async def test_a_year_that_is_none_is_rejected_as_by_statistics(nation: str, year: int) -> None:
    error = await refuse("query ($y: Int!) { registry(year: $y) { year } }", caller=PUBLIC, y=year)
    assert error["extensions"] == {"code": "BAD_USER_INPUT", "argument": "year"}
    assert error["path"] == ["registry"]


async def test_a_year_without_records_is_not_found_and_leaves_its_neighbours(nation: str) -> None:
    text = "{ registry(year: 1850) { year } other: registry(year: 2025) { year } }"
    result = await execute(text, caller=PUBLIC)
    assert result.data == {"registry": None, "other": {"year": 2025}}
    assert [error.extensions["code"] for error in result.errors] == ["NOT_FOUND"]


async def test_the_threshold_is_a_setting(nation: str) -> None:
    assert await _suppressed(nation, 3) < await _suppressed(nation, 100)


async def _suppressed(url: str, threshold: int) -> int:
    assert url
    data = await ask(QUERY, caller=PUBLIC, threshold=threshold, year=2025)
    assert all(not 0 < c["count"] < threshold for c in counts(data) if not c["suppressed"])
    return sum(count["suppressed"] for count in counts(data))


def test_nothing_but_counts_is_public() -> None:
    """Walks the types from the field: only reference records and counts, no scope needed."""
    assert GRAPH.query_type is not None
    names = [name for name in GRAPH.type_map if name.startswith("Registry")]
    leaves: Mapping[str, set[str]] = {
        name: {str(field.type) for field in GRAPH.type_map[name].fields.values()}  # type: ignore[attr-defined]
        for name in names
    }
    reached = set().union(*leaves.values())
    assert reached == {
        *("Int", "Int!", "Boolean!", "Date!", "RegistryCount!", "[RegistryMonth!]!"),
        *("[RegistryRegion!]!", "[RegistryPlacements!]!", "Region!", "Country!", "Programme!"),
    }
    definition = GRAPH.query_type.fields["registry"].extensions["strawberry-definition"]
    assert any(type(d).__name__ == "Public" for d in definition.directives)
