"""Rows match the published figures at scale 1, and those independent of scale at others."""

from collections import Counter

import pytest

from erikti.demo import awards, nominations, organisations
from erikti.demo.nation import Nation
from erikti.demo.tables import tables
from models import reference
from tests.demo.counting import FIGURES, Rows, agrees, laureates, placed, rows_of

PUBLISHED = [
    (row["figure"], int(row["year"]), row["value"]) for row in reference.rows("published_figures")
]
GROWING = ("volunteers", "good_deeds")


@pytest.fixture(scope="module")
def rows() -> Rows:
    return rows_of(Nation(1))


@pytest.mark.parametrize(("figure", "year", "value"), PUBLISHED)
def test_a_published_figure_is_counted(rows: Rows, figure: str, year: int, value: str) -> None:
    assert agrees(value, FIGURES[figure](rows, year))


@pytest.mark.parametrize("scale", [0.000001, 0.002, 0.01, 0.37])
def test_tables_independent_of_scale_are_complete_at_every_scale(scale: float) -> None:
    rows = rows_of(Nation(scale))
    for figure, year, value in PUBLISHED:
        if not figure.startswith(GROWING):
            assert agrees(value, FIGURES[figure](rows, year)), figure


@pytest.mark.parametrize("scale", [0.000001, 0.002, 0.01, 0.1])
def test_every_table_has_as_many_rows_as_it_says(scale: float) -> None:
    for table in tables(Nation(scale)):
        assert sum(1 for _ in table.rows()) == table.size, table.kind


def test_growing_tables_grow_with_the_scale() -> None:
    small, large = Nation(0.01), Nation(10)
    assert (small.active, small.silver, small.good_deeds) == (2_994, 60, 90)
    assert (large.active, large.silver, large.good_deeds) == (2_994_120, 60_000, 90_010)
    assert (small.participations, large.participations) == (2_000, 2_000_000)
    assert small.good_deed_participants == 400
    assert FIGURES["volunteers.active"](rows_of(small), 2025) == 2_994
    assert FIGURES["volunteers.silver"](rows_of(small), 2025) == 60
    assert FIGURES["good_deeds.participants"](rows_of(small), 2025) == 400


def test_the_laureates_of_2025_come_from_five_countries(rows: Rows) -> None:
    countries = Counter(row["country"] for row in laureates(rows, [2025]))
    assert countries == {"KZ": 46, "AZ": 1, "KG": 1, "RU": 1, "TR": 1}
    for edition in awards.EDITIONS:
        of_category = Counter(row["category"] for row in laureates(rows, [edition]))
        assert set(of_category.values()) <= {3, 4, 5}, edition


def test_at_most_ten_per_category_come_before_the_experts(rows: Rows) -> None:
    top = ("TOP_TEN", "EXPERT_SCORE", "LAUREATE")
    reached = Counter(
        (row["edition"], row["category"]) for row in rows("nominations") if row["stage"] in top
    )
    assert set(reached.values()) == {10}
    for row in rows("nominations"):
        assert (row["expert_score"] is not None) == (row["stage"] in top[1:])
        assert (row["votes"] is None) == (row["stage"] in ("APPLICATION", "SCREENING"))


def test_unpublished_categories_are_named_by_number(rows: Rows) -> None:
    codes = {row["code"]: row for row in rows("award-categories") if row["edition"] == 2025}
    assert list(codes)[:11] == list(awards.PUBLISHED)
    assert list(codes)[11:] == [f"NOMINATION_{number}" for number in (12, 13, 14, 15)]
    assert codes["NOMINATION_12"]["name_kk"] == "12-номинация"
    earlier = {row["code"] for row in rows("award-categories") if row["edition"] != 2025}
    assert all(str(code).startswith("NOMINATION_") for code in earlier)


def test_the_nine_placements_are_where_they_were_published() -> None:
    rows = rows_of(Nation(0.1))
    countries = {row["source_id"]: row["country"] for row in rows("duty-stations")}
    full = placed(rows, 2025, "FULL_FUNDING")
    assert {countries[row["duty_station"]] for row in full} == {"KE", "TR", "TH"}
    volunteers = {row["iin"] for row in rows("volunteers")}
    assert {row["iin"] for row in rows("placements")} <= volunteers - {None}
    assert len({row["iin"] for row in rows("placements")}) == 9


def test_all_states_of_the_cis_send_a_delegation_with_one_head(rows: Rows) -> None:
    states = {row["alpha_2"] for row in reference.rows("cis_states")}
    quotas = {row["country"]: row["quota"] for row in rows("delegations")}
    assert set(quotas) == states
    heads = Counter(row["country"] for row in rows("delegates") if row["role"] == "HEAD")
    assert heads == dict.fromkeys(states, 1)
    for country, size in Counter(row["country"] for row in rows("delegates")).items():
        assert size <= int(str(quotas[country]))
    assert {"NOMINATED", "APPROVED", "ACCREDITED"} <= {row["status"] for row in rows("delegates")}
    assert all(row["citizenship"] == row["country"] for row in rows("delegates"))


def test_the_constants_are_the_figures() -> None:
    assert organisations.ORGANISATIONS == 811
    assert sum(won for _, won in awards.EDITIONS.values()) == 297
    assert nominations.CANDIDATES == {2025: 174}
