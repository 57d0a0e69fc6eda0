"""The minimum for uvicorn: stored bytes for any request, by path."""

import os
from pathlib import Path
from typing import Any

FOLDER = Path(os.environ["ANSWERS"])
ANSWERS: dict[str, bytes] = {}


async def app(scope: Any, receive: Any, send: Any) -> None:
    """Read the body and return the file named by the path, such as ``/page20``."""
    if scope["type"] != "http":
        return
    while (await receive()).get("more_body"):
        pass
    name = scope["path"].removeprefix("/")
    if name not in ANSWERS:
        ANSWERS[name] = (FOLDER / f"{name}.json").read_bytes()
    body = ANSWERS[name]
    headers = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(body))]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": body})
