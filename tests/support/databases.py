"""Real databases for tests: empty ones, migrated ones and one with a small invented country."""

import asyncio
import itertools
import os
import shutil
from abc import ABC, abstractmethod
from pathlib import Path

import asyncpg

from demo.build import build
from models.database import opened
from models.migrate import migrate
from models.sealed import use
from sealing import HASH, Keyring, new_entry
from tests.support.postgres import OwnPostgres

BACKENDS = ("sqlite", "postgres")
DEMO_SCALE = 0.01

# The keys of all test databases, for the commands under test too.
KEYS = f"{new_entry('k1')},{new_entry(HASH)}"


def use_keys() -> None:
    """Let this process and those that it starts seal under the keys of the tests."""
    os.environ["ERIKTI_KEYS"] = KEYS
    use(Keyring.parse(KEYS))


class Server(ABC):
    """A place to make databases in."""

    def __init__(self) -> None:
        self._numbers = itertools.count()
        self._kept: dict[str, str] = {}

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
        name = f"erikti_{next(self._numbers)}"
        self._make(name, template)
        return name

    def kept(self, purpose: str, demo: bool, template: str | None = None) -> str:
        """The name of a filled database that is made once, however often tests change servers."""
        if purpose not in self._kept:
            name = self.create(template)
            asyncio.run(_fill(self.url(name), demo))
            self._kept[purpose] = name
        return self._kept[purpose]


class Folder(Server):
    """SQLite files in a folder."""

    def __init__(self, folder: Path) -> None:
        super().__init__()
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
    """Databases of a PostgreSQL server of our own, which starts with the first of them."""

    def __init__(self) -> None:
        super().__init__()
        self._process: OwnPostgres | None = None

    def url(self, name: str) -> str:
        return self._started().url().removesuffix("postgres") + name

    def drop(self, name: str) -> None:
        self._run(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')

    def close(self) -> None:
        """End the server, where it was needed."""
        if self._process is not None:
            self._process.close()

    def _make(self, name: str, template: str | None) -> None:
        copied = f'TEMPLATE "{template}"' if template else ""
        self._run(f'CREATE DATABASE "{name}" {copied} STRATEGY FILE_COPY')

    def _started(self) -> OwnPostgres:
        if self._process is None:
            self._process = OwnPostgres()
        return self._process

    def _run(self, statement: str) -> None:
        async def run() -> None:
            connection = await asyncpg.connect(self._started().dsn)
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
