"""The commands and their effect on running servers, in real processes."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from erikti.commands.documents import app
from tests.support.databases import KEYS
from tests.support.processes import erikti, serving
from tests.support.waiting import eventually
from tests.trusted_documents.asking import COUNTRIES, REGIONS, automatic, by_id, digest

pytestmark = pytest.mark.usefixtures("processes")

CHOSEN = """query Chosen($kind: OrganisationKind!) {
  organisations(filter: { kind: { eq: $kind } }) { totalCount }
}"""
WRONG = "{ regions { cod } }"
UNKNOWN = "PERSISTED_QUERY_NOT_FOUND"
Run = Callable[..., Result]


@pytest.fixture
def run(database_url: str, tmp_path: Path) -> Run:
    """Runs a command on a database."""
    variables = {"DATABASE_URL": database_url, "ERIKTI_DATA": str(tmp_path), "COLUMNS": "120"}
    return lambda *arguments: invoke(variables, *arguments)


def invoke(variables: dict[str, str], name: str, *arguments: str) -> Result:
    """Return the result of a command."""
    command = app.entries[name].imported.app
    return CliRunner(env=variables).invoke(command, arguments)


@pytest.fixture
def regions(tmp_path: Path) -> str:
    """The path of a file with one document."""
    path = tmp_path / "regions.graphql"
    path.write_text(REGIONS)
    return str(path)


def written(path: Path, *texts: str) -> str:
    """The path of a manifest of these documents."""
    path.write_text(json.dumps({digest(text): text for text in texts}))
    return str(path)


def rows(listed: Result) -> list[list[str]]:
    """The cells of a table."""
    lines = [line for line in listed.stdout.splitlines() if line.startswith("│")]
    return [[cell.strip() for cell in line.strip("│").split("│")] for line in lines]


def test_documents_are_published_listed_and_revoked(run: Run, tmp_path: Path, regions: str) -> None:
    manifest = written(tmp_path / "manifest.json", REGIONS, COUNTRIES)
    published = run("publish", regions, manifest)
    assert published.stdout == "2 published for everyone, 0 already published\n"
    assert run("publish", manifest).stdout == "0 published for everyone, 2 already published\n"
    assert run("publish", regions, "--client", "dashboard").exit_code == 0
    assert [row[:3] for row in rows(run("list"))] == [
        [digest(COUNTRIES)[:16], "-", "everyone"],
        [digest(REGIONS)[:16], "Regions", "everyone"],
        [digest(REGIONS)[:16], "Regions", "dashboard"],
    ]
    prefix, named = f"sha256:{digest(REGIONS)[:8]}", f"sha256:{digest(REGIONS)} (Regions)"
    revoked = run("revoke", prefix, "--client", "dashboard")
    assert revoked.stdout == f"{named} is revoked for dashboard; in effect everywhere within 5 s\n"
    assert run("revoke", prefix, "--client", "dashboard").stdout == f"{named} is already revoked\n"
    assert [row[0] for row in rows(run("list", "--client", "dashboard"))] == [
        digest(COUNTRIES)[:16]
    ]
    assert [bool(row[4]) for row in rows(run("list", "--all"))] == [False, False, True]
    refused = run("publish", regions, "--client", "dashboard")
    assert (refused.exit_code, named in str(refused.exception)) == (1, True)
    renewed = run("publish", regions, "--client", "dashboard", "--again")
    assert renewed.stdout == "1 published for dashboard, 0 already published\n"
    assert len(rows(run("list"))) == 3


def test_one_wrong_document_keeps_all_of_them_out(run: Run, tmp_path: Path, regions: str) -> None:
    manifest = written(tmp_path / "manifest.json", COUNTRIES, WRONG)
    refused = run("publish", regions, manifest)
    assert refused.exit_code == 1
    assert str(refused.exception) == (
        f"{manifest}: {digest(WRONG)[:12]}: line 1, column 13: "
        "Cannot query field 'cod' on type 'Region'.\nnothing was published"
    )
    assert rows(run("list")) == []


def test_a_document_may_have_variables_in_its_filters(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "chosen.graphql"
    path.write_text(CHOSEN)
    assert run("publish", str(path)).stdout == "1 published for everyone, 0 already published\n"


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ("revoke zz", "'zz' is not an ID"),
        ("revoke 0", "no document 0 was published"),
        ("publish --client * FILE", "--client: give the ID of a client"),
        ("publish nowhere.json", "nowhere.json: No such file"),
        ("publish README.md", "documents are in .graphql"),
    ],
)
def test_errors_are_reported(run: Run, regions: str, arguments: str, told: str) -> None:
    refused = run(*arguments.replace("FILE", regions).split())
    assert refused.exit_code == 1
    assert told in str(refused.exception)


def test_an_error_is_a_line_and_no_traceback(tmp_path: Path) -> None:
    refused = erikti("documents", "publish", "nowhere.json", ERIKTI_DATA=str(tmp_path))
    assert refused.returncode == 1
    assert refused.stderr == "erikti: nowhere.json: No such file or directory\n"


def test_a_prefix_that_fits_several_documents_is_none(run: Run, tmp_path: Path) -> None:
    texts = [f"{COUNTRIES} # {number}" for number in range(20)]
    assert run("publish", written(tmp_path / "manifest.json", *texts)).exit_code == 0
    firsts = [digest(text)[0] for text in texts]
    prefix = next(first for first in firsts if firsts.count(first) > 1)
    refused = run("revoke", prefix)
    assert (refused.exit_code, "matches several documents" in str(refused.exception)) == (1, True)
    assert len(rows(run("list"))) == 20


def test_a_database_of_before_is_not_used_unless_it_is_embedded(
    empty_url: str, tmp_path: Path, regions: str
) -> None:
    variables = {"DATABASE_URL": empty_url, "ERIKTI_DATA": str(tmp_path)}
    done = invoke(variables, "publish", regions)
    if empty_url.startswith("sqlite:"):
        assert done.stdout == "1 published for everyone, 0 already published\n"
    else:
        assert (done.exit_code, "run erikti migrate" in str(done.exception)) == (1, True)


def test_every_server_learns_what_is_published_and_revoked(
    database_url: str, tmp_path: Path, regions: str, run: Run, valkey_url: str
) -> None:
    data = {"DATABASE_URL": database_url, "ERIKTI_DATA": str(tmp_path), "ERIKTI_KEYS": KEYS}
    modes = {"ERIKTI_TRUSTED_CLIENTS": "public=only-known"}
    shared = data | {"CACHE_URL": valkey_url}
    with (
        serving(**data, **modes) as (one, _),
        serving(**shared) as (two, _),
        serving(**shared) as (three, _),
    ):

        def codes() -> list[str]:
            found = [client.post("/graphql", json=by_id(REGIONS)).json() for client in (one, two)]
            return ["data" if "data" in f else f["errors"][0]["extensions"]["code"] for f in found]

        assert codes() == [UNKNOWN, UNKNOWN]
        assert erikti("documents", "publish", regions, **data).returncode == 0
        eventually(lambda: codes() == ["data", "data"])
        assert one.post("/graphql", json={"query": COUNTRIES}).json().get("data") is None
        assert run("revoke", digest(REGIONS)).exit_code == 0
        eventually(lambda: codes() == [UNKNOWN, UNKNOWN])
        # What one process is sent, another that shares its Valkey knows.
        sent = two.post("/graphql", json=automatic(COUNTRIES, query=COUNTRIES)).json()
        assert three.post("/graphql", json=automatic(COUNTRIES)).json()["data"] == sent["data"]
        assert one.post("/graphql", json=automatic(COUNTRIES)).json().get("data") is None
        # What was revoked does not come back by registering it.
        two.post("/graphql", json=automatic(REGIONS, query=REGIONS))
        assert three.post("/graphql", json=automatic(REGIONS)).json().get("data") is None
