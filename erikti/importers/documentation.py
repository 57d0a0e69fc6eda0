"""Generator of the tables in docs/importing.md from the codes, and definitions of kinds."""

import re
from collections.abc import Iterator
from pathlib import Path

from erikti.importers.engine import KINDS
from erikti.importers.headings import heading_of
from erikti.labels import problem_texts
from erikti.writing.cells import Column
from erikti.writing.kind import Kind
from models.states import States

PAGE = Path(__file__).parents[2] / "docs" / "importing.md"
GENERATED = "## Codes\n"
CODES_OF = {
    "row": "A row with one of these is rejected",
    "warning": "With one of these a row is imported, unless it is rejected for another reason",
    "file": "With one of these nothing of the file is imported",
}


def page() -> str:
    """Return the text of docs/importing.md: what is written by hand, then the codes and kinds."""
    by_hand, _, _ = PAGE.read_text(encoding="utf-8").partition(GENERATED)
    parts = [by_hand + GENERATED.rstrip(), "\n".join(_codes()).rstrip(), "## Kinds and columns"]
    parts += ["\n".join(_section(kind)) for kind in KINDS.values()]
    return "\n\n".join(parts) + "\n"


def _codes() -> Iterator[str]:
    for of_what, sentence in CODES_OF.items():
        yield f"{sentence}:\n"
        yield "| code | Kazakh | Russian | English |"
        yield "|---|---|---|---|"
        for code, text in problem_texts().items():
            if of_what in text.of_what:
                yield f"| `{code}` | {' | '.join(text.all)} |"
        yield ""


def _section(kind: Kind) -> Iterator[str]:
    yield f"### {kind.name}\n"
    yield f"{kind.meaning}\n"
    yield "| column | Kazakh heading | Russian heading | type | required | meaning | example |"
    yield "|---|---|---|---|---|---|---|"
    yield from (_row(column) for column in kind.columns)
    yield from (f"\n{_sentence(rule.reason)}." for rule in kind.rules)
    if kind.states is not None:
        yield from _states(kind.states)


def _states(states: States) -> Iterator[str]:
    yield f"\n| `{states.column}` | follows | is set by |"
    yield "|---|---|---|"
    for state in states.declared:
        before = [*(f"`{name}`" for name in state.after)]
        if state.first:
            before.insert(0, "a new record")
        yield f"| `{state.name}` | {', '.join(before)} | {', '.join(state.by)} |"


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
        "yes" if column.required else "may be blank" if column.expected else "",
        heading.meaning,
        f"`{example}`" if example else "",
    )
    return f"| {' | '.join(cells)} |"
