"""Single-use tokens: a list of used ones that all processes of a machine share."""

import sqlite3
import time
from contextlib import closing
from hashlib import sha256
from pathlib import Path

from erikti.errors import ProviderUnavailableError
from erikti.sealing import create_once

PATIENCE = 0.5  # seconds that a process waits for another
SWEEP = 1000  # uses between two deletions of expired entries
TABLE = """
PRAGMA journal_mode = WAL;
CREATE TABLE IF NOT EXISTS spent (name BLOB PRIMARY KEY, until REAL) WITHOUT ROWID;
"""


class UsedTokenIds:
    """The ids of used tokens, in a file; an entry is deleted after its token has expired.

    ``bound`` is the approximate maximum of entries: expired ones are deleted now and then, and a
    full list rejects further tokens.
    """

    def __init__(self, path: Path, bound: int = 1_000_000) -> None:
        self._path = path
        self._bound = bound
        self._database: sqlite3.Connection | None = None

    def first(self, token_id: str, until: float) -> bool:
        """Record a use; return whether it is the first.

        ``until`` is when the token expires. Raise ProviderUnavailableError if the list is
        unusable.
        """
        try:
            return self._note(sha256(token_id.encode()).digest(), until)
        except (sqlite3.Error, OSError) as error:
            raise ProviderUnavailableError(
                "the list of used tokens cannot be written now"
            ) from error

    def _note(self, name: bytes, until: float) -> bool:
        if self._database is None:
            self._database = self._open()
        if self._uses % SWEEP == 0:
            self._database.execute("DELETE FROM spent WHERE until < ?", (time.time(),))
            (count,) = self._database.execute("SELECT count(*) FROM spent").fetchone()
            if count >= self._bound:
                raise ProviderUnavailableError("the list of used tokens is full")
        self._uses += 1
        done = self._database.execute("INSERT OR IGNORE INTO spent VALUES (?, ?)", (name, until))
        return done.rowcount == 1

    def _open(self) -> sqlite3.Connection:
        # Processes that start together must not open a file that is half created.
        create_once(self._path, _make)
        self._uses = 0
        database = sqlite3.connect(self._path, timeout=PATIENCE, isolation_level=None)
        # Records survive the process; only a power failure may lose the last ones.
        database.execute("PRAGMA synchronous = NORMAL")
        return database

    def close(self) -> None:
        """Close the file; the next use opens it again."""
        if self._database is not None:
            self._database.close()
            self._database = None


def _make(path: Path) -> None:
    with closing(sqlite3.connect(path)) as database:
        database.executescript(TABLE)
