"""What a release needs of the papers: one version, one date, and no placeholder."""

import re
import tomllib
from pathlib import Path
from typing import Any, NamedTuple

import yaml
from packaging.version import Version

ROOT = Path(__file__).parents[1]
# In two parts, so that a search for the marker finds placeholders and not this line.
MARKER = "TO-BE-" + "FILLED-IN"
# The files in which the operating body fills in its name and addresses.
HOLDERS = ("SECURITY.md", "publiccode.yml", "pyproject.toml")
_SECTION = re.compile(r"^## (?P<title>\S+)(?: - (?P<date>\d{4}-\d{2}-\d{2}))?$", re.MULTILINE)


class Section(NamedTuple):
    """A section of the changelog; ``version`` is None for what is not released yet."""

    version: Version | None
    date: str | None


def version(root: Path = ROOT) -> Version:
    """Return the version in pyproject.toml."""
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))
    return Version(project["project"]["version"])


def sections(root: Path = ROOT) -> list[Section]:
    """Return the sections of CHANGELOG.md, newest first."""
    found = _SECTION.finditer((root / "CHANGELOG.md").read_text(encoding="utf-8"))
    return [
        Section(None if m["title"] == "Unreleased" else Version(m["title"]), m["date"])
        for m in found
    ]


def publiccode(root: Path = ROOT) -> dict[str, Any]:
    """Return the content of publiccode.yml; its dates are quoted and so stay text."""
    content: dict[str, Any] = yaml.safe_load((root / "publiccode.yml").read_text(encoding="utf-8"))
    return content


def placeholders(root: Path = ROOT) -> list[str]:
    """Return the places (``file:line``) that the operating body still has to fill in."""
    return [
        f"{name}:{number}"
        for name in HOLDERS
        for number, line in enumerate((root / name).read_text(encoding="utf-8").splitlines(), 1)
        if MARKER in line
    ]


def disagreements(root: Path = ROOT) -> list[str]:
    """Return where the versions and dates of the papers differ; they never may."""
    found = []
    own = version(root)
    released = next(section for section in sections(root) if section.version is not None)
    assert released.version is not None
    ahead = own.is_prerelease and own > released.version
    if own != released.version and not ahead:
        found.append(f"pyproject.toml: version {own}, but CHANGELOG.md has {released.version}")
    public = publiccode(root)
    if public.get("softwareVersion") != str(released.version):
        found.append(f"publiccode.yml: softwareVersion must be {released.version}")
    if public.get("releaseDate") != released.date:
        found.append(f"publiccode.yml: releaseDate must be {released.date or 'left out'}")
    return found


def obstacles(root: Path = ROOT) -> list[str]:
    """Return what stands in the way of a release of this tree."""
    found = disagreements(root)
    own, newest = version(root), sections(root)[0]
    if own.is_prerelease:
        found.append(f"pyproject.toml: {own} is not the version of a release")
    if newest.version != own or newest.date is None:
        found.append(f"CHANGELOG.md: the first section must be '## {own} - YYYY-MM-DD'")
    found += [f"{place}: replace the placeholder {MARKER}" for place in placeholders(root)]
    return found
