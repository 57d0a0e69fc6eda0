"""The requested cost of an operation is never less than its actual cost."""

import json
from dataclasses import replace
from random import Random

import pytest
from hypothesis import HealthCheck, assume, event, given, note, settings
from hypothesis import strategies as st

from erikti.guard.limits import Limits
from models.people import Language
from resolvers.context import Context
from tests.executor.on_schema import LIMITS, acceptable, database, givens
from tests.executor.operations import Writer
from tests.schema.walk import GRAPH
from tests.support.queries import KEY, REGISTRAR, engine

FEW = settings(
    max_examples=100,
    derandomize=True,
    database=None,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
PAGE = """query ($n: Int) { volunteers(first: $n) { totalCount nodes {
  id frontOffice { name } region { code } organisation { name }
  participations(first: 3) { nodes { hours } } } } }"""


def objects(value: object) -> int:
    """Return the number of objects in a response."""
    if isinstance(value, dict):
        return 1 + sum(map(objects, value.values()))
    return sum(map(objects, value)) if isinstance(value, list) else 0


@pytest.mark.usefixtures("generous", "no_garbage_left")
def test_no_answer_costs_more_than_was_requested(populated: str) -> None:
    with database(populated) as runner:
        known = runner.run(givens())

        @FEW
        @given(random=st.randoms(use_true_random=False))
        def check(random: Random) -> None:
            asked = Writer(random, GRAPH, known, LIMITS).operation("query")
            assume("__schema" not in asked.text and "__type(" not in asked.text)
            assume(acceptable(asked))
            note(repr(asked))
            context = Context(
                Language.EN, KEY, REGISTRAR, replace(Limits(), nodes=10**8), "REGISTRATION"
            )
            result = runner.run(engine().execute(asked.text, asked.variables, context))
            if engine().documents.find(asked.text).errors:
                return
            spent = context.spent
            event(f"actual: {min(spent.actual // 10, 10)}0")
            assert spent.actual <= spent.requested
            demand = engine().documents.find(asked.text).demands[0]
            variables = {**demand.defaults, **(asked.variables or {})}
            held = objects(json.loads(json.dumps(result.data, default=str))) - 1
            assert held <= demand.estimate.value(variables)[1]

        check()


@pytest.mark.usefixtures("nation")
async def test_what_was_requested_and_what_it_came_to_is_told() -> None:
    context = Context(Language.EN, KEY, REGISTRAR)
    result = await engine().execute(PAGE, {"n": 10}, context)
    assert result.errors is None
    assert context.spent.requested == 1 + 5 + 10 * (1 + 3 + 1 + 3)
    assert context.spent.actual == objects(json.loads(json.dumps(result.data, default=str))) - 1 + 5


@pytest.mark.usefixtures("nation", "generous")
async def test_an_answer_with_too_many_objects_is_not_finished() -> None:
    for most, code in ((20, "LIMIT_EXCEEDED"), (100, None)):
        context = Context(Language.EN, KEY, REGISTRAR, replace(Limits(), nodes=most))
        result = await engine().execute(PAGE, {"n": 10}, context)
        found = [error.extensions or {} for error in result.errors or ()]
        assert [extensions["code"] for extensions in found] == ([code] if code else [])
        assert all(e["limit"] == "nodes" and e["asked"] > e["allowed"] == most for e in found)
        assert (result.data is None) == bool(code)


@pytest.mark.usefixtures("nation")
async def test_an_item_costs_the_same_with_and_without_a_list_around_it() -> None:
    region = {"__typename": "Region", "code": "KZ-75"}
    text = "query ($r: [_Any!]!) { _entities(representations: $r) { ... on Region { code } } }"
    for given_ in (region, [region]):
        context = Context(Language.EN, KEY, REGISTRAR)
        result = await engine().execute(text, {"r": given_}, context)
        assert result.data == {"_entities": [{"code": "KZ-75"}]}
        assert (context.spent.requested, context.spent.actual) == (1, 1)


@pytest.mark.usefixtures("nation")
@pytest.mark.parametrize(
    "text",
    [
        "{ statistics(year: 2025) { year } }",
        """{ _entities(representations: [{ __typename: "NationalStatistics", year: 2025 }]) {
             ... on NationalStatistics { year } } }""",
    ],
)
async def test_figures_of_a_year_cost_what_it_takes_to_count_them(text: str) -> None:
    context = Context(Language.EN, KEY, REGISTRAR)
    assert (await engine().execute(text, {}, context)).errors is None
    assert (context.spent.requested, context.spent.actual) == (15, 15)


async def test_what_is_not_executed_costs_nothing() -> None:
    context = Context(Language.EN, KEY, REGISTRAR)
    result = await engine().execute("{ nothing }", {}, context)
    assert result.data is None
    assert (context.spent.requested, context.spent.actual) == (0, 0)
