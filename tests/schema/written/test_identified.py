"""Lists that identify people are recorded both ways, and so are people who are named or withheld."""

from dataclasses import replace
from datetime import date

import pytest

from models.people import Language
from resolvers.context import Context
from tests.access.callers import CALLERS, PURPOSE
from tests.support.both_ways import BothWays
from tests.support.queries import KEY, REGISTRAR, engine

pytestmark = pytest.mark.usefixtures("open_nation", "generous")
WHO = {**CALLERS, "all": REGISTRAR, "foreign": replace(REGISTRAR, country="KG")}
PURPOSES = (None, PURPOSE, "REG-2026-5")
BY_NAME = "orderBy: { field: DISPLAY_NAME }"
LISTS = [
    f"{{ people(first: 3, {BY_NAME}) {{ nodes {{ id }} }} }}",
    f"{{ people(last: 3, {BY_NAME}) {{ edges {{ cursor }} pageInfo {{ hasPreviousPage }} }} }}",
    f"{{ people(first: 3, {BY_NAME}) {{ pageInfo {{ endCursor }} }} }}",
    '{ people(filter: { recordedOn: { range: { min: "2020-01-01" } } }) { nodes { id } } }',
    '{ participations(first: 3, filter: { volunteer: { person: { displayName: { ne: "x" } } } }) '
    "{ nodes { id } } }",
    "{ nominations(filter: { nominee: { person: { isNull: false } } }) { nodes { id } } }",
    "{ grants(filter: { recipient: { person: { isNull: true } } }) { nodes { id } } }",
    "{ delegations(first: 9) { nodes { delegates(first: 2, filter: { person: { isNull: false } }) "
    "{ nodes { id } pageInfo { hasNextPage } } } } }",
]
NONE = [
    f"{{ people(first: 3, {BY_NAME}) {{ totalCount }} }}",
    '{ people(filter: { displayName: { eq: "no such name" } }) { nodes { id } } }',
    "{ people(first: 3) { nodes { id } } }",
]
# Searches of several lists, whose points are known only from all of them.
EXECUTED = [
    "{ projects(first: 3) { nodes { participations(first: 2, filter: { volunteer: { person: "
    '{ displayName: { ne: "no such name" } } } }) { nodes { id } } } } }',
]
PEOPLE = [
    "{ delegates(first: 50) { nodes { id person { id displayName } } } }",
    "{ delegations { nodes { head { id role person { id } } } } }",
    "{ delegations { nodes { head { id } delegates(first: 1, filter: { role: { eq: HEAD } }) "
    "{ nodes { id } } } } }",
    "{ forums { nodes { delegations { nodes { head { status } country { code } } } } } }",
]


@pytest.mark.parametrize("purpose", PURPOSES)
@pytest.mark.parametrize("role", WHO)
@pytest.mark.parametrize("text", [*LISTS, *NONE, *EXECUTED, *PEOPLE])
async def test_each_caller_gets_the_same_both_ways(text: str, role: str, purpose: str) -> None:
    context = Context(Language.EN, KEY, WHO[role], purpose=purpose)
    await engine().execute(text, {}, context)


@pytest.mark.parametrize("text", [*LISTS, *NONE])
async def test_people_whom_a_list_identifies_are_recorded(text: str) -> None:
    found = engine()
    assert isinstance(found, BothWays)
    context = Context(Language.EN, KEY, REGISTRAR, purpose=PURPOSE)
    result = await found.execute(text, {}, context)
    assert result.errors is None
    assert set(found.taken) == {"written"}
    assert bool(context.loaders.scope.persons) == (text in LISTS and "isNull: true" not in text)


async def test_people_of_delegates_are_named_or_withheld() -> None:
    context = Context(Language.EN, KEY, WHO["all"], purpose=PURPOSE)
    await engine().execute(PEOPLE[0], {}, context)
    assert "Delegate.person" in context.ledger.identifying
    context = Context(Language.EN, KEY, WHO["analyst"])
    context.loaders.scope.policy.today = date(2100, 1, 1)  # every consent has expired
    await engine().execute(PEOPLE[0], {}, context)
    assert {coordinate for coordinate, _ in context.ledger.withheld} == {"Delegate.person"}
