"""Totals and searches that cost points: charged once, as the executor charges them."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any
from unittest.mock import patch

import pytest

from erikti.guard.budget import Budget
from erikti.guard.limits import Limits
from models.people import Language
from resolvers.context import Context
from resolvers.dataloaders import scans
from tests.access.callers import CALLERS
from tests.support.both_ways import executed
from tests.support.queries import KEY, REGISTRAR, engine, limited, statements

pytestmark = pytest.mark.usefixtures("open_nation")
NATION = 45_000
COUNT, SEARCH = NATION // scans.COUNTED, NATION // scans.SEARCHED
WHERE = 'filter: { hoursTotal: { range: { min: "99999" } }, fieldsOfWork: { contains: SPORT } }'
OTHER = WHERE.replace("99999", "88888")
TOTAL = f"volunteers({WHERE}) {{ totalCount }}"
ROWS = f"volunteers({WHERE}) {{ nodes {{ id }} }}"
BOTH = f"volunteers({WHERE}) {{ totalCount nodes {{ id }} }}"
GROUPS = (
    f"volunteers({WHERE}) {{ totalCount nodes {{ id }} groups(by: [STATUS]) {{ totalCount }} }}"
)
CHARGED = [
    (f"{{ {TOTAL} }}", COUNT),
    (f"{{ {ROWS} }}", SEARCH),
    (f"{{ {BOTH} }}", COUNT + SEARCH),
    (f"{{ a: {TOTAL} b: {TOTAL} }}", COUNT),
    (f"{{ a: {ROWS} b: {ROWS} }}", SEARCH),
    (f"{{ a: {TOTAL} b: {TOTAL.replace(WHERE, OTHER)} }}", 2 * COUNT),
    (f"{{ a: {ROWS} b: {ROWS.replace('(', '(last: 3, ')} }}", 2 * SEARCH),
    ('{ people(filter: { displayName: { eq: "x" } }) { totalCount nodes { id } } }', COUNT + SEARCH),
]  # fmt: skip


@pytest.fixture(autouse=True)
def _nation() -> Iterator[None]:
    """Pretend that every growing table has many records."""

    async def counted(sql: str, parameters: Sequence[Any]) -> Any:
        assert "count" in sql
        assert parameters is not None
        return [(NATION,)]

    with patch.object(scans, "fetch", counted):
        yield


async def run(text: str, **options: Any) -> tuple[Any, Context]:
    """Return the result of an operation, which is written wholly, and its context."""
    context = Context(Language.EN, KEY, REGISTRAR, **{"purpose": "REGISTRATION", **options})
    return await engine().execute(text, {}, context), context


@pytest.mark.parametrize(("text", "points"), CHARGED)
async def test_it_is_charged_once(text: str, points: int) -> None:
    for _ in range(2):  # the second time from the kept statement
        result, context = await run(text)
        assert result.errors is None
        assert context.spent.conditions == points + (await conditions(text))


async def conditions(text: str) -> int:
    """Return the points of the conditions of an operation, which are known before."""

    async def none(*_: object) -> Any:
        return [(0,)]

    with patch.object(scans, "fetch", none):
        _, context = await run(text)
    return context.spent.conditions


async def test_what_the_executor_counts_too_is_charged_once() -> None:
    _, alone = await run(f"{{ b: {GROUPS} }}")
    result, context = await run(f"{{ a: {BOTH} b: {GROUPS} }}")
    assert result.errors is None
    extra = context.spent.conditions - alone.spent.conditions
    assert extra == await conditions(f"{{ a: {BOTH} }}")


@pytest.mark.parametrize("text", [TOTAL, ROWS])
async def test_a_full_page_costs_nothing_and_a_total_is_refused_before_it_is_counted(
    text: str,
) -> None:
    with limited(replace(Limits(), cost=20)):
        context = Context(Language.EN, KEY, REGISTRAR, purpose="REGISTRATION")
        with statements() as made:
            result = await engine().execute(
                f"{{ {text.replace('(', '(first: 3, ')} }}", {}, context
            )
    assert result.data is None
    assert result.errors is not None
    (error,) = result.errors
    assert error.extensions is not None
    assert error.extensions["limit"] == "cost"
    assert (made == []) == (text == TOTAL)
    full = "{ volunteers(first: 2, filter: { fieldsOfWork: { containsAny: [SPORT, HEALTH] } }) { nodes { id } } }"
    _, context = await run(full)
    assert context.spent.conditions == await conditions(full)


@pytest.mark.parametrize("left", [10, COUNT + 30, 10_000])
@pytest.mark.parametrize("text", [text for text, _ in CHARGED])
async def test_the_budget_is_charged_as_by_the_executor(text: str, left: int) -> None:
    found = []

    async def one() -> tuple[Any, ...]:
        budget = Budget(60)

        async def pay(spent: Any, points: int) -> None:
            spent.left = await budget.spend("who", points, left)

        result, context = await run(text, pay=pay)
        errors = [error.message for error in result.errors or ()]
        spent = context.spent
        return errors, result.data, spent.left and spent.left.remaining, spent.requested

    found.append(await one())
    with executed():
        found.append(await one())
    assert found[0] == found[1]


@pytest.mark.parametrize("role", CALLERS)
@pytest.mark.parametrize(("text", "points"), CHARGED)
async def test_it_costs_each_caller_the_same_both_ways(role: str, text: str, points: int) -> None:
    assert points
    context = Context(Language.EN, KEY, CALLERS[role], purpose="REGISTRATION")
    await engine().execute(text, {}, context)
