"""Real databases for tests: empty ones, migrated ones and one with a small invented country."""

import asyncio
import itertools
import json
import os
import shutil
import tempfile
from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import asyncpg

from demo.build import build
from models.database import opened
from models.migrate import migrate
from models.sealed import use
from sealing import HASH, Keyring, new_entry
from tests.support.postgres import OwnPostgres

BACKENDS = ("sqlite", "postgres")
DEMO_SCALE = 0.01

# Databases that another process has filled, as JSON: see ``prepare``.
VARIABLE = "TESTS_PREPARED"
Prepared = dict[str, Any]
GIVEN: Prepared = json.loads(os.environ.get(VARIABLE, "{}"))

# The keys of all test databases, for the commands under test too.
KEYS: str = GIVEN.get("keys") or f"{new_entry('k1')},{new_entry(HASH)}"


def use_keys() -> None:
    """Let this process and those that it starts seal under the keys of the tests."""
    os.environ["ERIKTI_KEYS"] = KEYS
    use(Keyring.parse(KEYS))


class Server(ABC):
    """A place to make databases in."""

    def __init__(self, kept: dict[str, str] | None = None) -> None:
        self._numbers = itertools.count()
        self._prefix = f"erikti_{os.getpid()}" if kept else "erikti"
        self.names: dict[str, str] = dict(kept or {})

    @abstractmethod
    def url(self, name: str) -> str:
        """The URL of a database by name."""

    @abstractmethod
    def _make(self, name: str, template: str | None) -> None:
        """Make a database, empty or as a copy of another."""

    @abstractmethod
    def drop(self, name: str) -> None:
        """Make room: a database that is not flushed to the disk any more costs nothing."""

    def create(self, template: str | None = None) -> str:
        """Make a database, empty or as a copy of another; return its name."""
        name = f"{self._prefix}_{next(self._numbers)}"
        self._make(name, template)
        return name

    def kept(self, purpose: str, demo: bool, template: str | None = None) -> str:
        """The name of a filled database that is made once, however often tests change servers."""
        if purpose not in self.names:
            name = self.create(template)
            asyncio.run(_fill(self.url(name), demo))
            self.names[purpose] = name
        return self.names[purpose]

    def populated(self) -> str:
        """The name of a database with the small invented country."""
        return self.kept("populated", True, self.kept("migrated", False))


class Folder(Server):
    """SQLite files in a folder."""

    def __init__(self, folder: Path, kept: dict[str, str] | None = None) -> None:
        super().__init__(kept)
        self._folder = folder

    def url(self, name: str) -> str:
        return f"sqlite://{self._path(name)}"

    def drop(self, name: str) -> None:
        for suffix in ("", "-wal", "-shm"):
            Path(f"{self._path(name)}{suffix}").unlink(missing_ok=True)

    def _make(self, name: str, template: str | None) -> None:
        if template is None:
            self._path(name).touch()
        else:
            shutil.copy(self._path(template), self._path(name))

    def _path(self, name: str) -> Path:
        return self._folder / f"{name}.db"


class PostgresServer(Server):
    """Databases of a PostgreSQL server of our own, which starts with the first of them.

    ``address`` is the URL of one that runs already.
    """

    def __init__(self, address: str | None = None, kept: dict[str, str] | None = None) -> None:
        super().__init__(kept)
        self._address = address
        self._process: OwnPostgres | None = None

    def url(self, name: str) -> str:
        return self.address.removesuffix("postgres") + name

    @property
    def address(self) -> str:
        """The URL of the server's own database."""
        if self._address is None:
            self._process = OwnPostgres()
            self._address = self._process.url()
        return self._address

    def drop(self, name: str) -> None:
        self._run(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')

    def close(self) -> None:
        """End the server, where it was needed."""
        if self._process is not None:
            self._process.close()

    def _make(self, name: str, template: str | None) -> None:
        copied = f'TEMPLATE "{template}"' if template else ""
        self._run(f'CREATE DATABASE "{name}" {copied} STRATEGY FILE_COPY')

    def _run(self, statement: str) -> None:
        async def run() -> None:
            connection = await asyncpg.connect(self.address.replace("asyncpg:", "postgresql:"))
            try:
                await connection.execute(statement)
            finally:
                await connection.close()

        asyncio.run(run())


async def _fill(url: str, demo: bool) -> None:
    async with opened(url):
        await migrate(url)
        if demo:
            await build(DEMO_SCALE)


@contextmanager
def running() -> Iterator[dict[str, Server]]:
    """One server of each kind: those that are prepared, or new ones that end with this."""
    if GIVEN:
        folder, kept = Path(GIVEN["folder"]), GIVEN["kept"]
        postgres = PostgresServer(GIVEN["postgres"], kept["postgres"])
        yield {"sqlite": Folder(folder, kept["sqlite"]), "postgres": postgres}
        return
    postgres = PostgresServer()
    with tempfile.TemporaryDirectory(prefix="erikti-tests-") as made:
        try:
            yield {"sqlite": Folder(Path(made)), "postgres": postgres}
        finally:
            postgres.close()


def prepare(folder: Path, address: str) -> Prepared:
    """Fill databases in a folder and at a PostgreSQL server, for ``VARIABLE`` of others."""
    servers = (Folder(folder), PostgresServer(address))
    for server in servers:
        server.populated()
    kept = {name: server.names for name, server in zip(BACKENDS, servers, strict=True)}
    return {"keys": KEYS, "folder": str(folder), "postgres": address, "kept": kept}
