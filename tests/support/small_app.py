"""A small application behind the real server and protocol: a worker of ``small_server``.

``python -m tests.support.small_app SOCKET REPORT``; limits come from the environment.
"""

import asyncio
import contextlib
import os
import re
import resource
import socket
import sys
import time
from collections.abc import AsyncIterator

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from erikti.endpoint.bodies import read_body, read_json
from erikti.endpoint.disconnect import ClientGoneError
from erikti.errors import RequestError
from erikti.serving.http_protocol import DRAINING
from erikti.serving.server import work
from erikti.settings import from_environment

SETTINGS = from_environment()
LIMITS = SETTINGS.limits
seen: list[str] = []


def refused(refusal: RequestError) -> Response:
    """The answer to a request that is refused."""
    return Response(refusal.body(), refusal.status, media_type="application/json")


class Body:
    """The size of the body, within the bound for bodies."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request (ASGI)."""
        try:
            found = await read_body(scope["headers"], receive, LIMITS.body_bytes)
        except ClientGoneError:
            seen.append("gone")
        except RequestError as refusal:
            await refused(refusal)(scope, receive, send)
        else:
            await PlainTextResponse(str(len(found)))(scope, receive, send)


class Plain:
    """The JSON of the body."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request (ASGI)."""
        try:
            found = await read_json(scope["headers"], receive, LIMITS.body_bytes, LIMITS)
        except RequestError as refusal:
            await refused(refusal)(scope, receive, send)
        else:
            await JSONResponse(found)(scope, receive, send)


async def large(request: Request) -> Response:
    """An answer of ``size`` bytes."""
    return PlainTextResponse("x" * int(request.query_params["size"]))


async def wait(request: Request) -> Response:
    """An answer after ``seconds``."""
    await asyncio.sleep(float(request.query_params["seconds"]))
    return PlainTextResponse("waited")


async def stall(request: Request) -> Response:
    """Hold the event loop for ``seconds``, and write which process stalls."""
    print(f"process {os.getpid()} stalls", file=sys.stderr, flush=True)
    time.sleep(float(request.query_params["seconds"]))  # noqa: ASYNC251
    return PlainTextResponse("stalled")


async def search(request: Request) -> Response:
    """Hold the interpreter lock for a very long time."""
    re.match(r"(a+)+$", "a" * 60 + "b")
    return PlainTextResponse("never")


async def state(request: Request) -> Response:
    """Return the state of the process."""
    return JSONResponse(
        {
            "pid": os.getpid(),
            "peak": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss,
            "tasks": len(asyncio.all_tasks()),
            "sockets": sum(map(_is_socket, os.listdir("/proc/self/fd"))),
            "seen": seen,
            "headers": [[n.decode("latin-1"), v.decode("latin-1")] for n, v in request.headers.raw],
            "draining": getattr(request.state, DRAINING, False),
        }
    )


def _is_socket(descriptor: str) -> bool:
    with contextlib.suppress(OSError):
        return os.readlink(f"/proc/self/fd/{descriptor}").startswith("socket:")
    return False


@contextlib.asynccontextmanager
async def lifespan(app: Starlette) -> AsyncIterator[None]:
    """Takes SLOW seconds, fails, hangs at its end, or does nothing, as the environment says.

    The file STARTS gets a line for each start, the file CHILD the descriptors that a child of this
    process inherits.
    """
    if child := os.environ.get("CHILD"):
        os.system(f"ls /proc/self/fd >{child}")  # noqa: ASYNC221
    if starts := os.environ.get("STARTS"):
        with open(starts, "a", encoding="ascii") as file:  # noqa: ASYNC230
            file.write(f"{os.getpid()}\n")
    await asyncio.sleep(float(os.environ.get("SLOW", "0")))
    if os.environ.get("FAILS"):
        raise RuntimeError("this application cannot start")
    yield
    if os.environ.get("HANGS"):
        await asyncio.sleep(3600)


def app() -> Starlette:
    """The application."""
    handlers = (large, wait, stall, search, state)
    routes = [
        Route(f"/{handler.__name__}", handler, methods=["GET", "POST"]) for handler in handlers
    ]
    routes += [Route("/body", Body()), Route("/plain", Plain())]
    return Starlette(routes=routes, lifespan=lifespan)


if __name__ == "__main__":
    socket_number, report = map(int, sys.argv[1:])
    listener = socket.socket(fileno=socket_number)
    origins = SETTINGS.cors_origins
    work("tests.support.small_app:app", LIMITS, SETTINGS.proxies, [listener], report, origins)
