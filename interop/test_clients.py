"""Apollo Client and urql, headless, against a running server."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from interop.conftest import Service
from interop.packages import Packages

# The script of each client, its package, and what it is called.
CLIENTS = [
    pytest.param(("apollo.ts", "@apollo/client", "Apollo Client"), id="apollo"),
    pytest.param(("urql.ts", "@urql/core", "urql"), id="urql"),
]
PAGE = """query ($after: String) {
  projects(first: 100, after: $after) { nodes { id } pageInfo { hasNextPage endCursor } }
}"""
each_client = pytest.mark.parametrize("client", CLIENTS)
Client = tuple[str, str, str]


def run(typed: Packages, service: Service, client: Client, scenario: str) -> Any:
    """What a client printed of a scenario: its result and the requests that it took."""
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
