"""PostgreSQL plans statements by keys and pages without a filter a few times, not each time."""

import re
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from typing import Any, NamedTuple

import pytest
import pytest_asyncio
from graphql import GraphQLEnumType

from erikti.auth.principal import Principal
from erikti.database.connection import Database, fetch, one_snapshot
from erikti.guard.limits import Limits
from tests.schema.lists import ROOTS, ids
from tests.schema.walk import GRAPH, Relation, entities, relations, selection
from tests.support.databases import Server
from tests.support.queries import ANALYST, AS_REGISTRAR, REGISTRAR, ask, limited, statements

PLANNED = 5  # times for the values that are given, before PostgreSQL compares the two plans
TIMES = 8
MANY = 10**8
PLANS = """
SELECT statement, generic_plans, custom_plans FROM pg_prepared_statements
WHERE statement NOT LIKE '%pg_prepared_statements%'
"""


class Plans(NamedTuple):
    """How often a statement was run by the plan for any values, and by plans for those given."""

    generic: int
    custom: int


@pytest.fixture(scope="session", params=["postgres"])
def server(request: pytest.FixtureRequest, servers: dict[str, Server]) -> Server:
    """PostgreSQL: SQLite has one plan for any values."""
    return servers[request.param]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def open_nation(populated: str) -> AsyncIterator[str]:
    """The small country, by connections of which one is used at a time."""
    async with Database(populated, connections=2):  # of which one is the server's own
        yield populated


@pytest.fixture(params=["loaders", "written"])
def way(request: pytest.FixtureRequest) -> Iterator[None]:
    """What reads the records: the loaders, or the statement that writes the response."""
    bound = 0 if request.param == "loaders" else MANY
    with limited(replace(Limits(), cost=MANY, nodes=MANY, query_seconds=60, written_cost=bound)):
        yield


pytestmark = pytest.mark.usefixtures("open_nation", "way")


async def plans() -> dict[str, Plans]:
    """Return the plans of the statements that are prepared on the connection."""
    with one_snapshot():
        return {row[0]: Plans(row[1], row[2]) for row in await fetch(PLANS)}


async def repeated(query: str, **variables: Any) -> dict[str, Plans]:
    """Return the plans that an operation takes after the first times."""
    given = AS_REGISTRAR | variables
    for _ in range(PLANNED):
        await ask(query, **given)
    before = await plans()
    for _ in range(TIMES):
        await ask(query, **given)
    after = await plans()
    return {
        text: Plans(now.generic - was.generic, now.custom - was.custom)
        for text, now in after.items()
        if now != (was := before.get(text, Plans(0, 0)))
    }


def kept(found: dict[str, Plans]) -> None:
    assert found
    for text, taken in found.items():
        assert taken.custom == 0, text
        assert taken.generic >= TIMES, text


@pytest.mark.parametrize("relation", relations(), ids=lambda r: f"{r.parent}.{r.name}")
@pytest.mark.parametrize("count", [1, 30])
async def test_relations(relation: Relation, count: int) -> None:
    fields = selection(relation)
    if relation.is_connection:
        fields = f"{relation.name}(first: 3) {{ nodes {{ __typename }} }}"
    nodes = f"nodes(ids: $ids) {{ ... on {relation.parent} {{ {fields} }} }}"
    text = f"query ($ids: [ID!]!) {{ {nodes} }}"
    kept(await repeated(text, ids=await ids(relation.parent, count)))


def orders() -> list[tuple[str, str]]:
    """Return each root list with each field of its order."""
    found = []
    for name, field in ROOTS.items():
        type_ = GRAPH.get_type(f"{name}OrderField")
        assert isinstance(type_, GraphQLEnumType)
        found += [(field, value) for value in type_.values]
    return found


@pytest.mark.parametrize(("root", "order"), orders(), ids="-".join)
async def test_pages_of_whole_lists(root: str, order: str) -> None:
    by = f"orderBy: [{{ field: {order} }}]"
    page = f"{root}({by}, first: 2) {{ edges {{ cursor }} }}"
    edges = (await ask(f"{{ {page} }}", **AS_REGISTRAR))[root]["edges"]
    after = f'{root}({by}, first: 3, after: "{edges[-1]["cursor"]}") {{ edges {{ cursor }} }}'
    last = f"{root}({by}, last: 2) {{ edges {{ cursor }} }}"
    kept(await repeated(f"{{ a: {page} b: {after} c: {last} }}"))


@pytest.mark.parametrize(
    ("look_up", "key"),
    [
        ("forum", "by: { year: 2025 }"),
        ("organisation", 'by: { bin: "950140000018" }'),
        ("volunteer", 'by: { source: { system: "DEMO", identifier: "1" } }'),
    ],
)
async def test_look_ups(look_up: str, key: str) -> None:
    kept(await repeated(f"{{ {look_up}({key}) {{ id }} }}"))


CALLERS: dict[str, dict[str, Any]] = {
    "region": {"caller": replace(REGISTRAR, region="KZ-75"), "purpose": "REGISTRATION"},
    "partner": {"caller": replace(ANALYST, country="UZ")},
    "public": {"caller": Principal("", "", scopes=frozenset())},
}


@pytest.mark.parametrize("caller", CALLERS.values(), ids=list(CALLERS))
async def test_records_of_callers_who_see_some(caller: dict[str, Any]) -> None:
    names = {entity.name for entity in entities()} - {"Consent"}
    for name in sorted(names):
        some = await ids(name, 5)
        text = "query ($ids: [ID!]!) { nodes(ids: $ids) { id } }"
        kept(await repeated(text, ids=some, **caller))


async def test_only_a_page_with_a_filter_has_its_size_as_a_parameter() -> None:
    some = 'volunteers(first: 3, filter: { region: { code: { eq: "KZ-75" } } }) { nodes { id } }'
    with statements() as made:
        await ask(f"{{ {some} }}")
        await ask("{ volunteers(first: 3) { nodes { id } } }")
    sizes = [re.findall(r"LIMIT (\$?\d+)", text) for text in made]
    assert sizes in ([["$2"], ["4"]], [["$2"], ["3"]])


async def test_statements_are_not_compiled() -> None:
    for name, value in {"jit": "off", "TimeZone": "UTC", "DateStyle": "ISO, MDY"}.items():
        ((found,),) = await fetch("SELECT current_setting($1)", [name])
        assert found == value
