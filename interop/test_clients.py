"""Apollo Client and urql, headless, with a running server."""

import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from interop.packages import Packages
from interop.service import Service
from tests.support.processes import erikti
from tests.support.waiting import PATIENCE

# The script of each client, its package and its name.
APOLLO = ("apollo.ts", "@apollo/client", "Apollo Client")
URQL = ("urql.ts", "@urql/core", "urql")
# Each client over each transport: its scenario, and the package of the transport.
FOLLOWING = [
    (APOLLO, "sockets", "graphql-ws"),
    (APOLLO, "events", "graphql-sse"),
    (APOLLO, "multipart", "@apollo/client"),
    (URQL, "sockets", "graphql-ws"),
    (URQL, "events", "graphql-sse"),
    (URQL, "own", "@urql/core"),
]
PAGE = """query ($after: String) {
  projects(first: 100, after: $after) { nodes { id } pageInfo { hasNextPage endCursor } }
}"""
AWARE = {"apollo-require-preflight", "apollographql-client-name", "apollographql-client-version"}
AWARE |= {"content-type"}
each_client = pytest.mark.parametrize("client", [APOLLO, URQL], ids=["apollo", "urql"])
Client = tuple[str, str, str]


def run(typed: Packages, service: Service, client: Client, scenario: str) -> Any:
    """Return a client's output for a scenario: its result and its requests."""
    return json.loads(typed.run(client[0], scenario, URL=service.url))


@each_client
@pytest.mark.claim("A page of figures")
def test_a_page(
    typed: Packages, service: Service, client: Client, proven: Callable[..., None]
) -> None:
    found = run(typed, service, client, "page")["result"]
    figures = service.ask("{ statistics(year: 2025) { figures { code count } } }")
    assert found == [[f["code"], f["count"]] for f in figures["statistics"]["figures"]]
    proven(client[2], typed.version(client[1]), f"{len(found)} figures")


@pytest.mark.claim("A page of another origin sends the client's name and version")
def test_client_awareness(typed: Packages, service: Service, proven: Callable[..., None]) -> None:
    found = run(typed, service, APOLLO, "browser")
    figures = service.ask("{ statistics(year: 2025) { figures { code } } }")
    assert found["result"] == len(figures["statistics"]["figures"])
    (request,) = found["requests"]
    method, names = request.split()
    assert method == "POST"
    assert set(names.split(",")) == AWARE
    proven(APOLLO[2], typed.version(APOLLO[1]), f"{len(AWARE)} headers after a preflight")


@each_client
@pytest.mark.claim("A paged list, merged in the client's own cache")
def test_a_paged_list(
    typed: Packages, service: Service, client: Client, proven: Callable[..., None]
) -> None:
    found = run(typed, service, client, "list")["result"]
    ids: list[str] = []
    page: dict[str, Any] = {"hasNextPage": True, "endCursor": None}
    while page["hasNextPage"]:
        projects = service.ask(PAGE, after=page["endCursor"])["projects"]
        ids += [node["id"] for node in projects["nodes"]]
        page = projects["pageInfo"]
    assert found["ids"] == ids
    assert found["pages"] == -(-len(ids) // 20) > 1
    proven(client[2], typed.version(client[1]), f"{len(ids)} records on {found['pages']} pages")


@pytest.mark.parametrize(
    ("client", "registering"), [(APOLLO, "POST text"), (URQL, "GET text")], ids=["apollo", "urql"]
)
@pytest.mark.claim("A persisted query by hash, by GET and POST, registered if it is unknown")
def test_a_persisted_query(
    typed: Packages,
    service: Service,
    client: Client,
    registering: str,
    proven: Callable[..., None],
) -> None:
    found = run(typed, service, client, "persisted")
    assert found["requests"] == ["GET hash", registering, "GET hash", "POST hash"]
    figures = service.ask("{ statistics(year: 2025) { figures { code } } }")
    assert found["result"] == [len(figures["statistics"]["figures"])] * 3
    proven(client[2], typed.version(client[1]), ", ".join(found["requests"]))


@pytest.mark.claim("A subscription notifies the client of an import in another process")
def test_subscriptions(
    typed: Packages, service: Service, tmp_path: Path, proven: Callable[..., None]
) -> None:
    started = [typed.start(client[0], name, URL=service.url) for client, name, _ in FOLLOWING]
    try:
        before = [_figures(process) for process in started]
        _import_organisation(service, tmp_path)
        after = [_figures(process) for process in started]
        assert [process.wait(PATIENCE) for process in started] == [0] * len(started)
    finally:
        for process in started:
            process.kill()
            process.communicate()
    for old, new in zip(before, after, strict=True):
        assert new == {**old, "organisations": old["organisations"] + 1}
    for client, _, library in FOLLOWING:
        proven(client[2], typed.version(client[1]), f"over {library} {typed.version(library)}")


def _figures(process: subprocess.Popen[str]) -> dict[str, int]:
    """Return the next figures that a client prints."""
    assert process.stdout is not None
    return dict(json.loads(process.stdout.readline()))


def _import_organisation(service: Service, folder: Path) -> None:
    """Import one more organisation while the server is running."""
    file = folder / "organisations.csv"
    file.write_text(
        "source_system,source_id,name_ru,region,kind,registered_on\n"
        f"INTEROP,{uuid4()},Организация,KZ-75,STUDENT,2025-01-01\n",
        encoding="utf-8",
    )
    imported = erikti("import", "organisations", str(file), ERIKTI_DATA=str(service.data))
    assert imported.returncode == 0, imported.stdout + imported.stderr
