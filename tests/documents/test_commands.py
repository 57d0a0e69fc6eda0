"""The commands, and servers that learn of what they did: real processes."""

import json
from pathlib import Path

import pytest
from valkey import Valkey

from tests.conftest import KEYS
from tests.documents.asking import COUNTRIES, REGIONS, automatic, by_id, digest
from tests.processes import erikti, eventually, serving

WRONG = "{ regions { cod } }"
UNKNOWN = "PERSISTED_QUERY_NOT_FOUND"


@pytest.fixture
def data(database_url: str, tmp_path: Path) -> dict[str, str]:
    """The environment of commands and servers on one database."""
    return {"DATABASE_URL": database_url, "ERIKTI_DATA": str(tmp_path), "ERIKTI_KEYS": KEYS}


@pytest.fixture
def regions(tmp_path: Path) -> str:
    """The path of a file with one document."""
    path = tmp_path / "regions.graphql"
    path.write_text(REGIONS)
    return str(path)


def rows(listed: str) -> list[list[str]]:
    """The cells of a table."""
    lines = [line for line in listed.splitlines() if line.startswith("│")]
    return [[cell.strip() for cell in line.strip("│").split("│")] for line in lines]


def test_documents_are_published_listed_and_revoked(
    data: dict[str, str], tmp_path: Path, regions: str
) -> None:
    manifest = tmp_path / "manifest.json"
    manifest.write_text(json.dumps({digest(t): t for t in (REGIONS, COUNTRIES)}))
    published = erikti("documents", "publish", regions, str(manifest), **data)
    assert published.stdout == "2 published for everyone, 0 were there already\n", published.stderr
    again = erikti("documents", "publish", str(manifest), **data)
    assert again.stdout == "0 published for everyone, 2 were there already\n"
    erikti("documents", "publish", regions, "--client", "dashboard", **data)
    listed = rows(erikti("documents", "list", COLUMNS="120", **data).stdout)
    assert [row[:3] for row in listed] == [
        [digest(COUNTRIES)[:16], "-", "everyone"],
        [digest(REGIONS)[:16], "Regions", "everyone"],
        [digest(REGIONS)[:16], "Regions", "dashboard"],
    ]
    prefix = f"sha256:{digest(REGIONS)[:8]}"
    revoked = erikti("documents", "revoke", prefix, "--client", "dashboard", **data)
    named = f"sha256:{digest(REGIONS)} (Regions)"
    assert revoked.stdout == f"{named} is revoked for dashboard: every server knows within 5 s\n"
    own = rows(erikti("documents", "list", "--client", "dashboard", **data).stdout)
    assert [row[0] for row in own] == [digest(COUNTRIES)[:16]]
    all_ = rows(erikti("documents", "list", "--all", COLUMNS="120", **data).stdout)
    assert [bool(row[4]) for row in all_] == [False, False, True]
    refused = erikti("documents", "publish", regions, "--client", "dashboard", **data)
    assert (refused.returncode, named in refused.stderr) == (1, True)
    renewed = erikti("documents", "publish", regions, "--client", "dashboard", "--again", **data)
    assert renewed.stdout == "1 published for dashboard, 0 were there already\n"


def test_one_wrong_document_keeps_all_of_them_out(
    data: dict[str, str], tmp_path: Path, regions: str
) -> None:
    manifest = tmp_path / "manifest.json"
    manifest.write_text(json.dumps({digest(t): t for t in (COUNTRIES, WRONG)}))
    refused = erikti("documents", "publish", regions, str(manifest), **data)
    assert refused.returncode == 1
    assert refused.stderr == (
        f"erikti: {manifest}: {digest(WRONG)[:12]}: line 1, column 13: "
        "Cannot query field 'cod' on type 'Region'.\nnothing was published\n"
    )
    assert rows(erikti("documents", "list", **data).stdout) == []


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ("revoke zz", "'zz' is no id"),
        ("revoke 0", "no document 0 was published"),
        ("publish nowhere.json", "nowhere.json: No such file"),
        ("publish README.md", "documents are in .graphql"),
    ],
)
def test_a_command_that_cannot_be_followed_says_why_in_a_line(
    tmp_path: Path, arguments: str, told: str
) -> None:
    refused = erikti("documents", *arguments.split(), ERIKTI_DATA=str(tmp_path))
    assert refused.returncode == 1
    assert told in refused.stderr
    assert refused.stderr.count("\n") == 1


def test_a_prefix_that_fits_several_documents_is_none(data: dict[str, str], tmp_path: Path) -> None:
    texts = [f"{COUNTRIES} # {number}" for number in range(20)]
    manifest = tmp_path / "manifest.json"
    manifest.write_text(json.dumps({digest(text): text for text in texts}))
    assert erikti("documents", "publish", str(manifest), **data).returncode == 0
    firsts = [digest(text)[0] for text in texts]
    prefix = next(first for first in firsts if firsts.count(first) > 1)
    refused = erikti("documents", "revoke", prefix, **data)
    assert (refused.returncode, "fits several documents" in refused.stderr) == (1, True)
    assert len(rows(erikti("documents", "list", **data).stdout)) == 20


def test_every_server_learns_what_is_published_and_revoked(
    data: dict[str, str], regions: str, valkey_client: Valkey, valkey_url: str
) -> None:
    assert valkey_client.dbsize() == 0
    modes = {"ERIKTI_TRUSTED_CLIENTS": "public=only-known"}
    with serving(**data, **modes) as (one, _), serving(**data, CACHE_URL=valkey_url) as (two, _):

        def codes() -> list[str]:
            found = [client.post("/graphql", json=by_id(REGIONS)).json() for client in (one, two)]
            return ["data" if "data" in f else f["errors"][0]["extensions"]["code"] for f in found]

        assert codes() == [UNKNOWN, UNKNOWN]
        assert erikti("documents", "publish", regions, **data).returncode == 0
        eventually(lambda: codes() == ["data", "data"])
        assert one.post("/graphql", json={"query": COUNTRIES}).json().get("data") is None
        assert erikti("documents", "revoke", digest(REGIONS), **data).returncode == 0
        eventually(lambda: codes() == [UNKNOWN, UNKNOWN])
        with serving(**data, CACHE_URL=valkey_url) as (three, _):
            sent = two.post("/graphql", json=automatic(COUNTRIES, query=COUNTRIES)).json()
            assert three.post("/graphql", json=automatic(COUNTRIES)).json()["data"] == sent["data"]
            assert one.post("/graphql", json=automatic(COUNTRIES)).json().get("data") is None
            # What was revoked does not come back by registering it.
            two.post("/graphql", json=automatic(REGIONS, query=REGIONS))
            assert three.post("/graphql", json=automatic(REGIONS)).json().get("data") is None
