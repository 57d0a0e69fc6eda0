"""GraphQL Inspector finds no breaking change since the last release; part of make check."""

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from graphql import build_schema
from graphql.utilities import find_breaking_changes

from interop.packages import Packages
from schema import RELEASED, SDL
from schema.engine.deprecations import without_expired


@pytest.fixture(scope="module")
def inspector() -> Packages:
    return Packages("inspector")


@pytest.mark.claim("No change since the release breaks a client (part of `make check`)")
def test_nothing_breaks_clients_of_the_last_release(
    inspector: Packages, tmp_path: Path, proven: Callable[..., None]
) -> None:
    released = tmp_path / "released.graphql"
    kept = without_expired(RELEASED.read_text(encoding="utf-8"), date.today())
    released.write_text(kept, encoding="utf-8")
    found = inspector.run("diff.js", released, SDL).splitlines()[-1]
    assert found.endswith(", 0 breaking")
    proven("GraphQL Inspector", inspector.version("@graphql-inspector/core"), found)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("  silver: Boolean!", "  grey: Boolean!"),
        ("  hoursTotal: Decimal!", "  hoursTotal: Int!"),
        ("  ATTENDED\n", "  VISITED\n"),
        ("    language: EriktiLanguage\n", "    language: EriktiLanguage!\n"),
        (" = Person | Organisation\n", " = Person\n"),
    ],
)
def test_it_finds_what_erikti_sdl_finds(
    inspector: Packages, tmp_path: Path, old: str, new: str
) -> None:
    text = SDL.read_text(encoding="utf-8")
    assert old in text
    changed = tmp_path / "changed.graphql"
    changed.write_text(text.replace(old, new), encoding="utf-8")
    before, after = (build_schema(t, assume_valid_sdl=True) for t in (text, text.replace(old, new)))
    assert find_breaking_changes(before, after)
    with pytest.raises(AssertionError, match="breaking: "):
        inspector.run("diff.js", SDL, changed)
