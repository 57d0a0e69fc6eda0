"""The precondition of every comparison: all contestants return the same data."""

import json
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import httpx

from benchmarks.operations import Operation
from benchmarks.servers import Server
from benchmarks.ways import filled

TIMEOUT = 120.0


class DifferentAnswerError(Exception):
    """A contestant's data differs from the reference's."""


def requests(server: Server, operation: Operation) -> list[dict[str, Any]]:
    """Return the requests to a contestant for an operation, in its dialect."""
    contestant = server.contestant
    bodies = operation.bodies(contestant.dialect)
    return [body | {"variables": contestant.variables(body["variables"])} for body in bodies]


def compare(reference: Server, others: Iterable[Server], wanted: Sequence[Operation]) -> None:
    """Compare all responses with those of ``reference``; raises DifferentAnswerError."""
    others = list(others)
    for operation in wanted:
        expected = list(answers(reference, operation))
        for server in others:
            for number, found in enumerate(answers(server, operation)):
                if found != expected[number]:
                    place = difference(expected[number], found)
                    name = server.contestant.name
                    raise DifferentAnswerError(f"{name}, {operation.name}: {place}")


def answers(server: Server, operation: Operation) -> Iterator[Any]:
    """Return the normalised data of all responses; raises DifferentAnswerError without data."""
    with httpx.Client(timeout=TIMEOUT) as client:
        for body in requests(server, operation):
            response = client.post(server.url(operation), json=body, headers=filled(server.headers))
            answer = response.json()
            if response.status_code != 200 or answer.get("errors") or not answer.get("data"):
                raise DifferentAnswerError(
                    f"{server.contestant.name}, {operation.name}: {response.text[:500]}"
                )
            yield server.contestant.renamed(answer["data"])
            if server.contestant.given:
                return


def keep(reference: Server, wanted: Iterable[Operation]) -> None:
    """Store the reference's responses, compressed or not, for the server of stored bytes."""
    for operation in wanted:
        body = requests(reference, operation)[0]
        headers = filled(reference.headers)
        url = reference.url(operation)
        with httpx.stream("POST", url, json=body, headers=headers, timeout=TIMEOUT) as answer:
            raw = b"".join(answer.iter_raw())
        (reference.folder / f"{operation.name}.json").write_bytes(raw)
        coding = answer.headers.get("content-encoding", "")
        (reference.folder / f"{operation.name}.coding").write_text(coding)


def difference(expected: Any, found: Any, path: str = "data") -> str:
    """Return the first path at which two values differ, with the values."""
    if isinstance(expected, dict) and isinstance(found, dict) and expected.keys() == found.keys():
        pairs = [(f"{path}.{key}", expected[key], found[key]) for key in expected]
    elif isinstance(expected, list) and isinstance(found, list) and len(expected) == len(found):
        pairs = [
            (f"{path}[{i}]", *pair) for i, pair in enumerate(zip(expected, found, strict=True))
        ]
    else:
        pairs = []
    for place, one, other in pairs:
        if one != other:
            return difference(one, other, place)
    return f"{path} is {json.dumps(found)[:200]} instead of {json.dumps(expected)[:200]}"
