"""Fixtures and marks of every test: databases of both kinds, and which tests start processes.

Every test that asks for a database runs on SQLite and on PostgreSQL.
"""

import gc
import signal
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
import pytest_asyncio
from hypothesis import settings

from erikti.database.connection import Database
from tests.support import marks, scratch
from tests.support.databases import BACKENDS, Folder, PostgresServer, Server, use_keys
from tests.support.sharing import sharing
from tests.support.valkey import OwnValkey
from tests.support.warm import warm

# Time is no property: a slow machine must not fail a test. Nor does chance: what examples find is
# found by looking for it, with ``--hypothesis-profile=chance`` and more of them.
settings.register_profile("erikti", deadline=None, derandomize=True)
settings.register_profile("chance", deadline=None, derandomize=False)
settings.load_profile("erikti")

# A shell lets what it runs in the background ignore Ctrl+C, and so would the commands under test.
signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_configure(config: pytest.Config) -> None:
    """Prepare what all processes of a run share, before there are several."""
    scratch.use_memory()
    use_keys()
    config.addinivalue_line("markers", "process: starts processes, other than of PostgreSQL")
    config.addinivalue_line("markers", "postgres: runs on PostgreSQL")
    config.addinivalue_line("markers", "slow: in a file that takes more than two seconds")
    shared = ExitStack()
    shared.enter_context(sharing())
    config.add_cleanup(shared.close)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Set marks; tests that share an open database share the loop of its connections.

    Files that start processes come first: they wait most, and must not be what a run ends with.
    """
    for item in items:
        marks.mark(item)
        waits = item.get_closest_marker("asyncio") is not None
        if waits and "open_nation" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.asyncio(loop_scope="module"), append=False)
    waiting = {item.path for item in items if item.get_closest_marker("process")}
    items.sort(key=lambda item: item.path not in waiting)


def pytest_collection_finish() -> None:
    """Look no more at what was imported and collected when garbage is looked for."""
    gc.collect()
    gc.freeze()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Iterator[None]:
    """Tell the marks which test runs."""
    marks.watch.item = item
    try:
        return (yield)
    finally:
        marks.watch.item = None


@pytest.fixture
def no_garbage_left() -> Iterator[None]:
    """Collect the coroutines that graphql-core gives up without awaiting them.

    Otherwise a later test would be blamed for them. What was there before is left out: to look
    through all of it takes 0.3 s for each test.
    """
    gc.collect()
    gc.freeze()
    yield
    gc.collect()


@pytest.fixture(scope="session")
def processes() -> Iterator[None]:
    """Leave to start processes, which are forked from one that has imported everything."""
    yield
    warm.close()


@pytest.fixture(scope="session")
def servers() -> dict[str, Server]:
    """One server of each kind for the whole run."""
    return {server.kind: server for server in (Folder(), PostgresServer())}


@pytest.fixture(scope="session", params=BACKENDS)
def server(request: pytest.FixtureRequest, servers: dict[str, Server]) -> Server:
    """The server of the kind that the test runs on."""
    return servers[request.param]


@pytest.fixture(scope="session")
def migrated(server: Server) -> str:
    """The name of a database with tables and reference data and nothing else."""
    return server.migrated()


@pytest.fixture(scope="session")
def populated(server: Server) -> str:
    """The URL of a database with a small invented country, for tests that only read."""
    return server.url(server.populated())


@pytest.fixture(scope="session")
def sparse(servers: dict[str, Server]) -> dict[str, str]:
    """The URLs of two databases, one of each kind, with the same records and many nulls."""
    return {kind: server.url(server.sparse()) for kind, server in servers.items()}


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
    yield server.url(name)
    server.drop(name)


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[str]:
    """A fresh migrated database, open; its URL."""
    async with Database(database_url):
        yield database_url


@pytest.fixture
async def nation(populated: str) -> AsyncIterator[str]:
    """The small invented country, open for reading; its URL."""
    async with Database(populated):
        yield populated


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def open_nation(populated: str) -> AsyncIterator[str]:
    """The same, opened once for all tests of a file; they share its loop."""
    async with Database(populated):
        yield populated


@pytest.fixture
def own_valkey(tmp_path: Path) -> Iterator[OwnValkey]:
    """A Valkey of the test's own."""
    server = OwnValkey(tmp_path)
    yield server
    server.kill()
