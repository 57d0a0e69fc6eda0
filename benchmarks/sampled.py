"""A worker that samples where its processor time goes.

``python -P sampled.py``, with a version of Erikti in PYTHONPATH, serves at PORT. GET /samples
returns the number of samples by stage since the last request. A sample is taken for each
millisecond of processor time; it counts for the innermost frame that belongs to a stage, so that
the time of libraries written in C counts for their caller.
"""

import dis
import os
import signal
import socket
from collections import Counter
from functools import cache
from types import CodeType, FrameType
from typing import Any

from starlette.responses import JSONResponse

import server
from erikti.serving.server import work
from erikti.settings import from_environment

EVERY = 0.001  # seconds of processor time
LOOP = "event loop and sockets"
RUNNER = "/asyncio/runners.py"  # below the loop
# The first part of a file's path that is listed decides.
STAGES = {
    "/uvicorn/": "HTTP",
    "/erikti/serving/": "HTTP",
    "/starlette_compress": "compression",
    "/starlette": "endpoint",
    "/erikti/endpoint/http/fast_path/": "fast path",
    "/erikti/endpoint/": "endpoint",
    "/erikti/telemetry/": "endpoint",
    "/erikti/auth/": "token",
    "/erikti/guard/": "limits and budget",
    "/erikti/trusted_documents/": "limits and budget",
    "/erikti/audit/": "access log",
    "/erikti/cache/": "response cache",
    "/erikti/executor/": "executor",
    "/graphql/": "executor",
    "/schema/engine/written/": "written responses",
    "/schema/": "schema and engine",
    "/resolvers/": "resolvers and loaders",
    "/erikti/database/": "database and driver",
    "/asyncpg/": "database and driver",
    "/aiosqlite/": "database and driver",
}
samples: Counter[str] = Counter()
known: dict[str, str] = {}


def stage(path: str) -> str:
    """Return the stage of a file; empty if it counts for its caller."""
    found = known.get(path)
    if found is None:
        found = known[path] = next((name for part, name in STAGES.items() if part in path), "")
    return found


def sample(_: int, frame: FrameType | None) -> None:
    """Count the present stage.

    The time of uvloop is seen at the start of the function that it calls next.
    """
    if frame is not None and _called_by_loop(frame) and frame.f_lasti <= _start(frame.f_code):
        frame = None
    while frame is not None and not frame.f_code.co_filename.endswith(RUNNER):
        if found := stage(frame.f_code.co_filename):
            samples[found] += 1
            return
        frame = frame.f_back
    samples[LOOP] += 1


def _called_by_loop(frame: FrameType) -> bool:
    return frame.f_back is not None and frame.f_back.f_code.co_filename.endswith(RUNNER)


@cache
def _start(code: CodeType) -> int:
    """Return the offset at which a function checks for signals when it is called."""
    found = (each.offset for each in dis.get_instructions(code) if each.opname == "RESUME")
    return next(found, 0)


def app() -> Any:
    """Return the product's application with the path /samples."""
    application = server.app()

    async def sampled(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "http" and scope["path"] == "/samples":
            found = dict(samples)
            samples.clear()
            await JSONResponse(found)(scope, receive, send)
        else:
            await application(scope, receive, send)

    signal.signal(signal.SIGPROF, sample)
    signal.setitimer(signal.ITIMER_PROF, EVERY, EVERY)
    return sampled


def main() -> None:
    """Serve until a signal."""
    settings = from_environment()
    _, report = os.pipe()
    with socket.create_server((settings.host, settings.port), backlog=2_048) as listener:
        work("__main__:app", settings.limits, settings.proxies, [listener], report)


if __name__ == "__main__":
    main()
