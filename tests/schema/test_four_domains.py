"""One endpoint for four domains: the example queries work and their data is connected."""

import pytest

from erikti.web import console
from tests.support.queries import AS_REGISTRAR, ask, execute, is_query

pytestmark = pytest.mark.usefixtures("open_nation")


@pytest.mark.parametrize("query", [text for text in console.examples() if is_query(text)])
async def test_example_queries_work(query: str) -> None:
    result = await execute(query)
    assert result.errors is None
    assert all(value for value in result.data.values())


async def test_one_person_is_met_in_several_domains() -> None:
    data = await ask(
        """{ laureates(first: 50, filter: { nominee: { person: { isNull: false } }, country: { code: { eq: "KZ" } } }) {
             nodes { nominee { __typename ... on Person { id volunteer { person { id } } } } } } }""",
        **AS_REGISTRAR,
    )
    people = [node["nominee"] for node in data["laureates"]["nodes"]]
    assert people
    for person in people:
        assert person["__typename"] == "Person"
        assert person["volunteer"]["person"]["id"] == person["id"]


async def test_figures_independent_of_scale_agree_with_the_published_ones() -> None:
    data = await ask("{ statistics(year: 2025) { figures { code counted published agrees } } }")
    scaled = {
        "volunteers.active",
        "volunteers.silver",
        "good_deeds.count",
        "good_deeds.participants",
    }
    figures = {figure["code"]: figure for figure in data["statistics"]["figures"]}
    compared = {code for code, figure in figures.items() if figure["agrees"] is not None}
    assert len(compared) == 17
    assert {code for code in compared if not figures[code]["agrees"]} == scaled


async def test_figures_of_other_years_have_their_published_values() -> None:
    data = await ask(
        """{ applicants: statistics(year: 2024) { figure(code: "un_placements.applicants") { count agrees } }
             forum: statistics(year: 2026) { figure(code: "cis_forum.first_edition") { counted agrees source } }
             unknown: statistics(year: 2025) { figure(code: "nothing") { code } } }"""
    )
    assert data["applicants"]["figure"] == {"count": 266, "agrees": True}
    assert data["forum"]["figure"]["counted"] == "Astana"
    assert data["forum"]["figure"]["agrees"] is True
    assert data["unknown"]["figure"] is None
