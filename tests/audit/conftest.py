"""Fixtures with an access log: empty ones, and copies of one with a closed chain."""

import asyncio
import shutil
from pathlib import Path
from uuid import UUID

import pytest

from tests.audit.places import Place, write_chain
from tests.support.databases import Server


@pytest.fixture(scope="session")
def written(
    server: Server, migrated: str, tmp_path_factory: pytest.TempPathFactory
) -> tuple[str, Path, UUID]:
    """Create a closed chain with entries 0 to 12 and checkpoints after 5 and 12, to be copied."""
    name, folder = server.create(migrated), tmp_path_factory.mktemp("written")
    return name, folder, asyncio.run(write_chain(Place(server.url(name), folder)))


@pytest.fixture
def place(request: pytest.FixtureRequest, server: Server, tmp_path: Path) -> Place:
    """Return the test's own database, empty or with the entries of ``chain``."""
    if "chain" not in request.fixturenames:
        return Place(request.getfixturevalue("database_url"), tmp_path)
    name, folder, _ = request.getfixturevalue("written")
    shutil.copytree(folder, tmp_path, dirs_exist_ok=True)
    return Place(server.url(server.create(name)), tmp_path)


@pytest.fixture
def chain(written: tuple[str, Path, UUID]) -> UUID:
    """Return the writer of the chain in ``place``."""
    return written[2]
