r"""Cells as offices type them, and what comes of each: a value, a value with a warning, or a problem.

A line of ``cells/*.csv`` has the cell, how a file holds it (text unless stated), the outcomes that
are right, and the right values; ``=`` is the cell itself. Invisible characters are written
``\uXXXX``. The lines were written from what people mean, not from what the parsers do.
No cell may be taken with another meaning in silence.
"""

import csv
import re
from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import NamedTuple

import pytest

from erikti.database.connection import dialect
from erikti.importers import KINDS
from erikti.writing.batches import BatchParser

pytestmark = pytest.mark.usefixtures("database")

FILES = sorted((Path(__file__).parent / "cells").glob("*.csv"))
AT_LEAST = 300  # cells of each file
# Where a type of cells occurs: by file, or by what the lines name.
COLUMNS = {
    "numbers": ("grants", "amount"),
    "phones": ("people", "phone"),
    "emails": ("people", "email"),
    "names": ("people", "family_name"),
    "countries": ("people", "citizenship"),
    "regions": ("good-deeds", "region"),
    "dates": ("good-deeds", "happened_on"),
    "times": ("enquiries", "opened_at"),
    "boolean": ("volunteers", "silver"),
    "Sex": ("people", "sex"),
    "Language": ("people", "preferred_language"),
    "identifier": ("people", "source_id"),
    "iin": ("people", "iin"),
    "bin": ("organisations", "bin"),
}
CELLS: dict[str, Callable[[str], object]] = {
    "": str,
    "number": lambda text: int(text) if re.fullmatch("-?[0-9]+", text) else float(text),
    "boolean": lambda text: text == "true",
    "date": date.fromisoformat,
    "time": datetime.fromisoformat,
}
VALUES: dict[str, Callable[[str], object]] = {
    "numbers": Decimal,
    "dates": date.fromisoformat,
    "times": datetime.fromisoformat,
    "boolean": lambda text: text == "true",
}


class Line(NamedTuple):
    """A line of a file of cells."""

    type: str
    cell: object
    outcomes: frozenset[str]
    value: str


def lines(path: Path) -> list[Line]:
    found = []
    for row in csv.DictReader(path.read_text(encoding="utf-8").splitlines()):
        cell, value = (
            re.sub(r"\\u([0-9a-f]{4})", lambda code: chr(int(code[1], 16)), row[name])
            for name in ("cell", "value")
        )
        read = CELLS[row["as"]](cell)
        outcomes = frozenset(row["outcome"].split("|"))
        found.append(Line(row.get("type", path.stem), read, outcomes, value))
    return found


async def found(type_: str, cells: list[object]) -> list[tuple[str, object]]:
    """Return what comes of each cell: the outcome, and the value as it is stored."""
    kind, column = COLUMNS[type_]
    parser = await BatchParser.prepared(KINDS[kind], None)
    batch = parser([(number, {column: cell}) for number, cell in enumerate(cells)])
    rejected = {p.row for p in batch.problems if p.column == column}
    warned = {p.row for p in batch.warnings if p.column == column}
    return [
        ("reject" if n in rejected else "warn" if n in warned else "accept", value)
        for n, value in enumerate(batch.values[column])
    ]


def stored(line: Line) -> list[object]:
    """Return the right values of a cell as they are stored."""
    if line.value == "=":
        return [str(line.cell)]
    kind, column = COLUMNS[line.type]
    field = next(c for c in KINDS[kind].columns if c.name == column).model_field()
    read = VALUES.get(line.type, str)
    values = [read(text) if text else None for text in line.value.split("|")]
    return [value if field is None else dialect().encode(field, value) for value in values]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
async def test_cells_mean_what_was_typed(path: Path) -> None:
    all_lines = lines(path)
    assert len(all_lines) >= AT_LEAST
    wrong, silent = [], []
    for type_ in dict.fromkeys(line.type for line in all_lines):
        chosen = [line for line in all_lines if line.type == type_]
        outcomes = await found(type_, [line.cell for line in chosen])
        for line, (outcome, value) in zip(chosen, outcomes, strict=True):
            right = outcome in line.outcomes
            meant = outcome == "reject" or ((line.value or right) and value in stored(line))
            if not (right and meant):
                wrong.append(f"{line} {outcome} {value!r}")
            if outcome == "accept" and not meant:
                silent.append(f"{line} {value!r}")
    assert not silent, "\n".join(silent)
    assert not wrong, "\n".join(wrong)
