"""One borrowed connection and one state of the database for all reads of an operation."""

import asyncio
import logging
from collections import deque
from collections.abc import Callable, Sequence
from contextvars import ContextVar, Token
from types import TracebackType
from typing import Any, NamedTuple, Protocol

from erikti.database.uncancelled import started

logger = logging.getLogger("erikti.sql")

Rows = Sequence[Any]


class Borrowed(Protocol):
    """A connection inside a transaction that sees one state of the database."""

    async def fetch(self, sql: str, parameters: Sequence[Any], row: type | None) -> Rows:
        """The rows of a statement, as instances of ``row`` where that is given."""

    async def give_back(self) -> None:
        """End the transaction and let others have the connection."""


class Query(NamedTuple):
    """One statement, the class of its rows (None: the driver's own), and what they become."""

    sql: str
    parameters: Sequence[Any] = ()
    row: type | None = None
    read: Callable[[Rows], Any] = list


Receive = Callable[[Any, Exception | None], None]


class Snapshot:
    """Answers the queries of one operation in turn, all from the same state.

    Nothing is borrowed before the first query. The work is done by a task that nobody
    cancels, so an operation that ends early leaves no connection or transaction behind.
    """

    def __init__(self, borrow: Callable[[], Any]) -> None:
        self._borrow = borrow
        self._borrowed: Borrowed | None = None
        self._asking: list[Callable[[], None]] = []
        self._queries: deque[tuple[Query, Receive]] = deque()
        self._working = False
        self._closed = False

    def soon(self, ask: Callable[[], None]) -> None:
        """Call a function that puts queries, once others had the time to say the same."""
        self._asking.append(ask)
        self._work()

    def put(self, query: Query, receive: Receive) -> None:
        """Answer a query: ``receive`` is called with what it comes to, or with an error."""
        self._queries.append((query, receive))
        self._work()

    def ask(self, query: Query) -> asyncio.Future[Any]:
        """What a query comes to."""
        answer = asyncio.get_running_loop().create_future()

        def receive(result: Any, error: Exception | None) -> None:
            if answer.done():
                return
            if error is not None:
                answer.set_exception(error)
            else:
                answer.set_result(result)

        self.put(query, receive)
        return answer

    def close(self) -> None:
        """Give the connection back as soon as the statement that runs has ended.

        What was not answered yet, and what is asked later, gets an error.
        """
        self._closed = True
        if self._asking or self._queries or self._borrowed is not None:
            self._work()

    def _work(self) -> None:
        if self._working:
            return
        self._working = True
        started(self._answer_all())

    async def _answer_all(self) -> None:
        while self._asking or self._queries:
            asking, self._asking = self._asking, []
            for ask in asking:
                ask()
            if self._queries:
                await self._answer(*self._queries.popleft())
        self._working = False
        if self._closed and self._borrowed is not None:
            borrowed, self._borrowed = self._borrowed, None
            try:
                await borrowed.give_back()
            except Exception as error:
                logger.debug("a connection was lost: %s", type(error).__name__)

    async def _answer(self, query: Query, receive: Receive) -> None:
        try:
            if self._closed:
                raise RuntimeError("the operation has ended")
            logger.debug("%s", query.sql)
            if self._borrowed is None:
                self._borrowed = await self._borrow()
            rows = await self._borrowed.fetch(query.sql, query.parameters, query.row)
            result = query.read(rows)
        except Exception as error:
            receive(None, error)
        else:
            receive(result, None)


_current: ContextVar[Snapshot | None] = ContextVar("snapshot", default=None)


def current() -> Snapshot | None:
    """The snapshot of the operation that is running, None outside of one."""
    return _current.get()


def outside() -> Token[Snapshot | None]:
    """Leave the operation that is running, whose snapshot may be of another database."""
    return _current.set(None)


class SnapshotScope:
    """The time during which all reads see one state: ``with SnapshotScope(borrow): ...``."""

    def __init__(self, borrow: Callable[[], Any]) -> None:
        self._snapshot = Snapshot(borrow)
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
