"""Time limits of SQLite's statements, and a lower priority for those that are slow."""

import asyncio
import math
import os
import sqlite3
import sys
from contextlib import suppress

import aiosqlite

SLOW = 0.05  # s after which the thread of a statement runs at a lower priority
NICENESS = 10  # of a slow thread: others get about ten times its processor time


class RunningStatement:
    """A statement that runs on a connection; ``began`` is a time of the event loop."""

    __slots__ = ("began", "connection", "low_priority")

    def __init__(self, connection: aiosqlite.Connection, began: float) -> None:
        self.connection = connection
        self.began = began
        self.low_priority = False


class TimeLimits:
    """Watches the statements that run, and interrupts them after some ``seconds``.

    One timer serves all statements: a timer for each would cost more than some of them.
    """

    def __init__(self, seconds: float | None) -> None:
        self._is_limited = seconds is not None
        self._seconds = math.inf if seconds is None else seconds
        self._running: set[RunningStatement] = set()
        self._timer: asyncio.TimerHandle | None = None

    def begin(self, connection: aiosqlite.Connection) -> RunningStatement:
        """Watch a statement that begins now on a connection."""
        loop = asyncio.get_running_loop()
        statement = RunningStatement(connection, loop.time())
        if self._is_limited:
            self._watch(statement, loop)
        return statement

    def end(self, statement: RunningStatement) -> None:
        """Watch a statement no longer."""
        self._running.discard(statement)

    def interrupt(self, statement: RunningStatement) -> None:
        """Interrupt a statement, also if its thread has not begun it."""
        self._interrupt(statement)
        statement.began = -math.inf
        self._watch(statement, asyncio.get_running_loop())

    def _interrupt(self, statement: RunningStatement) -> None:
        with suppress(sqlite3.ProgrammingError, ValueError):  # the connection is closed already
            statement.connection._conn.interrupt()

    def _watch(self, statement: RunningStatement, loop: asyncio.AbstractEventLoop) -> None:
        self._running.add(statement)
        if self._timer is None:
            self._timer = loop.call_later(min(self._seconds, SLOW), self._look)

    def _look(self) -> None:
        self._timer = None
        if not self._running:
            return
        loop = asyncio.get_running_loop()
        now = loop.time()
        wait = SLOW
        for statement in self._running:
            took = now - statement.began
            if took >= SLOW and not statement.low_priority:
                statement.low_priority = lower_priority(statement.connection._thread.native_id)
            if took >= self._seconds:
                self._interrupt(statement)
            else:
                due = self._seconds if took >= SLOW else min(self._seconds, SLOW)
                wait = min(wait, due - took)
        self._timer = loop.call_later(wait, self._look)


def lower_priority(thread: int | None) -> bool:
    """Lower the priority of a thread of this process; return whether the system can (Linux)."""
    if thread is None or sys.platform != "linux":
        return False
    with suppress(ProcessLookupError):  # the thread has ended
        os.setpriority(os.PRIO_PROCESS, thread, NICENESS)
    return True
