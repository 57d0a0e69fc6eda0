"""The papers of the repository agree with each other, and a release needs them complete."""

import os
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.support.tree import ROOT
from tools import papers

PAPERS = ("CHANGELOG.md", *papers.HOLDERS)
MADE = {"build", "dist", "node_modules", "__pycache__", "erikti.egg-info"}
LANGUAGES = {"en", "kk", "ru"}
# Of the standard publiccode.yml 0.5: what a file must have, and the values that it lists.
MANDATORY = {
    "publiccodeYmlVersion",
    "name",
    "url",
    "platforms",
    "developmentStatus",
    "softwareType",
    "description",
    "legal",
    "maintenance",
    "localisation",
}
OPTIONAL = {
    "categories",
    "dependsOn",
    "intendedAudience",
    "landingURL",
    "releaseDate",
    "roadmap",
    "softwareVersion",
    "usedBy",
}
STATUS = {"concept", "development", "beta", "stable", "obsolete"}


@pytest.fixture
def public() -> dict[str, Any]:
    return papers.publiccode()


@pytest.fixture
def filled(tmp_path: Path) -> Path:
    """The papers of a release whose placeholders were filled in."""
    for name in PAPERS:
        shutil.copy(ROOT / name, tmp_path)
    for name in papers.HOLDERS:
        edit(tmp_path / name, re.escape(papers.MARKER), "operator")
    edit(
        tmp_path / "CHANGELOG.md",
        r"\A[\s\S]*?(?=^## \d)",
        "# Changelog\n\n## 7.1.0 - 2030-02-03\n\n",
    )
    edit(tmp_path / "pyproject.toml", r"^version = .*", 'version = "7.1.0"')
    edit(tmp_path / "publiccode.yml", r"^releaseDate:.*\n", "")
    dated = 'softwareVersion: "7.1.0"\nreleaseDate: "2030-02-03"'
    edit(tmp_path / "publiccode.yml", r"^softwareVersion:.*", dated)
    return tmp_path


def edit(path: Path, pattern: str, replacement: str) -> None:
    """Replace what matches a pattern, at each line."""
    text = path.read_text(encoding="utf-8")
    path.write_text(re.sub(pattern, replacement, text, flags=re.MULTILINE), encoding="utf-8")


def own_files() -> Iterator[Path]:
    """The files of the tree that no tool made."""
    for folder, folders, names in os.walk(ROOT):
        folders[:] = [name for name in folders if name not in MADE and name[0] != "."]
        yield from (path for name in names if (path := Path(folder, name)).is_file())


def test_versions_and_dates_agree() -> None:
    assert papers.disagreements() == []


def test_placeholders_are_in_the_known_places_alone() -> None:
    marker = papers.MARKER.encode()
    holders = {str(path.relative_to(ROOT)) for path in own_files() if marker in path.read_bytes()}
    assert holders <= set(papers.HOLDERS)


def test_this_tree_is_no_release_while_a_placeholder_remains() -> None:
    refused = [line for line in papers.obstacles() if papers.MARKER in line]
    assert [line.partition(": ")[0] for line in refused] == papers.placeholders()


def test_complete_papers_are_a_release(filled: Path) -> None:
    assert papers.obstacles(filled) == []


@pytest.mark.parametrize("name", papers.HOLDERS)
def test_a_placeholder_in_any_paper_is_refused(filled: Path, name: str) -> None:
    edit(filled / name, "operator", papers.MARKER)
    places = papers.placeholders(filled)
    assert places
    assert all(place.startswith(f"{name}:") for place in places)
    assert papers.obstacles(filled) == [
        f"{place}: replace the placeholder {papers.MARKER}" for place in places
    ]


@pytest.mark.parametrize(
    ("name", "pattern", "replacement", "refusal"),
    [
        ("pyproject.toml", r'"7\.1\.0"', '"7.2.0"', "CHANGELOG.md has 7.1.0"),
        ("pyproject.toml", r'"7\.1\.0"', '"7.2.0.dev0"', "not the version of a release"),
        ("pyproject.toml", r'"7\.1\.0"', '"7.1.0rc1"', "not the version of a release"),
        ("publiccode.yml", r'"7\.1\.0"', '"7.0.0"', "softwareVersion must be 7.1.0"),
        ("publiccode.yml", "2030-02-03", "2030-02-04", "releaseDate must be 2030-02-03"),
        ("CHANGELOG.md", " - 2030-02-03", "", "'## 7.1.0 - YYYY-MM-DD'"),
        ("CHANGELOG.md", "^## 7", "## Unreleased\n\n## 7", "'## 7.1.0 - YYYY-MM-DD'"),
    ],
)
def test_papers_that_differ_are_refused(
    filled: Path, name: str, pattern: str, replacement: str, refusal: str
) -> None:
    edit(filled / name, pattern, replacement)
    assert any(refusal in line for line in papers.obstacles(filled))


def test_a_version_in_development_is_ahead_of_the_changelog(filled: Path) -> None:
    edit(filled / "pyproject.toml", r'"7\.1\.0"', '"7.2.0.dev0"')
    assert papers.disagreements(filled) == []


def test_publiccode_has_the_form_of_the_standard(public: dict[str, Any]) -> None:
    assert public["publiccodeYmlVersion"] in ("0.4", "0.5")
    assert set(public) >= MANDATORY
    assert set(public) <= MANDATORY | OPTIONAL
    assert public["url"].startswith("https://")
    assert public["developmentStatus"] in STATUS
    assert public["softwareType"] == "standalone/backend"
    assert public["legal"]["license"] == "Apache-2.0"
    assert all(re.fullmatch("[A-Z]{2}", code) for code in public["intendedAudience"]["countries"])
    assert set(public["localisation"]) == {"localisationReady", "availableLanguages"}
    assert set(public["localisation"]["availableLanguages"]) == LANGUAGES
    for kind, dependencies in public["dependsOn"].items():
        assert kind in {"open", "proprietary", "hardware"}
        for one in dependencies:
            assert set(one) <= {"name", "version", "versionMin", "versionMax", "optional"}
            assert one["name"]


def test_publiccode_describes_erikti_in_its_three_languages(public: dict[str, Any]) -> None:
    assert set(public["description"]) == LANGUAGES
    counts = set()
    for text in public["description"].values():
        assert set(text) == {"localisedName", "shortDescription", "longDescription", "features"}
        assert 0 < len(text["shortDescription"]) <= 150
        assert 150 <= len(text["longDescription"]) <= 10_000
        counts.add(len(text["features"]))
    assert len(counts) == 1


def test_publiccode_names_whom_to_contact(public: dict[str, Any]) -> None:
    assert public["maintenance"]["type"] == "internal"
    assert set(public["maintenance"]) == {"type", "contacts"}
    for contact in public["maintenance"]["contacts"]:
        assert set(contact) <= {"name", "email", "affiliation", "phone"}
        assert contact["name"]
        assert re.fullmatch(r"[\w.-]+@[\w.-]+\.\w+", contact["email"])


def test_pre_commit_runs_what_make_check_runs() -> None:
    config = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text(encoding="utf-8"))
    hooks = [hook for repository in config["repos"] for hook in repository["hooks"]]
    assert {repository["repo"] for repository in config["repos"]} == {"local"}
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    recipe = re.search(r"^check:.*\n((?:\t.*\n)+)", makefile, flags=re.MULTILINE)
    assert recipe is not None
    commands = recipe[1].replace("$(BIN)", ".venv/bin").split("\n\t")
    assert [hook["entry"] for hook in hooks] == [command.strip() for command in commands]
