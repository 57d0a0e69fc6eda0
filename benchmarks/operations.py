"""The operations of the benchmark, with rotating variables."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).with_name("operations")
PAGES = {"page20": 20, "page100": 100, "sync500": 500}
BIG = 500  # volunteers of each of the 20 regions
LISTS = 50  # of representations, sent in turn


@dataclass(frozen=True)
class Operation:
    """A document and the variables with which it is sent in turn.

    Operations that are not ``timed`` are only compared and measured for memory.
    """

    name: str
    file: str
    variables: tuple[dict[str, Any], ...] = ({},)
    timed: bool = True

    def bodies(self, dialect: str = "") -> list[dict[str, Any]]:
        """Return the requests, with the document in a peer's dialect if it has one."""
        text = (FOLDER / dialect / f"{self.file}.graphql").read_text(encoding="utf-8")
        return [
            {"query": text, "operationName": self.file.title(), "variables": variables}
            for variables in self.variables
        ]


TYPENAME = Operation("typename", "typename")


def operations(ids: list[str]) -> list[Operation]:
    """Return all operations, with ``ids`` of volunteers for single records."""
    return [
        Operation("record", "record", tuple({"id": value} for value in ids)),
        *(Operation(name, "page", ({"first": size},)) for name, size in PAGES.items()),
        Operation("tile", "tile"),
        Operation("dashboard", "dashboard"),
        Operation("big", "big", ({"first": BIG},), timed=False),
    ]


def entities(ids: Sequence[str], size: int) -> Operation:
    """Return the request for as many of these volunteers as representations."""
    lists = ([_reference(key) for key in ids[at : at + size]] for at in _starts(ids, size))
    return Operation("entities", "entities", tuple({"representations": one} for one in lists))


def picked(ids: Sequence[str], size: int) -> Operation:
    """Return the operation for which a gateway sends the same request."""
    starts = _starts(ids, size)
    return Operation("picked", "picked", tuple({"first": size, "from": at} for at in starts))


def _starts(ids: Sequence[str], size: int) -> list[int]:
    """Return where lists begin: all differ, because gateways join equal requests."""
    step = (len(ids) - size) // LISTS
    return [number * step for number in range(LISTS)]


def _reference(key: str) -> dict[str, str]:
    return {"__typename": "Volunteer", "id": key}
