"""SQLite: file names, time limits, failures and conditions on text."""

import asyncio
import os
import sqlite3
from contextlib import ExitStack, closing, nullcontext
from pathlib import Path
from typing import cast

import aiosqlite
import pytest
from graphql import GraphQLError

from erikti.database.connection import (
    Database,
    connection,
    fetch,
    fetch_alone,
    one_snapshot,
    transaction,
)
from erikti.database.errors import is_away, is_too_slow
from erikti.database.snapshots import Query
from erikti.database.sqlite import READERS, Client, Reader
from erikti.database.time_limits import NICENESS
from erikti.database.uncancelled import finished
from erikti.masking import masked

ENDLESS = "WITH RECURSIVE t(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM t) SELECT max(n) FROM t"


@pytest.mark.parametrize("name", ["erikti.db", "a file.db", "100%41.db", "ерікті.db"])
@pytest.mark.parametrize("slashes", ["", "/"])
async def test_a_file_is_read_under_any_name(tmp_path: Path, name: str, slashes: str) -> None:
    async with Database(f"sqlite://{slashes}{tmp_path}/{name}"):
        await fetch("CREATE TABLE things AS SELECT 1 AS n")
        with one_snapshot():
            assert [tuple(row) for row in await fetch("SELECT n FROM things")] == [(1,)]
    assert (tmp_path / name).is_file()


async def test_a_file_is_read_by_a_relative_path(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    async with Database("sqlite://erikti.db"):
        await fetch("CREATE TABLE things AS SELECT 1 AS n")
        with one_snapshot():
            assert [tuple(row) for row in await fetch("SELECT n FROM things")] == [(1,)]


@pytest.mark.parametrize("alone", [True, False])
async def test_a_reader_that_opens_while_the_file_is_replaced_is_not_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, alone: bool
) -> None:
    async with Database(f"sqlite://{tmp_path}/erikti.db"):
        await fetch("CREATE TABLE things AS SELECT 1 AS n")
        client = cast(Client, connection())
        opened = []
        original = client._open

        async def opening() -> aiosqlite.Connection:
            opened.append(await original())
            if len(opened) == 1:
                await client.close()
            return opened[-1]

        monkeypatch.setattr(client, "_open", opening)
        if alone:
            rows = await fetch_alone("SELECT n FROM things")
        else:
            with one_snapshot():
                rows = await fetch("SELECT n FROM things")
            await finished()
        assert [tuple(row) for row in rows] == [(1,)]
        assert client._idle == opened[1:]
        assert len(opened) == 2
        with pytest.raises(ValueError, match="closed"):
            await opened[0].execute_fetchall("SELECT 1")


async def test_reading_does_not_create_a_missing_file(tmp_path: Path) -> None:
    async with Database(f"sqlite://{tmp_path}/erikti.db"):
        with one_snapshot(), pytest.raises(FileNotFoundError) as caught:
            await fetch("SELECT 1")
    assert is_away(caught.value)
    assert not (tmp_path / "erikti.db").exists()


def code(error: BaseException) -> str:
    """Return the code that a client gets."""
    assert isinstance(error, Exception)
    shown = masked(GraphQLError("", original_error=error))
    assert shown.extensions is not None
    return str(shown.extensions["code"])


async def test_a_statement_that_takes_too_long_is_interrupted(tmp_path: Path) -> None:
    async with Database(f"sqlite://{tmp_path}/erikti.db", statement_seconds=0.2):
        await fetch("CREATE TABLE things AS SELECT 1 AS n")
        with one_snapshot():
            with pytest.raises(sqlite3.OperationalError) as caught:
                await asyncio.wait_for(fetch(ENDLESS), 10)
            assert [tuple(row) for row in await fetch("SELECT n FROM things")] == [(1,)]
        assert is_too_slow(caught.value)
        assert code(caught.value) == "TIMEOUT"


async def test_the_wait_for_a_reader_is_limited(tmp_path: Path) -> None:
    url = f"sqlite://{tmp_path}/erikti.db"
    async with Database(url, statement_seconds=0.5, connection_seconds=0.1):
        await fetch("CREATE TABLE things AS SELECT 1 AS n")
        with ExitStack() as stack:
            slow = []
            for _ in range(READERS):
                slow.append(stack.enter_context(one_snapshot()).submit(Query(ENDLESS)))
            await asyncio.sleep(0.05)
            with one_snapshot(), pytest.raises(TimeoutError) as caught:
                await asyncio.wait_for(fetch("SELECT n FROM things"), 10)
            assert code(caught.value) == "UNAVAILABLE"
            ended = await asyncio.gather(*slow, return_exceptions=True)
            assert all(isinstance(e, Exception) and is_too_slow(e) for e in ended)
        await finished()
        with one_snapshot():
            assert [tuple(row) for row in await fetch("SELECT n FROM things")] == [(1,)]


async def test_a_full_disk_and_a_foreign_lock_are_reported_and_pass(tmp_path: Path) -> None:
    async with Database(f"sqlite://{tmp_path}/erikti.db"):
        await fetch("CREATE TABLE things AS SELECT 1 AS n")
        await fetch("PRAGMA max_page_count = 3")
        with pytest.raises(Exception, match="full") as full:
            await insert(50)
        await fetch("PRAGMA max_page_count = 100000")
        await fetch("PRAGMA busy_timeout = 20")
        with closing(sqlite3.connect(tmp_path / "erikti.db", isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            with pytest.raises(Exception, match="locked") as locked:
                await insert(1)
        assert [code(caught.value) for caught in (full, locked)] == ["UNAVAILABLE"] * 2
        await insert(1)
        assert not connection()._lock.locked()  # type: ignore[attr-defined]
        assert [tuple(row) for row in await fetch("SELECT count(*) FROM things")] == [(2,)]


async def insert(count: int) -> None:
    """Add large records in a transaction."""
    async with transaction() as client:
        for _ in range(count):
            await client.execute_query("INSERT INTO things VALUES (randomblob(4000))")


async def test_a_failed_commit_leaves_no_transaction_open(tmp_path: Path) -> None:
    async with Database(f"sqlite://{tmp_path}/erikti.db"):
        await fetch("CREATE TABLE things (n UNIQUE, other REFERENCES things (n))")
        with pytest.raises(sqlite3.IntegrityError):
            await refer_to_nothing()
        assert not connection()._lock.locked()  # type: ignore[attr-defined]
        assert not connection()._connection._conn.in_transaction
        await asyncio.wait_for(fetch("INSERT INTO things VALUES (1, 1)"), 10)


async def refer_to_nothing() -> None:
    """Run a transaction that fails at the commit."""
    async with transaction() as client:
        await client.execute_query("PRAGMA defer_foreign_keys = ON")
        await client.execute_query("INSERT INTO things VALUES (1, 2)")


@pytest.mark.parametrize(("slow", "sql", "kept"), [(60, "SELECT 1", True), (0.01, ENDLESS, False)])
async def test_a_slow_statement_gets_a_low_priority_and_its_thread_is_not_reused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, slow: float, sql: str, kept: bool
) -> None:
    monkeypatch.setattr("erikti.database.time_limits.SLOW", slow)
    usual = os.getpriority(os.PRIO_PROCESS, 0)
    async with Database(f"sqlite://{tmp_path}/erikti.db", statement_seconds=0.5):
        await fetch("CREATE TABLE things AS SELECT 1 AS n")
        client = cast(Client, connection())
        with one_snapshot() as snapshot:
            await snapshot.submit(Query("SELECT 1"))
            assert isinstance(snapshot._connection, Reader)
            reader = snapshot._connection._connection
            with nullcontext() if kept else pytest.raises(sqlite3.OperationalError):
                await fetch(sql)
            thread = reader._thread.native_id
            assert thread is not None
            assert os.getpriority(os.PRIO_PROCESS, thread) == (usual if kept else NICENESS)
        await finished()
        assert (reader in client._idle) is kept
        assert not client.queue.in_use
