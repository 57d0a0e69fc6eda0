"""One borrowed connection and one state of the database for all reads of an operation."""

import asyncio
import logging
from collections import deque
from collections.abc import Callable, Sequence
from contextvars import ContextVar, Token
from types import TracebackType
from typing import Any, NamedTuple, Protocol

logger = logging.getLogger("erikti.sql")

Rows = Sequence[Any]
_running: set[asyncio.Task[None]] = set()


class Borrowed(Protocol):
    """A connection inside a transaction that sees one state of the database."""

    async def fetch(self, sql: str, parameters: Sequence[Any], row: type | None) -> Rows:
        """The rows of a statement, as instances of ``row`` where that is given."""

    async def give_back(self) -> None:
        """End the transaction and let others have the connection."""


class _Question(NamedTuple):
    sql: str
    parameters: Sequence[Any]
    row: type | None
    read: Callable[[Rows], Any]
    answer: asyncio.Future[Any]


class Snapshot:
    """Answers the statements of one operation in turn, all from the same state.

    Nothing is borrowed before the first statement. The work is done by a task that nobody
    cancels, so an operation that ends early leaves no connection or transaction behind.
    """

    def __init__(self, borrow: Callable[[], Any]) -> None:
        self._borrow = borrow
        self._borrowed: Borrowed | None = None
        self._questions: deque[_Question] = deque()
        self._working = False
        self._closed = False

    def ask(
        self,
        sql: str,
        parameters: Sequence[Any] = (),
        row: type | None = None,
        read: Callable[[Rows], Any] = list,
    ) -> asyncio.Future[Any]:
        """What ``read`` makes of the statement's rows, once it has run."""
        answer = asyncio.get_running_loop().create_future()
        self._questions.append(_Question(sql, parameters, row, read, answer))
        self._work()
        return answer

    def close(self) -> None:
        """Give the connection back as soon as the statement that runs has ended."""
        self._closed = True
        self._questions.clear()
        if self._borrowed is not None:
            self._work()

    def _work(self) -> None:
        if self._working:
            return
        self._working = True
        task = asyncio.get_running_loop().create_task(self._answer_all())
        _running.add(task)
        task.add_done_callback(_running.discard)

    async def _answer_all(self) -> None:
        while self._questions:
            question = self._questions.popleft()
            if not question.answer.cancelled():
                await self._answer(question)
        self._working = False
        if self._closed and self._borrowed is not None:
            borrowed, self._borrowed = self._borrowed, None
            try:
                await borrowed.give_back()
            except Exception as error:
                logger.debug("a connection was lost: %s", type(error).__name__)

    async def _answer(self, question: _Question) -> None:
        logger.debug("%s", question.sql)
        try:
            if self._borrowed is None:
                self._borrowed = await self._borrow()
            rows = await self._borrowed.fetch(question.sql, question.parameters, question.row)
            result = question.read(rows)
        except Exception as error:
            if not question.answer.done():
                question.answer.set_exception(error)
        else:
            if not question.answer.done():
                question.answer.set_result(result)


_current: ContextVar[Snapshot | None] = ContextVar("snapshot", default=None)


def current() -> Snapshot | None:
    """The snapshot of the operation that is running, None outside of one."""
    return _current.get()


class Operation:
    """The time during which all reads see one state: ``with Operation(borrow): ...``."""

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


async def finished() -> None:
    """Wait until every connection that operations borrowed has been given back."""
    while _running:
        await asyncio.wait(list(_running))
