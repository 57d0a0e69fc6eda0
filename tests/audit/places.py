"""Access logs on real databases, with helpers to tamper with and verify them."""

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import asyncpg
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from erikti.audit import Access, AccessLog, Decision
from erikti.audit.signing_key import public_pem, signing_key
from erikti.audit.verifier import Report, checkpoint_files, opened_source, verify
from tests.support.waiting import until

PERSON_KEY = b"p" * 32
Row = dict[str, Any]


class Place:
    """A database and the folder of its log, with operations on both."""

    def __init__(self, url: str, folder: Path) -> None:
        self.url = url
        self.folder = folder
        self.key = folder / "audit.key"
        self.checkpoints = folder / "checkpoints"
        self.sqlite = url.startswith("sqlite:")

    def log(self) -> AccessLog:
        """Return a writer."""
        return AccessLog(
            self.url, person_key=PERSON_KEY, key=self.key, checkpoints=self.checkpoints
        )

    async def report(self, url: str | None = None) -> Report:
        """Return the verifier's report."""
        files = checkpoint_files(self.checkpoints, [public_pem(signing_key(self.key))])
        async with opened_source(url or self.url) as source:
            return await verify(source, files)

    async def problems(self, url: str | None = None) -> list[tuple[str, int | None]]:
        """Return the kind and entry number of every problem."""
        report = await self.report(url)
        return [(problem.kind.value, problem.sequence) for problem in report.problems]

    async def sql(self, *statements: str) -> list[Any]:
        """Run statements as a database administrator; return the rows of the last one."""
        rows: list[Any] = []
        if self.sqlite:
            with closing(sqlite3.connect(self.url.removeprefix("sqlite://"))) as database:
                for statement in statements:
                    rows = database.execute(statement).fetchall()
                database.commit()
            return rows
        connection = await asyncpg.connect(self.url.replace("asyncpg:", "postgresql:"))
        try:
            async with connection.transaction():
                for statement in statements:
                    rows = await connection.fetch(statement)
        finally:
            await connection.close()
        return rows

    async def tamper(self, *statements: str) -> None:
        """Run statements with the protecting triggers disabled."""
        if not self.sqlite:
            await self.sql("SET LOCAL session_replication_role = replica", *statements)
            return
        triggers = await self.sql(
            "SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND tbl_name LIKE 'access%'"
        )
        dropped = [f"DROP TRIGGER {name}" for name, _ in triggers]
        await self.sql(*dropped, *statements, *(sql for _, sql in triggers))

    def signer(self) -> Ed25519PrivateKey:
        """Return the key that signs checkpoints."""
        return signing_key(self.key)

    def blob(self, value: bytes) -> str:
        """Return an SQL literal."""
        return f"x'{value.hex()}'" if self.sqlite else f"'\\x{value.hex()}'::bytea"

    def uuid(self, value: UUID) -> str:
        """Return an SQL literal."""
        return f"x'{value.hex}'" if self.sqlite else f"'{value}'::uuid"

    def lines(self, writer: UUID | str) -> list[str]:
        """Return the checkpoints of a chain."""
        path = self.checkpoints / f"{writer}.jsonl"
        return path.read_text().splitlines(keepends=True) if path.exists() else []


def access(n: int = 0, persons: int = 2, **more: Any) -> Access:
    """Return an access with a distinct request ID."""
    given: dict[str, Any] = {
        "client": "ministry-1",
        "subject": "s",
        "country": "KZ",
        "purpose": "CASE-1",
        "operation": "0" * 64,
        "coordinates": ["Person.email", "Person.iin"],
        "persons": [uuid4() for _ in range(persons)],
        "request_id": f"r-{n}",
        **more,
    }
    return Access(Decision.ALLOWED, **given)


async def write_chain(place: Place, before: int = 5, after: int = 7) -> UUID:
    """Write a closed chain with two checkpoints that sign entries; entry 0 opens it."""
    async with place.log() as log:
        for n in range(before):
            await log.write(access(n))
        assert log._chain is not None
        writer = log._chain.writer
        await until(lambda: len(place.lines(writer)) > 1)
        for n in range(before, before + after):
            await log.write(access(n))
    return writer
