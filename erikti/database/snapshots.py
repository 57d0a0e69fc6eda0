"""One connection, and one state of the database, for all reads of an operation."""

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from contextvars import ContextVar, Token
from types import TracebackType
from typing import Any, Generic, NamedTuple, Protocol

from typing_extensions import TypeVar

from erikti.database.rows import Row
from erikti.database.uncancelled import started

logger = logging.getLogger("erikti.sql")

V = TypeVar("V", covariant=True, default=list[Any])  # noqa: PLC0105


class SnapshotConnection(Protocol):
    """A connection inside a transaction that sees one state of the database."""

    async def fetch(
        self, sql: str, parameters: Sequence[object], row: type | None
    ) -> Sequence[Row]:
        """Return the rows of a statement, as instances of ``row`` if it is given."""

    async def release(self) -> None:
        """End the transaction and release the connection."""


class Query(NamedTuple, Generic[V]):
    """One statement, the class of its rows (None: the driver's), and their reader.

    The reader says which types the rows have that the statement selects.
    """

    sql: str
    parameters: Sequence[object] = ()
    row: type | None = None
    read: Callable[[Any], V] = list  # type: ignore[assignment]


# Takes a result, or None and an error.
Receive = Callable[[Any, Exception | None], None]


class Snapshot:
    """Runs the queries of one operation, one after the other, all on the same state.

    No connection is acquired before the first query. The queries run in a task that is never
    cancelled, so an operation that ends early leaves no connection or transaction open.
    """

    def __init__(self, acquire: Callable[[], Awaitable[SnapshotConnection]]) -> None:
        self._acquire = acquire
        self._connection: SnapshotConnection | None = None
        self._scheduled: list[Callable[[], None]] = []
        self._queries: deque[tuple[Query[Any], Receive]] = deque()
        self._running = False
        self._closed = False

    def schedule(self, callback: Callable[[], None]) -> None:
        """Call a function that enqueues queries, after all callbacks that were scheduled before."""
        self._scheduled.append(callback)
        self._start()

    def enqueue(self, query: Query[V], receive: Receive) -> None:
        """Run a query, and call ``receive`` with its result or its error."""
        self._queries.append((query, receive))
        self._start()

    def submit(self, query: Query[V]) -> asyncio.Future[V]:
        """Run a query; the future has its result or its error."""
        future: asyncio.Future[V] = asyncio.get_running_loop().create_future()

        def receive(result: Any, error: Exception | None) -> None:
            if future.done():
                return
            if error is not None:
                future.set_exception(error)
            else:
                future.set_result(result)

        self.enqueue(query, receive)
        return future

    def close(self) -> None:
        """Release the connection after the statement that runs now.

        Queries that wait, and later ones, fail with RuntimeError.
        """
        self._closed = True
        if self._scheduled or self._queries or self._connection is not None:
            self._start()

    def _start(self) -> None:
        if self._running:
            return
        self._running = True
        started(self._run_all())

    async def _run_all(self) -> None:
        while self._scheduled or self._queries:
            scheduled, self._scheduled = self._scheduled, []
            for callback in scheduled:
                callback()
            if self._queries:
                await self._run(*self._queries.popleft())
        self._running = False
        if self._closed and self._connection is not None:
            connection, self._connection = self._connection, None
            try:
                await connection.release()
            except Exception as error:
                logger.debug("a connection was lost: %s", type(error).__name__)

    async def _run(self, query: Query[V], receive: Receive) -> None:
        try:
            if self._closed:
                raise RuntimeError("the operation has ended")
            logger.debug("%s", query.sql)
            if self._connection is None:
                self._connection = await self._acquire()
            rows = await self._connection.fetch(query.sql, query.parameters, query.row)
            result = query.read(rows)
        except Exception as error:
            receive(None, error)
        else:
            receive(result, None)


_current: ContextVar[Snapshot | None] = ContextVar("snapshot", default=None)


def current() -> Snapshot | None:
    """Return the snapshot of the running operation; None outside of one."""
    return _current.get()


def outside() -> Token[Snapshot | None]:
    """Leave the running operation, whose snapshot may be of another database."""
    return _current.set(None)


class SnapshotScope:
    """All reads in the block see one state: ``with SnapshotScope(acquire): ...``."""

    def __init__(self, acquire: Callable[[], Awaitable[SnapshotConnection]]) -> None:
        self._snapshot = Snapshot(acquire)
        self._token: Token[Snapshot | None] | None = None

    def __enter__(self) -> Snapshot:
        self._token = _current.set(self._snapshot)
        return self._snapshot

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        assert self._token is not None
        _current.reset(self._token)
        self._snapshot.close()
