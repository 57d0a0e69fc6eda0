"""A worker process: heartbeats, deadlines of connections, and a shutdown in limited time."""

import asyncio
import faulthandler
import logging
import os
import resource
import signal
import socket
import sys
import time
from collections.abc import Collection
from contextlib import suppress
from types import FrameType
from typing import cast

import uvicorn
from uvicorn.config import STARTUP_FAILURE

from erikti.guard.limits import Limits
from erikti.serving.addresses import Proxies
from erikti.serving.headers import ON_EVERY_ANSWER
from erikti.serving.http_protocol import DRAINING, ENDING, BoundedProtocol, protocol
from erikti.serving.websocket_protocol import BoundedSocket, sockets
from erikti.telemetry.tracebacks import trace

LONGEST_BEAT = 0.5  # seconds between two checks of all deadlines
RESERVE = 2.0  # seconds of the grace period for the application to close its resources
OPENED = 0.1  # seconds for connections that are being opened when listening stops
FAILED = 1  # exit status of a process that ended itself

logger = logging.getLogger("erikti.server")


class Server(uvicorn.Server):
    """uvicorn's server with heartbeats for the supervisor.

    If they stop although the process had the processor, the supervisor ends it by SIGABRT.
    ``faulthandler`` then writes the stacks of all threads (files, lines and functions, no values).
    It does not need the interpreter lock, so it works even if no Python code can run.
    """

    def __init__(self, config: uvicorn.Config, limits: Limits, report: int) -> None:
        super().__init__(config)
        self._limits = limits
        self._report = report  # the descriptor of the pipe to the supervisor
        shortest = min(
            limits.header_seconds,
            limits.body_seconds,
            limits.idle_seconds,
            limits.write_seconds,
            limits.stall_seconds,
        )
        self._pause = min(shortest / 5, LONGEST_BEAT)
        self._parent = os.getppid()
        self._stopped_since: float | None = None  # when the signal to stop arrived, s

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start listening and the heartbeats, which report that this process serves."""
        asyncio.get_running_loop().set_exception_handler(overheard)
        await super().startup(sockets)
        if self.started:
            self._beat()

    def _report_beat(self) -> None:
        try:
            with suppress(BlockingIOError):  # the supervisor does not read
                os.write(self._report, b"1")
        except BrokenPipeError:
            signal.raise_signal(signal.SIGTERM)  # no supervisor is left to replace or stop it

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Stop on a signal; readiness fails from now on."""
        if self._stopped_since is None:
            self._stopped_since = time.monotonic()
            if hasattr(self, "lifespan"):
                self.lifespan.state[DRAINING] = True
        super().handle_exit(sig, frame)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Respond to accepted requests; cancel those that take too long."""
        for connection in self._connections():
            connection.drain()
        await asyncio.sleep(self._limits.drain_seconds + OPENED)
        await self._stop_listening(sockets or [])
        if ending := self.lifespan.state.get(ENDING):
            ending.set()  # responses that would not end otherwise
        await super().shutdown(sockets)

    async def _stop_listening(self, sockets: list[socket.socket]) -> None:
        """Accept waiting connections and no more (see ``supervisor.open_no_more``)."""
        listeners = [one.dup() for one in sockets]
        for server in self.servers:
            server.close()
        waiting = []
        for listener in listeners:
            with listener, suppress(BlockingIOError):
                while True:
                    waiting.append(listener.accept()[0])
        loop = asyncio.get_running_loop()
        for connection in waiting:
            await loop.connect_accepted_socket(self._protocol, connection)

    def _protocol(self) -> BoundedProtocol:
        made = cast(type[BoundedProtocol], self.config.http_protocol_class)
        return made(self.config, self.server_state, self.lifespan.state)

    def _connections(self) -> list[BoundedProtocol | BoundedSocket]:
        found = list(self.server_state.connections)
        return cast(list[BoundedProtocol | BoundedSocket], found)

    def _beat(self) -> None:
        loop = asyncio.get_running_loop()
        self._report_beat()
        now = loop.time()
        for connection in self._connections():
            if connection.deadline <= now or connection.write_deadline <= now:
                connection.expire()
        if self._stopped_since is None and os.getppid() != self._parent:
            signal.raise_signal(signal.SIGTERM)
        if (
            self._stopped_since is not None
            and time.monotonic() > self._stopped_since + self._limits.grace_seconds
        ):
            os._exit(FAILED)
        loop.call_later(self._pause, self._beat)


def overheard(_: asyncio.AbstractEventLoop, context: dict[str, object]) -> None:
    """Log errors of tasks that are not awaited; the default handler would log their values."""
    error = context.get("exception")
    where = trace(error) if isinstance(error, BaseException) else "no exception"
    logger.error("outside of a request: %s", where)


def _set_up(listeners: list[int], report: int) -> None:
    for descriptor in (*listeners, report):
        # Child processes of the application must not inherit them.
        os.set_inheritable(descriptor, False)
    os.set_blocking(report, False)
    faulthandler.enable()
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))  # memory holds personal data


def _config(app: str, limits: Limits, http: type[BoundedProtocol]) -> uvicorn.Config:
    patience = limits.grace_seconds - limits.drain_seconds - RESERVE
    return uvicorn.Config(
        app,
        factory=True,
        loop="uvloop",
        http=http,
        ws=sockets(limits),
        ws_max_size=limits.bulk_body_bytes,
        ws_ping_interval=limits.ping_seconds,
        ws_ping_timeout=limits.ping_seconds,
        ws_per_message_deflate=False,  # it would keep tables for each socket
        log_level="warning",
        access_log=False,
        server_header=False,
        headers=list(ON_EVERY_ANSWER),
        proxy_headers=False,  # the endpoint evaluates X-Forwarded-For, for trusted proxies only
        timeout_graceful_shutdown=max(1, int(patience)),
    )


def work(
    app: str,
    limits: Limits,
    proxies: Proxies,
    listeners: list[socket.socket],
    report: int,
    origins: Collection[str] = (),
) -> None:
    """Serve sockets until a signal stops the process; ``app`` is ``module:factory``.

    ``proxies`` are trusted, ``report`` is the descriptor of the pipe on which to report that it
    serves, ``origins`` are those whose pages may read responses. Exits with STARTUP_FAILURE if the
    application cannot start.
    """
    _set_up([listener.fileno() for listener in listeners], report)
    config = _config(app, limits, protocol(limits, proxies, origins))
    server = Server(config, limits, report)
    try:
        server.run(sockets=listeners)
    except Exception as error:
        if server.started:
            raise
        # As with all errors, log the place but no values.
        logger.error("the application cannot start: %s", trace(error))
        sys.exit(STARTUP_FAILURE)
