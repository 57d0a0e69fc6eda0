"""A process that serves like a worker and reports how long its event loop was blocked.

With ``python -m benchmarks.watched SOCKET``, GET /longest returns the maximum processor time of a
callback, in milliseconds, since the last request. The loop is asyncio's, whose callbacks can be
instrumented; that of workers (uvloop) calls the same functions.
"""

import asyncio
import os
import socket
import sys
import time
from functools import partial
from typing import Any
from unittest.mock import patch

import uvicorn
from starlette.responses import JSONResponse
from starlette.routing import Route

import server
from erikti.serving.server import work
from erikti.settings import from_environment

run = asyncio.Handle._run
stretches = [0.0]  # seconds


def watched(handle: asyncio.Handle) -> None:
    """Run a callback and record its processor time."""
    began = time.thread_time()
    run(handle)
    stretches.append(time.thread_time() - began)


def app() -> Any:
    """Return the product's application with the route /longest."""

    def longest(_: Any) -> JSONResponse:
        found = max(stretches)
        stretches[:] = [0.0]
        return JSONResponse(found * 1000)

    application = server.app()
    application.router.routes.append(Route("/longest", longest))
    return application


def main() -> None:
    """Serve on a socket until a signal."""
    settings = from_environment()
    _, report = os.pipe()
    with (
        socket.socket(fileno=int(sys.argv[1])) as listener,
        patch.object(asyncio.Handle, "_run", watched),
        patch.object(uvicorn, "Config", partial(_plain, uvicorn.Config)),
    ):
        work("__main__:app", settings.limits, settings.proxies, [listener], report)


def _plain(made: Any, *arguments: Any, **options: Any) -> Any:
    return made(*arguments, **options | {"loop": "asyncio"})


if __name__ == "__main__":
    main()
