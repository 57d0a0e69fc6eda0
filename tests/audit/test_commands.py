"""The commands of the access log, and the exported bundle."""

import ast
import json
from pathlib import Path

import pytest

from erikti.audit import verifier
from tests.audit.commands import NOWHERE, Where, run
from tests.audit.places import Place

pytestmark = pytest.mark.usefixtures("chain")


@pytest.fixture
def where(place: Place) -> Where:
    return Where(place.url, place.checkpoints, place.key)


@pytest.fixture
def bundle(where: Where, tmp_path: Path) -> tuple[Path, Path]:
    """Export a bundle; return it and the public key."""
    folder, key = tmp_path / "bundle", tmp_path / "officer.pem"
    key.write_text(run(where, "public-key").stdout)
    done = run(where, "export", folder)
    assert (done.exit_code, done.stdout.split(" in ")[0]) == (0, "13 entries")
    return folder, key


def test_an_intact_log_is_reported_with_its_counts(where: Where) -> None:
    done = run(where, "verify")
    assert done.exit_code == 0, done.output
    assert "13 entries with 24 persons in 1 chains" in done.stdout
    assert "no problems" in done.stdout


async def test_a_problem_is_reported(place: Place) -> None:
    await place.tamper("UPDATE access_records SET purpose = 'x' WHERE sequence = 7")
    report = await place.report()
    assert str(report.problems[0]).startswith("changed: chain ")
    assert ", entry 7: " in str(report.problems[0])


def test_a_problem_ends_the_command_with_1(where: Where, place: Place) -> None:
    lines = next(place.checkpoints.iterdir())
    lines.write_text("nothing\n")
    done = run(where, "verify")
    assert done.exit_code == 1
    assert "checkpoint: chain" in done.output


def test_another_key_proves_nothing(where: Where, tmp_path: Path) -> None:
    other = Where(where.database_url, where.checkpoints, tmp_path / "other.key")
    assert run(other, "verify").exit_code == 2
    made = run(where, "verify", "--public-key", tmp_path / "missing.pem")
    assert (made.exit_code, "cannot be read" in made.output) == (2, True)


def test_a_database_that_is_away_is_no_proof(where: Where, tmp_path: Path) -> None:
    (tmp_path / "empty.db").touch()
    for url in ("sqlite:///nowhere/erikti.db", f"sqlite://{tmp_path}/empty.db"):
        done = run(where, "verify", "--database", url)
        assert (done.exit_code, "cannot be read" in done.output) == (2, True)
    done = run(where, "verify", "--database", f"postgres://127.0.0.1:1/{tmp_path.name}")
    assert (done.exit_code, "cannot be read" in done.output) == (2, True)


def test_a_bundle_is_verified_with_only_the_public_key(bundle: tuple[Path, Path]) -> None:
    folder, key = bundle
    done = run(NOWHERE, "verify", "--bundle", folder, "--public-key", key)
    assert done.exit_code == 0, done.output
    assert "no problems" in done.stdout
    alone = run(NOWHERE, "verify", "--bundle", folder)
    assert (alone.exit_code, "give the public key" in alone.output) == (2, True)


def test_a_bundle_that_was_changed_on_its_way_is_refused(bundle: tuple[Path, Path]) -> None:
    folder, key = bundle
    verify = ("verify", "--bundle", folder, "--public-key", key)
    entries = folder / "entries.jsonl"
    lines = entries.read_text().splitlines(keepends=True)
    payload = json.loads(lines[3])
    payload["client"] = "another"
    for changed, words in (
        ([*lines[:3], json.dumps(payload) + "\n", *lines[4:]], "entry 3: "),
        ([*lines[:5], *lines[6:]], "entry 5: "),
        (lines[:-1], "entry 12: "),
    ):
        entries.write_text("".join(changed))
        done = run(NOWHERE, *verify)
        assert done.exit_code == 1
        assert words in done.output
        assert "bundle: entries.jsonl: it was changed after signing" in done.output
    entries.write_text("".join(lines))
    assert run(NOWHERE, *verify).exit_code == 0
    next((folder / "checkpoints").iterdir()).unlink()
    assert "is missing" in run(NOWHERE, *verify).output
    (folder / "manifest.json").unlink()
    assert "manifest.json: it cannot be read" in run(NOWHERE, *verify).output


def test_a_bundle_does_not_overwrite_anything(where: Where, tmp_path: Path) -> None:
    assert run(where, "export", tmp_path).exit_code == 2


def test_the_verifier_shares_no_code_with_the_writer() -> None:
    for path in Path(verifier.__file__).parent.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = [a.name for a in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom):
                names.append(str(node.module))
            for name in names:
                ours = name.partition(".")[0] in ("erikti", "models", "resolvers", "schema")
                assert not ours or name.startswith("erikti.audit.verifier"), (path, name)
