"""Compiled plans and statements of an engine take bounded memory, whatever callers send."""

from operator import attrgetter

import pytest
from cachetools import LRUCache

from models.people import Language
from resolvers.context import Context
from schema import schema
from schema.engine.engine import Engine
from schema.engine.written.answers import Statements
from tests.support.both_ways import one_way
from tests.support.queries import ANALYST, KEY, statements

pytestmark = pytest.mark.usefixtures("open_nation")
MOST = 20_000
PAGE = "query ($r: [String!], $l: EriktiLanguage) { projects(filter: { title: { in: $r } }) { nodes { title(language: $l) } } }"


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
    kept.plans = LRUCache(MOST, attrgetter("size"))
    for number in range(60):
        language = ("KK", "RU", "EN")[number % 3]
        await send(engine, [f"{number} {'x' * 100}"], language)
        assert kept.bound.currsize <= MOST
        assert kept.plans.currsize <= MOST
    assert 1 < len(kept.bound) < 60
    assert len(kept.plans) == 3


async def test_what_is_too_large_to_be_kept_is_written_all_the_same() -> None:
    engine = Engine(schema)
    kept = engine._statements = Statements()
    kept.bound = LRUCache(100, attrgetter("size"))
    kept.plans = LRUCache(100, attrgetter("size"))
    with one_way(), statements() as made:
        for _ in range(2):
            assert await send(engine, ["none"], "EN") == {"projects": {"nodes": []}}
    assert len(made) == 2
    assert not kept.bound
    assert not kept.plans
