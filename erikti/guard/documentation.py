"""Generates the table of docs/limits.md, and the defaults in other pages, from the limits."""

import re
from collections.abc import Callable, Iterator
from dataclasses import fields
from pathlib import Path

from erikti.guard.limits import Limits

PAGE = Path(__file__).parents[2] / "docs" / "limits.md"
GENERATED = "## All limits\n"


def page(variable: Callable[[str], str]) -> str:
    """Return the text of docs/limits.md: the handwritten part, then one row for each limit.

    ``variable`` returns the environment variable that sets a limit.
    """
    by_hand, _, _ = PAGE.read_text(encoding="utf-8").partition(GENERATED)
    return "\n".join([by_hand + GENERATED, *_table(variable)]) + "\n"


def defaults(text: str, variable: Callable[[str], str]) -> str:
    """Return a page with the default of each limit in rows ``| `VARIABLE` | default |``."""
    for item in fields(Limits):
        start = re.escape(f"| `{variable(item.name)}` | ")
        text = re.sub(
            rf"^({start})[^|]*(?= \|)", rf"\g<1>{item.default:,}", text, flags=re.MULTILINE
        )
    return text


def _table(variable: Callable[[str], str]) -> Iterator[str]:
    yield "| limit | default | unit | meaning | variable |"
    yield "|---|---|---|---|---|"
    for item in fields(Limits):
        unit, text = item.metadata["unit"], item.metadata["description"]
        yield f"| {item.name} | {item.default:,} | {unit} | {text} | `{variable(item.name)}` |"
