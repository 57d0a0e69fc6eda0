"""Generates the index of decision records, docs/decisions/README.md."""

import re
from pathlib import Path

FOLDER = Path(__file__).parents[1] / "docs" / "decisions"
PAGE = FOLDER / "README.md"
HEADER = "| no. | decision | date | status |\n|---|---|---|---|\n"
HEAD = re.compile(
    r"# (?P<number>\d{4}): (?P<title>.+)\n\n- Date: (?P<date>\S+)\n- Status: (?P<status>.+)\n\n"
)


def records() -> list[Path]:
    """Return the files of the records in the order of their numbers."""
    return sorted(FOLDER.glob("[0-9]*.md"))


def head(path: Path) -> re.Match[str]:
    """Return the number, title, date and status of a record; raise ValueError if it lacks one."""
    found = HEAD.match(path.read_text(encoding="utf-8"))
    if found is None:
        raise ValueError(f"{path.name} must begin with '# NNNN: Title', Date and Status")
    return found


def page() -> str:
    """Return the text of the index: the handwritten part, then one row for each record."""
    by_hand, header, _ = PAGE.read_text(encoding="utf-8").partition(HEADER)
    return by_hand + header + "".join(_row(path) for path in records())


def _row(path: Path) -> str:
    found = head(path)
    link = f"[{found['number']}]({path.name})"
    return f"| {link} | {found['title']} | {found['date']} | {found['status']} |\n"
