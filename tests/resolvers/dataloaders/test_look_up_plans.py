"""SQLite finds a record by its key, whatever else the caller must not see.

Each part of a row's rule has an index too, but reading all rows of a region for one record takes
a thousand times as long. PostgreSQL chooses by its statistics.
"""

from typing import Any

import pytest
from tortoise.models import Model

from erikti.database.connection import Database, fetch
from erikti.database.snapshots import Query
from models.base import Sourced
from models.people import Person
from resolvers.dataloaders.keys import _load_by_source
from resolvers.dataloaders.listings import ANY
from resolvers.dataloaders.loading import load_one
from resolvers.dataloaders.scope import LoaderScope
from resolvers.dataloaders.tables import holder, table
from resolvers.global_ids import NODES
from tests.access.callers import CALLERS, PURPOSE, myself
from tests.support.databases import Server

ME = "019ab000-0000-4000-8000-000000000001"
ROLES = {**CALLERS, "person": myself(ME)}


@pytest.fixture
def url(servers: dict[str, Server]) -> str:
    """The URL of the small invented country on SQLite."""
    return servers["sqlite"].url(servers["sqlite"].populated())


def scope(role: str, model: type[Model]) -> LoaderScope | None:
    """Return the scope of a caller who sees some records of a model, but not all."""
    found = LoaderScope(ROLES[role], PURPOSE)
    return None if found.policy.of(model) == ANY else found


async def steps(query: Query) -> list[str]:
    """Return how SQLite finds the rows of the statement itself."""
    plan = await fetch(f"EXPLAIN QUERY PLAN {query.sql}", query.parameters)
    return [detail for _, parent, _, detail in plan if parent == 0 and " LIST SUBQ" not in detail]


async def some(name: str, columns: str) -> list[Any]:
    return [tuple(row) for row in await fetch(f"SELECT {columns} FROM {name} LIMIT 3")]


@pytest.mark.parametrize("role", ROLES)
async def test_a_record_is_found_by_its_key(role: str, url: str) -> None:
    async with Database(url):
        for model in (node.model for node in NODES.values()):
            records = table(model)
            if (found := scope(role, model)) is None:
                continue
            keys = [key for (key,) in await some(records.name, records.key)]
            made = await steps(load_one(found, model, records.key, keys))
            assert made[0].startswith("SEARCH t "), (model, made)
            assert made[0].endswith(f"({records.key}=?)"), (model, made)


@pytest.mark.parametrize("role", ROLES)
async def test_a_record_is_found_by_its_source(role: str, url: str) -> None:
    async with Database(url):
        for model in (node.model for node in NODES.values()):
            found = scope(role, model)
            if found is None or not (issubclass(model, Sourced) or model is Person):
                continue
            held = holder(model)
            keys = await some(held.name, f"{held.system}, {held.identifier}")
            made = await steps(_load_by_source(found, model, keys))
            read = [step for step in made if step.startswith(("SEARCH", "SCAN"))]
            assert {step.split()[1] for step in read} <= {"t", "h"}, (model, made)
            assert all(step.endswith(("(id=?)", "(rowid=?)")) for step in read), (model, made)
