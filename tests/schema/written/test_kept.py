"""Compiled plans and statements of an engine take bounded memory, whatever callers send."""

import gc
from operator import attrgetter
from weakref import ref

import pytest
from cachetools import LRUCache

from models.people import Language
from resolvers.context import Context
from schema import schema
from schema.engine.engine import Engine
from schema.engine.parsed_documents import Documents
from schema.engine.written.answers import CallerPlan, WrittenOperation
from schema.engine.written.kept import Plans, Statements
from tests.support.both_ways import one_way
from tests.support.queries import ANALYST, KEY, statements

pytestmark = pytest.mark.usefixtures("open_nation")
MOST, PLANS = 20_000, 100_000
PAGE = "query ($r: [String!], $l: EriktiLanguage) { projects(filter: { title: { in: $r } }) { nodes { title(language: $l) } } }"
NODES = "query ($ids: [ID!]!) { nodes(ids: $ids) { id ... on Region { name } } }"
REGION, COUNTRY = "UmVnaW9uOktaLTEw", "Q291bnRyeTpLWg=="


async def send(engine: Engine, titles: list[str], language: str) -> object:
    context = Context(Language.EN, KEY, ANALYST)
    given = {"r": titles, "l": language}
    result = await engine.execute(PAGE, given, context)
    assert result.errors is None
    return result.data


async def test_the_memory_of_statements_and_plans_is_bounded() -> None:
    engine = Engine(schema)
    kept = engine._statements = Statements()
    kept.bound = LRUCache(MOST, attrgetter("size"))
    kept.plans = Plans(PLANS)
    for number in range(60):
        language = ("KK", "RU", "EN")[number % 3]
        await send(engine, [f"{number} {'x' * 100}"], language)
        assert kept.bound.currsize <= MOST
        assert kept.plans.currsize <= PLANS
    assert 1 < len(kept.bound) < 60
    assert len(kept.plans) == 3


async def test_what_is_too_large_to_be_kept_is_written_all_the_same() -> None:
    engine = Engine(schema)
    kept = engine._statements = Statements()
    kept.bound = LRUCache(100, attrgetter("size"))
    kept.plans = Plans(100)
    with one_way(), statements() as made:
        for _ in range(2):
            assert await send(engine, ["none"], "EN") == {"projects": {"nodes": []}}
    assert len(made) == 2
    assert not kept.bound
    assert not kept.plans
    assert not plans_of(engine, PAGE)


def plans_of(engine: Engine, text: str) -> list[CallerPlan]:
    """Return the compiled plans that a document holds."""
    notes = engine.documents.find(text).notes
    operation: WrittenOperation | None = notes.get((WrittenOperation, None))
    return list(operation._plans.values()) if operation else []


async def run(engine: Engine, text: str, **variables: object) -> None:
    result = await engine.execute(text, variables, Context(Language.EN, KEY, ANALYST))
    assert result.errors is None


async def test_a_plan_that_is_not_counted_is_dropped_by_its_document() -> None:
    engine = Engine(schema)
    kept = engine._statements = Statements()
    kept.plans = Plans(PLANS)
    texts = [PAGE.replace("title(l", f"{'a' * n}: title(l") for n in range(1, 4)]
    for text in texts * 2:
        for language in ("KK", "RU", "EN"):
            await run(engine, text, r=[], l=language)
        assert kept.plans.currsize <= PLANS
        found = [plan for each in texts for plan in plans_of(engine, each)]
        assert {plan.number for plan in found} == set(kept.plans)
    assert 0 < len(found) < 9


async def test_statements_that_a_plan_compiles_later_count() -> None:
    engine = Engine(schema)
    sizes = []
    for ids in ([], [REGION], [REGION, COUNTRY], [COUNTRY]):
        await run(engine, NODES, ids=ids)
        (plan,) = plans_of(engine, NODES)
        assert engine._statements.plans.currsize == plan.size
        sizes.append(plan.size)
    assert sizes[0] + 1_000 < sizes[1]
    assert sizes[1] + 1_000 < sizes[2] == sizes[3]


async def test_documents_that_are_evicted_are_not_kept_by_their_plans() -> None:
    engine = Engine(schema)
    engine.documents = Documents(schema._schema, size=1_000)
    texts = [NODES.replace("id ", f"{'a' * n}: id ") for n in range(1, 41)]
    made = []
    for text in texts:
        await run(engine, text, ids=[REGION])
        made.append(ref(engine.documents.find(text).operation(None)))
    gc.collect()
    assert len(engine._statements.plans) == len(texts)
    alive = [text for text, node in zip(texts, made, strict=True) if node() is not None]
    assert alive == [text for text in texts if engine.documents.is_cached(text)]
    assert 0 < len(alive) < 20
