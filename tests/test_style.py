"""The language of documentation, descriptions and code: docs/style.md."""

import subprocess
from pathlib import Path

import pytest

from tests.support.phrases import PHRASES

ROOT = Path(__file__).parents[1]
# How often the phrases may occur in all files of a kind. Lower a number; never raise one.
CEILINGS = {"md": 0, "graphql": 0, "py": 0}
SHOWS_THEM = "docs/style.md"


def tracked(kind: str) -> list[str]:
    """Return the paths of the tracked files with this ending, except the page that lists the phrases."""
    command = ("git", "ls-files", "-z", "--", f"*.{kind}")
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    paths = [path for path in done.stdout.split("\0") if path and path != SHOWS_THEM]
    return [path for path in paths if (ROOT / path).is_file()]


def places(path: str) -> list[str]:
    """Return each phrase in a file with its path and line."""
    text = (ROOT / path).read_text(encoding="utf-8")
    return [
        f"{path}:{text.count(chr(10), 0, found.start()) + 1}: {found.group()}"
        for found in PHRASES.finditer(text)
    ]


@pytest.mark.usefixtures("processes")
@pytest.mark.parametrize("kind", CEILINGS)
def test_the_phrases_to_avoid_do_not_spread(kind: str) -> None:
    paths = tracked(kind)
    found = [place for path in paths for place in places(path)]
    assert paths
    assert len(found) <= CEILINGS[kind], "\n".join(found)


def test_the_phrases_are_found_across_lines_and_in_capitals() -> None:
    text = "No" + "body is\ntold what some" + "body wi" + "shes; who" + "\n  asks, who" + "ever."
    assert len(PHRASES.findall(text)) == 6
