"""Real databases for tests: empty ones, migrated ones and one with a small invented country."""

import asyncio
import itertools
import os
import shutil
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from unittest.mock import patch
from uuid import UUID

import asyncpg
from tortoise.exceptions import IntegrityError

from erikti.database.connection import Database, connection
from erikti.database.sealed import use
from erikti.demo.build import build
from erikti.sealing import HASH, Keyring, new_entry
from models.jobs import Job
from models.migrate import migrate
from resolvers.dataloaders import LISTINGS
from resolvers.dataloaders.tables import column_of, table
from tests.support.lanes import scatter
from tests.support.postgres import OwnPostgres
from tests.support.sharing import POSTGRES, once, shared_folder

BACKENDS = ("sqlite", "postgres")
DEMO_SCALE = 0.01

# The keys of all test databases: of all processes of a run and of the commands under test.
SEALING = "TESTS_KEYS"
KEYS = os.environ.get(SEALING) or f"{new_entry('k1')},{new_entry(HASH)}"


def use_keys() -> None:
    """Let this process and those that it starts seal under the keys of the tests."""
    os.environ[SEALING] = os.environ["ERIKTI_KEYS"] = KEYS
    use(Keyring.parse(KEYS))


Fill = Callable[[str], Awaitable[None]]


class Server(ABC):
    """A place to make databases in."""

    kind: str

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
        name = f"erikti_{os.getpid()}_{next(self._numbers)}"
        self._make(name, template)
        return name

    @contextmanager
    def copied(self, template: str) -> Iterator[str]:
        """The URL of a copy of a database, for a time."""
        name = self.create(template)
        yield self.url(name)
        self.drop(name)

    def migrated(self) -> str:
        """The name of a database with tables and reference data, to be copied alone."""
        return self._keep("migrated", None, _migrated)

    def country(self) -> str:
        """The name of a database with the small invented country, to be copied alone."""
        return self._keep("country", self.migrated(), _populated)

    def scattered(self) -> str:
        """The same with rollups as overlapping writers leave them, to be copied alone."""
        return self._keep("scattered", self.country(), _scattered)

    def populated(self) -> str:
        """A copy of it that is read alone: PostgreSQL copies no database that others read.

        Servers do not fold its rollups.
        """
        return self._keep("populated", self.scattered(), _unfolded)

    def sparse(self) -> str:
        """The same with a null here and there, wherever a column may hold one."""
        return self._keep("sparse", self.migrated(), _sparse)

    def _keep(self, purpose: str, template: str | None, fill: Fill) -> str:
        def make() -> str:
            name = self.create(template)
            asyncio.run(_fill(self.url(name), fill))
            return name

        if purpose not in self._kept:
            self._kept[purpose] = once(f"{self.kind}-{purpose}", make)
        return self._kept[purpose]


class Folder(Server):
    """SQLite files in the folder of the run."""

    kind = "sqlite"

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
        return shared_folder() / f"{name}.db"


class PostgresServer(Server):
    """Databases of a PostgreSQL server of our own, which starts with the first of them."""

    kind = "postgres"

    def __init__(self) -> None:
        super().__init__()
        self._address: str | None = None

    def url(self, name: str) -> str:
        return self.address.removesuffix("postgres") + name

    @property
    def address(self) -> str:
        """The URL of the server's own database."""
        if self._address is None:
            self._address = once(POSTGRES, _started)[0]
        return self._address

    def drop(self, name: str) -> None:
        self._run(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')

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


async def _fill(url: str, fill: Fill) -> None:
    async with Database(url):
        await fill(url)


async def _migrated(url: str) -> None:
    await migrate(url)


async def _scattered(_: str) -> None:
    await scatter()


async def _unfolded(_: str) -> None:
    await Job.create(kind="fold", due_at=datetime.now(UTC) + timedelta(days=1))


async def _populated(_: str) -> None:
    await build(DEMO_SCALE)


async def _sparse(_: str) -> None:
    # The same ids in every database, so that their answers can be compared.
    numbers = (UUID(int=number) for number in itertools.count(1))
    with patch("erikti.writing.humans.new_id", lambda _: next(numbers)):
        await build(DEMO_SCALE)
    for listing in LISTINGS:
        records = table(listing.model)
        numbered = f"SELECT {records.key} AS k, row_number() OVER (ORDER BY {records.key}) AS n"
        some = f"SELECT k FROM ({numbered} FROM {records.name}) r WHERE n % 5 = 2"
        for name in sorted({*listing.compared, *listing.sorted} - set(listing.tags)):
            if records.field(column_of(listing.model, name)).null:
                column = column_of(listing.model, name)
                text = f"UPDATE {records.name} SET {column} = NULL WHERE {records.key} IN ({some})"
                with suppress(IntegrityError):  # there are constraints between columns
                    await connection().execute_query(text, [])


def _started() -> tuple[str, int, str]:
    server = OwnPostgres(connections=400)
    server.leave()
    return server.url(), server.process, str(server.folder)
