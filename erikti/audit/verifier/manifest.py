"""Verification of a bundle's manifest."""

import json
from collections.abc import Sequence
from hashlib import file_digest
from pathlib import Path

from erikti.audit.verifier.checkpoints import BrokenError, Keys
from erikti.audit.verifier.problems import Kind, Problem

NAME = "manifest.json"


def check_manifest(folder: Path, public_keys: Sequence[bytes]) -> list[Problem]:
    """Return a problem for each file that is unsigned, changed or missing."""
    try:
        payload = json.loads((folder / NAME).read_bytes())
        Keys(public_keys).verify(payload)
        signed = dict(payload["files"])
    except BrokenError as error:
        return [_problem(NAME, str(error))]
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return [_problem(NAME, "it cannot be read")]
    present = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    problems = [_problem(name, "it was not signed") for name in sorted(present - {NAME, *signed})]
    for name, digest in sorted(signed.items()):
        if name not in present:
            problems.append(_problem(name, "it is missing"))
            continue
        with (folder / name).open("rb") as file:
            if file_digest(file, "sha256").hexdigest() != digest:
                problems.append(_problem(name, "it was changed after signing"))
    return problems


def _problem(name: str, text: str) -> Problem:
    return Problem(Kind.BUNDLE, name, None, text)
