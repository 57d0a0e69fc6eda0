"""Subscriptions and incremental delivery with the reference clients of each protocol."""

import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from interop.packages import Packages
from tests.support.processes import erikti
from tests.support.talking import Talking, organisations, talking

YEAR, BEFORE, AFTER = "2025", 811, 812
VIEWER = '{"viewer":{"role":null}}'


@pytest.fixture(scope="module")
def packages() -> Packages:
    """Return the clients."""
    return Packages("streams")


@pytest.fixture
def followed(data: Path, tmp_path: Path) -> Iterator[Talking]:
    """Yield a server on a copy of the generated country, with a heartbeat every second."""
    folder = shutil.copytree(data, tmp_path / "data")
    with talking(folder, ERIKTI_LIMIT_PING_SECONDS="1") as server:
        yield server


def follow(packages: Packages, server: Talking, script: str, url: str) -> list[str]:
    """Return the output of a client that follows the figures while another process imports."""
    client = packages.start(script, url, YEAR, str(AFTER))
    assert client.stdout is not None
    try:
        first = client.stdout.readline().strip()
        assert first == str(BEFORE), first + client.stdout.read()
        file = organisations(server.data, 1)
        done = erikti("import", "organisations", file, ERIKTI_DATA=str(server.data))
        assert done.returncode == 0, done.stdout
        rest = client.stdout.read().split()
        assert client.wait(30) == 0, rest
        return [first, *rest]
    finally:
        client.kill()
        client.wait()
        client.stdout.close()


@pytest.mark.claim("Subscriptions over graphql-transport-ws report an import in another process")
def test_a_socket(packages: Packages, followed: Talking, proven: Callable[..., None]) -> None:
    url = f"{followed.url.replace('http', 'ws')}/graphql"
    heard = follow(packages, followed, "socket.js", url)
    assert heard == [str(BEFORE), str(AFTER), VIEWER, "BAD_USER_INPUT"]
    proven("graphql-ws", packages.version("graphql-ws"), "the change, a query, an error")


@pytest.mark.claim("Subscriptions over server-sent events (distinct connections) report it too")
def test_events(packages: Packages, followed: Talking, proven: Callable[..., None]) -> None:
    heard = follow(packages, followed, "events.js", f"{followed.url}/graphql")
    rejected = ["BAD_USER_INPUT", "BAD_USER_INPUT", "FORBIDDEN", "BAD_USER_INPUT"]
    assert heard == [str(BEFORE), str(AFTER), VIEWER, *rejected]
    told = "the change, a query, 4 rejections without a retry"
    proven("graphql-sse", packages.version("graphql-sse"), told)


@pytest.mark.claim("Subscriptions over Apollo's multipart protocol report it too")
def test_multipart(packages: Packages, followed: Talking, proven: Callable[..., None]) -> None:
    heard = follow(packages, followed, "apollo.js", f"{followed.url}/graphql")
    assert heard == [str(BEFORE), str(AFTER)]
    proven("Apollo Client", packages.version("@apollo/client"), "the change")


@pytest.mark.claim("@defer and @stream over HTTP add up to the whole response")
def test_parts(packages: Packages, followed: Talking, proven: Callable[..., None]) -> None:
    results = json.loads(packages.run("parts.js", f"{followed.url}/graphql"))
    for name, came in results["found"].items():
        assert came["data"] == results["expected"], name
        assert came["steps"] > 1, name
    versions = (packages.version("@apollo/client"), packages.version("@urql/core"))
    proven("Apollo Client, urql", ", ".join(versions), "; ".join(results["found"]))
