"""The page that documents every kind and column, made from the specifications themselves."""

from collections.abc import Iterator
from pathlib import Path

from erikti.importers.engine import KINDS
from erikti.importers.headings import HEADINGS
from erikti.writing.kind import Column, Kind

PAGE = Path(__file__).parents[2] / "docs" / "importing.md"
GENERATED = "## Kinds and columns\n"


def page() -> str:
    """The text of docs/importing.md: what is written by hand, then one table per kind."""
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
    yield from (f"\n{rule.reason[0].upper()}{rule.reason[1:]}." for rule in kind.rules)


def _row(column: Column) -> str:
    heading = HEADINGS[column.name]
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


def write() -> None:
    """Bring docs/importing.md up to date: ``python -m erikti.importers.documentation``."""
    PAGE.write_text(page(), encoding="utf-8")


if __name__ == "__main__":
    write()
