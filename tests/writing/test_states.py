"""Records go only where their state leads, in one step or several."""

import pytest

from erikti.database.connection import fetch
from erikti.importers import KINDS, load
from tests.importers.samples import NATION, codes, load_nation

pytestmark = pytest.mark.usefixtures("database")

NAMES = sorted(name for name, kind in KINDS.items() if kind.states and name != "laureates")


@pytest.mark.parametrize("name", NAMES)
async def test_a_record_goes_only_where_its_state_leads(name: str) -> None:
    await load_nation()
    kind, states = KINDS[name], KINDS[name].states
    assert states is not None
    moves = [(before, after) for before in states.enum for after in states.enum]
    rows = []
    for before, after in moves:
        row = {**NATION[name][0], "source_id": f"{before}-{after}"}
        rows.append({**row, "person_id": row["source_id"], "iin": None} if kind.person else row)
    column, table = states.column, kind.model._meta.db_table
    starts = [{**row, column: str(move[0])} for row, move in zip(rows, moves, strict=True)]
    ends = [{**row, column: str(move[1])} for row, move in zip(rows, moves, strict=True)]
    assert (await load(name, starts)).rejected == 0
    report = await load(name, ends, on_error="skip")
    allowed = [before == after or after in states.later[before] for before, after in moves]
    rejected = [number for number, may in enumerate(allowed, 1) if not may]
    assert codes(report) == [(number, column, "INVALID_STATE") for number in rejected]
    found = dict(map(tuple, await fetch(f"SELECT source_id, {column} FROM {table}")))
    for (before, after), may in zip(moves, allowed, strict=True):
        assert found[f"{before}-{after}"] == (after if may else before)


async def test_the_valid_states_are_reported() -> None:
    await load_nation()
    sample = {**NATION["projects"][0], "source_id": "S1"}
    await load("projects", [{**sample, "status": "COMPLETED"}])
    (problem,) = (await load("projects", [{**sample, "status": "PLANNED"}])).problems
    assert problem.reason == "COMPLETED leads to no other state"
    other = {**sample, "source_id": "S2"}
    await load("projects", [{**other, "status": "ACTIVE"}])
    (problem,) = (await load("projects", [{**other, "status": "PLANNED"}])).problems
    assert problem.reason == "ACTIVE leads to COMPLETED, CANCELLED"
    assert problem.valid == "COMPLETED; CANCELLED"
