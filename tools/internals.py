"""Updates the ranges of libraries in docs/internals.md from pyproject.toml."""

import re
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "internals.md"
RANGE = re.compile(r"^`(?P<name>[a-z-]+)[<>=!~][^`]*`$", re.MULTILINE)


def ranges() -> dict[str, str]:
    """Return the requirement of each library, such as ``uvicorn>=0.54,<0.55``, by its name."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    plain = [re.sub(r"\[.*\]", "", requirement) for requirement in project["dependencies"]]
    return {re.split("[<>=!~]", requirement)[0]: requirement for requirement in plain}


def page() -> str:
    """Return the text of docs/internals.md with the ranges of pyproject.toml."""
    found = ranges()
    text = PAGE.read_text(encoding="utf-8")
    return RANGE.sub(lambda match: f"`{found[match['name']]}`", text)
