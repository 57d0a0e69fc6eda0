"""An import keeps PostgreSQL's planner aware of the rows that it adds."""

import pytest

from erikti.database.connection import fetch
from erikti.importers import engine, load
from tests.importers.samples import volunteer

SMALL, ROWS = 100, 500  # rows of a batch and of the import
POSTGRES = pytest.mark.parametrize("server", ["postgres"], indirect=True, scope="session")


async def known(*tables: str) -> dict[str, float]:
    """Return how many rows of each table the planner expects."""
    sql = "SELECT relname, reltuples FROM pg_class WHERE relname = ANY($1) AND relkind = 'r'"
    return dict(await fetch(sql, [list(tables)]))


@POSTGRES
@pytest.mark.usefixtures("database")
async def test_the_planner_learns_of_added_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "BATCH", SMALL)
    monkeypatch.setattr(engine, "FEW", SMALL)
    tables = ("people", "person_sources", "volunteers", "organisations")
    for table in tables:
        await fetch(f"VACUUM ANALYZE {table}")  # as autovacuum may, even during an import
    assert set((await known(*tables)).values()) == {0}
    seen: list[int] = []
    rows = (volunteer(number) for number in range(ROWS))
    await load("volunteers", rows, progress=seen.append)
    assert seen == list(range(SMALL, ROWS + 1, SMALL))
    # After 1, 2 and 4 batches; no statistics of tables of other kinds change.
    assert await known(*tables) == {**dict.fromkeys(tables, 4 * SMALL), "organisations": 0}


@POSTGRES
@pytest.mark.usefixtures("database")
async def test_right_statistics_are_not_made_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "FEW", SMALL)
    await load("volunteers", [volunteer(number) for number in range(ROWS)])
    await load("volunteers", [volunteer(number) for number in range(ROWS, ROWS + SMALL)])
    assert await known("volunteers") == {"volunteers": ROWS}
