"""The minimum for uvicorn: stored bytes for any request, by path."""

import os
from pathlib import Path
from typing import Any

FOLDER = Path(os.environ["ANSWERS"])
ANSWERS: dict[str, tuple[bytes, list[tuple[bytes, bytes]]]] = {}


async def app(scope: Any, receive: Any, send: Any) -> None:
    """Read the body and return the file named by the path, such as ``/page20``."""
    if scope["type"] != "http":
        return
    while (await receive()).get("more_body"):
        pass
    name = scope["path"].removeprefix("/")
    if name not in ANSWERS:
        ANSWERS[name] = _stored(name)
    body, headers = ANSWERS[name]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": body})


def _stored(name: str) -> tuple[bytes, list[tuple[bytes, bytes]]]:
    """Return the bytes of a response and its headers."""
    body = (FOLDER / f"{name}.json").read_bytes()
    headers = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(body))]
    if coding := (FOLDER / f"{name}.coding").read_bytes():
        headers.append((b"content-encoding", coding))
    return body, headers
