"""A subgraph of references to volunteers, which a gateway resolves by ``_entities``."""

import json
import os
from pathlib import Path
from typing import Any

import orjson

IDS: list[str] = json.loads((Path(os.environ["ANSWERS"]) / "ids.json").read_bytes())


async def app(scope: Any, receive: Any, send: Any) -> None:
    """Return ``first`` references, beginning at number ``from``."""
    if scope["type"] != "http":
        return
    body, more = b"", True
    while more:
        message = await receive()
        body += message.get("body", b"")
        more = message.get("more_body", False)
    answer = orjson.dumps({"data": _data(body)})
    headers = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(answer))]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": answer})


def _data(body: bytes) -> dict[str, Any]:
    if not body:
        return {}
    variables = orjson.loads(body).get("variables") or {}
    if "first" not in variables:
        return {"__typename": "Query"}
    selected = IDS[variables["from"] : variables["from"] + variables["first"]]
    return {"__typename": "Query", "picked": [_reference(key) for key in selected]}


def _reference(key: str) -> dict[str, str]:
    return {"__typename": "Volunteer", "id": key}
