"""Idle connections to PostgreSQL, with the statements that are prepared on them."""

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from contextlib import suppress
from typing import Protocol

import asyncpg

from erikti.database.rows import Row

PREPARED = 200  # statements of a connection
IDLE = 10.0  # s after which an unused connection returns to the pool, which closes it in time
AGE = 300.0  # s after which a used one returns as well, and the server can free its memory


class Prepared(Protocol):
    """A statement that is prepared on a connection."""

    _state: object

    async def fetch(self, *parameters: object) -> list[Row]:
        """Run it and return its rows."""


class Wire(Protocol):
    """The protocol of a connection, below the checks of the driver's interface."""

    async def bind_execute(
        self,
        state: object,
        parameters: Sequence[object],
        portal: str,
        limit: int,
        return_extra: bool,
        timeout: float | None,  # noqa: ASYNC109
    ) -> list[Row]:
        """Run a statement that is prepared, and return its rows."""

    def is_connected(self) -> bool:
        """Whether neither end has closed the connection."""


class Connection(Protocol):
    """A connection that was acquired from the pool."""

    _protocol: Wire

    async def execute(self, sql: str) -> str:
        """Run a statement without rows."""

    async def prepare(self, sql: str) -> Prepared:
        """Prepare a statement."""

    async def fetch(
        self, sql: str, *parameters: object, record_class: type | None = None
    ) -> list[Row]:
        """Run a statement and return its rows."""

    async def reload_schema_state(self) -> None:
        """Forget the types that the driver has read."""

    def is_closed(self) -> bool:
        """Whether it was closed, by either end."""

    def is_in_transaction(self) -> bool:
        """Whether a transaction is open."""

    def terminate(self) -> None:
        """Close it at once."""


class Session:
    """A connection outside of the pool, and its prepared statements by their text."""

    __slots__ = ("_statements", "_time", "_until", "_wire", "connection")

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self._wire = connection._protocol
        self._time = asyncio.get_running_loop().time
        self._until = self._time() + AGE
        self._statements: dict[str, Prepared] = {}

    def is_old(self) -> bool:
        """Whether the pool should look at the connection."""
        return self._time() > self._until

    def is_closed(self) -> bool:
        """Whether the connection was closed, by either end."""
        try:
            return self.connection.is_closed()
        except asyncpg.InterfaceError:  # the pool noticed first
            return True

    def terminate(self) -> None:
        """Close the connection at once."""
        with suppress(asyncpg.InterfaceError):  # it is closed
            self.connection.terminate()

    def has_prepared(self, sql: str) -> bool:
        """Whether ``run`` can run a statement."""
        return sql in self._statements and self._wire.is_connected()

    def run(self, sql: str, parameters: Sequence[object]) -> Coroutine[object, object, list[Row]]:
        """Run a statement that was kept, and return its rows.

        The driver's own ``fetch`` takes a third of the time of a short statement.
        """
        return self._wire.bind_execute(self._statements[sql]._state, parameters, "", 0, False, None)

    def keep(self, sql: str, statement: Prepared) -> None:
        """Keep a statement; the first ones go if there are too many."""
        if len(self._statements) >= PREPARED:
            del self._statements[next(iter(self._statements))]
        self._statements[sql] = statement


class Sessions:
    """The idle sessions; the one that was used last comes first.

    The pool would spend as much on each acquisition and release as a short statement takes.
    ``release`` returns a session to the pool.
    """

    def __init__(self, release: Callable[[Session], None]) -> None:
        self._release = release
        self._idle: list[Session] = []
        self._unused = 0  # how many were not taken since the last look
        self._timer: asyncio.TimerHandle | None = None

    def __len__(self) -> int:
        return len(self._idle)

    def pop(self) -> Session | None:
        """Take a session, None if there is none."""
        if self._idle:
            session = self._idle.pop()
            self._unused = min(self._unused, len(self._idle))
            return session
        return None

    def with_statement(self, sql: str) -> Session | None:
        """Take the first session if it has prepared a statement, None otherwise."""
        return self.pop() if self._idle and self._idle[-1].has_prepared(sql) else None

    def append(self, session: Session) -> None:
        """Give a session back."""
        self._idle.append(session)
        if self._timer is None:
            self._unused = 0
            self._timer = asyncio.get_running_loop().call_later(IDLE, self._look)

    def clear(self) -> list[Session]:
        """Take all sessions."""
        idle, self._idle = self._idle, []
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        return idle

    def _look(self) -> None:
        unused, self._idle = self._idle[: self._unused], self._idle[self._unused :]
        self._unused = len(self._idle)
        self._timer = None
        if self._idle:
            self._timer = asyncio.get_running_loop().call_later(IDLE, self._look)
        for session in unused:
            self._release(session)
