"""The generated changes are valid and include the known survivors."""

import ast
import tomllib

import pytest

from benchmarks.mutants.__main__ import KNOWN
from benchmarks.mutants.changes import NAMED, Change, changed, changes, named
from benchmarks.mutants.parts import PARTS, Part
from tests.support.tree import ROOT


def all_changes() -> list[Change]:
    found = [change for part in PARTS for path in part.paths() for change in changes(path)]
    return found + [change for part in PARTS for change in named(part.name)]


def test_what_is_known_to_survive_can_still_be_changed() -> None:
    known = tomllib.loads(KNOWN.read_text(encoding="utf-8"))["survivors"]
    assert known.keys() <= {change.key for change in all_changes()}
    assert all(known.values())


def test_changes_have_keys_of_their_own() -> None:
    found = all_changes()
    assert len({change.key for change in found}) == len(found) > 2_000


def test_named_changes_are_of_a_part_and_its_modules() -> None:
    found = tomllib.loads(NAMED.read_text(encoding="utf-8"))
    parts = {part.name: part for part in PARTS}
    for name, several in found.items():
        assert {each["path"] for each in several} <= set(parts[name].paths())
        assert len(several) >= 30


@pytest.mark.parametrize("part", PARTS, ids=lambda part: part.name)
def test_changes_change_something_and_the_tests_of_their_part_exist(part: Part) -> None:
    for change in [*changes(part.paths()[0])[::20], *named(part.name)]:
        text = (ROOT / change.path).read_text(encoding="utf-8")
        before, after = (
            ast.unparse(ast.parse(text)).split("\n"),
            ast.unparse(changed(change)).split("\n"),
        )
        different = [pair for pair in zip(before, after, strict=False) if pair[0] != pair[1]]
        assert different, change.key
    for test in (*part.tests, *(test for change in named(part.name) for test in change.first)):
        assert (ROOT / test.partition("::")[0]).exists(), test
