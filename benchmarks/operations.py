"""The operations of the benchmark, with rotating variables."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).with_name("operations")
PAGES = {"page20": 20, "page100": 100, "sync500": 500}
BIG = 500  # volunteers of each of the 20 regions


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


def operations(ids: list[str]) -> list[Operation]:
    """Return all operations, with ``ids`` of volunteers for single records."""
    return [
        Operation("record", "record", tuple({"id": value} for value in ids)),
        *(Operation(name, "page", ({"first": size},)) for name, size in PAGES.items()),
        Operation("tile", "tile"),
        Operation("dashboard", "dashboard"),
        Operation("big", "big", ({"first": BIG},), timed=False),
    ]
