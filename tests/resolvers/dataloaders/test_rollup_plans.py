"""Conditions on rollups reach their indexes, also where combinations are added up first."""

import pytest

from erikti.database.connection import dialect, fetch, transaction
from resolvers.dataloaders.conditions import Statement
from resolvers.dataloaders.listings import Aggregate, Comparison, Every
from resolvers.dataloaders.rollups import COUNT, covering_rollup
from resolvers.dataloaders.volunteers import VOLUNTEERS

ONE = Every((Comparison("status", "eq", "ACTIVE"), Comparison("silver", "eq", True)))


async def plan(sql: str, statement: Statement) -> str:
    """Return the plan of a statement where an index that can be used is used."""
    if dialect().name == "sqlite":
        rows = await fetch(f"EXPLAIN QUERY PLAN {sql}", statement.parameters)
        return "\n".join(row[3] for row in rows)
    async with transaction():
        await fetch("SET LOCAL enable_seqscan = off")
        return "\n".join(r[0] for r in await fetch(f"EXPLAIN {sql}", statement.parameters))


@pytest.mark.parametrize("numbers", [[COUNT], [COUNT, Aggregate("max", "hours_total")]], ids=len)
async def test_a_condition_reaches_the_index(nation: str, numbers: list[Aggregate]) -> None:
    assert nation
    found = covering_rollup(VOLUNTEERS, ONE, aggregates=numbers)
    assert found is not None
    assert found.added_up == (len(numbers) > 1)
    statement = Statement()
    where = found.where(statement)
    selected = ", ".join(found.aggregate(statement, number) for number in numbers)
    text = await plan(f"SELECT {selected} FROM {found.rows} WHERE {where}", statement)
    table = found.rollup.table
    searched = [line for line in text.splitlines() if f"uid_{table}" in line]
    assert len(searched) == len(numbers), text
    if dialect().name == "postgres":
        assert text.count("Index Cond: (((status") == len(numbers), text
    else:
        assert all("status=? AND silver=?" in line for line in searched), text
