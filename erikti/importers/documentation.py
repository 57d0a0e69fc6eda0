"""Generator of the tables in docs/importing.md from the definitions of kinds and columns."""

import re
from collections.abc import Iterator
from pathlib import Path

from erikti.importers.engine import KINDS
from erikti.importers.headings import heading_of
from erikti.writing.kind import Column, Kind

PAGE = Path(__file__).parents[2] / "docs" / "importing.md"
GENERATED = "## Kinds and columns\n"


def page() -> str:
    """Return the text of docs/importing.md: the handwritten part, then one table per kind."""
    by_hand, _, _ = PAGE.read_text(encoding="utf-8").partition(GENERATED)
    parts = [by_hand + GENERATED.rstrip()]
    parts += ["\n".join(_section(kind)) for kind in KINDS.values()]
    return "\n\n".join(parts) + "\n"


def _section(kind: Kind) -> Iterator[str]:
    yield f"### {kind.name}\n"
    yield f"{kind.meaning}\n"
    yield "| column | Kazakh heading | Russian heading | type | required | meaning | example |"
    yield "|---|---|---|---|---|---|---|"
    yield from (_row(column) for column in kind.columns)
    yield from (f"\n{_sentence(rule.reason)}." for rule in kind.rules)


def _sentence(reason: str) -> str:
    """Return a rule with a capital letter and its columns as code."""
    marked = re.sub(r"\b[a-z]+_[a-z_]+\b", r"`\g<0>`", reason)
    return marked[0].upper() + marked[1:]


def _row(column: Column) -> str:
    heading = heading_of(column.name)
    values = column.type.values
    example = heading.example or (values[0] if values else "")
    kind_of = column.type.label + (f": {', '.join(values)}" if values else "")
    cells = (
        f"`{column.name}`",
        heading.kk,
        heading.ru,
        kind_of,
        "yes" if column.required else "",
        heading.meaning,
        f"`{example}`" if example else "",
    )
    return f"| {' | '.join(cells)} |"
