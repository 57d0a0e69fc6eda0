"""``erikti changes`` lists who changed records, when, why and how many."""

import hashlib
from pathlib import Path

import pytest

from tests.support.databases import KEYS
from tests.support.processes import erikti

pytestmark = pytest.mark.usefixtures("processes")

FILE = "source_system,source_id,family_name,given_name\nREGISTRY,{0},Sample,{1}\n"


def test_the_last_change_sets_are_listed(database_url: str, tmp_path: Path) -> None:
    variables = {
        "DATABASE_URL": database_url,
        "ERIKTI_DATA": str(tmp_path),
        "ERIKTI_KEYS": KEYS,
        "COLUMNS": "200",
    }
    path = tmp_path / "people.csv"
    digests = []
    for number, name in (("7", "First"), ("7", "Second"), ("7", "Second"), ("8", "Other")):
        path.write_text(FILE.format(number, name), encoding="utf-8")
        digests.append(hashlib.sha256(path.read_bytes()).hexdigest()[:12])
        reason = ("--reason", f"why {name}")
        assert erikti("import", "people", str(path), *reason, **variables).returncode == 0
    listed = erikti("changes", "--last", "3", **variables)
    assert listed.returncode == 0
    first, second, other = [line for line in listed.stdout.splitlines() if "IMPORT" in line]
    for line, name, digest in (
        (first, "First", digests[0]),
        (second, "Second", digests[1]),
        (other, "Other", digests[3]),
    ):
        assert "erikti import" in line
        assert f"why {name}" in line
        assert digest in line
    assert "people: 1 added" in first
    assert "people: 1 updated" in second
    positions = [int(line.split()[1]) for line in (first, second, other)]
    assert positions == list(range(positions[0], positions[0] + 3))
    assert "1 added" not in erikti("changes", "--last", "0", **variables).stdout
