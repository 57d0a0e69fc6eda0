"""A process that serves as a worker does, and tells how long its loop was held at a stretch.

``python -m benchmarks.watched SOCKET``: GET /longest answers with the most processor time, in
milliseconds, that went by between two callbacks since it was last asked. The loop is asyncio's
own, whose callbacks can be watched; that of workers (uvloop) calls the same functions.
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
    """Run a callback, and note how long that took."""
    began = time.thread_time()
    run(handle)
    stretches.append(time.thread_time() - began)


def app() -> Any:
    """The product's application, and what tells of it."""

    def told(_: Any) -> JSONResponse:
        found = max(stretches)
        stretches[:] = [0.0]
        return JSONResponse(found * 1000)

    made = server.app()
    made.router.routes.append(Route("/longest", told))
    return made


def main() -> None:
    """Serve a socket until a signal ends it."""
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
