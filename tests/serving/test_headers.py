"""Headers of every response, the Content-Security-Policy of the page, and separate metrics."""

import re
import socket
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from erikti.serving.headers import ON_EVERY_ANSWER
from tests.support.clients import rest, status
from tests.support.processes import environment, erikti, serving, started
from tests.support.talking import Talking, talking
from tests.support.waiting import PATIENCE

pytestmark = pytest.mark.usefixtures("processes")

CLOSE = b"Host: e\r\nConnection: close\r\n"
UPGRADE = (
    b"Host: e\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
    b"Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n"
)
ORIGIN = b"Origin: https://dashboard.example\r\n"
SENT = {
    "an answer": (200, b"GET /graphql?query={regions{code}} HTTP/1.1\r\n" + CLOSE),
    "HEAD": (200, b"HEAD /graphql?query={regions{code}} HTTP/1.1\r\n" + CLOSE),
    "the methods": (204, b"OPTIONS /graphql HTTP/1.1\r\n" + CLOSE),
    "the page": (200, b"GET /graphql HTTP/1.1\r\nAccept: text/html\r\n" + CLOSE),
    "a file of it": (200, b"GET /graphiql/graphiql.min.css HTTP/1.1\r\n" + CLOSE),
    "the root": (307, b"GET / HTTP/1.1\r\n" + CLOSE),
    "liveness": (200, b"GET /healthz/live HTTP/1.1\r\n" + CLOSE),
    "metrics": (200, b"GET /metrics HTTP/1.1\r\n" + CLOSE),
    "no such path": (404, b"GET /nowhere HTTP/1.1\r\n" + CLOSE),
    "no such method": (405, b"PUT /graphql HTTP/1.1\r\n" + CLOSE),
    "a bad token": (401, b"GET /graphql?query={a} HTTP/1.1\r\nAuthorization: Bearer a\r\n" + CLOSE),
    "a preflight": (
        200,
        b"OPTIONS /graphql HTTP/1.1\r\nAccess-Control-Request-Method: POST\r\n" + ORIGIN + CLOSE,
    ),
    "a refused preflight": (
        400,
        b"OPTIONS /graphql HTTP/1.1\r\nAccess-Control-Request-Method: PUT\r\n" + ORIGIN + CLOSE,
    ),
    "not HTTP": (400, b"\x16\x03\x01\r\n"),
    "no host": (400, b"GET / HTTP/1.1\r\n"),
    "a long URL": (414, b"GET /%s HTTP/1.1\r\n" % (b"a" * 9_000) + CLOSE),
    "a socket elsewhere": (403, b"GET /nowhere HTTP/1.1\r\n" + UPGRADE),
    "a socket without a version": (
        400,
        b"GET /graphql HTTP/1.1\r\n" + UPGRADE.replace(b"Version: 13", b"Version: 7"),
    ),
    "a socket with a long line": (
        400,
        b"GET /graphql HTTP/1.1\r\nX: %s\r\n" % (b"a" * 8_190) + UPGRADE,
    ),
}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Talking]:
    """A server without data that accepts requests from pages of one other origin."""
    folder = tmp_path_factory.mktemp("data")
    assert erikti("migrate", ERIKTI_DATA=str(folder)).returncode == 0
    with talking(folder, ERIKTI_CORS_ORIGINS="https://dashboard.example") as found:
        yield found


@pytest.mark.parametrize(("expected", "sent"), SENT.values(), ids=SENT)
def test_every_answer_has_the_headers_that_bind_browsers(
    server: Talking, expected: int, sent: bytes
) -> None:
    with server.connect() as connection:
        connection.sendall(sent + b"\r\n")
        head = rest(connection).partition(b"\r\n\r\n")[0]
    assert status(head) == expected, head
    lines = [line.lower() for line in head.decode().split("\r\n")]
    for name, value in ON_EVERY_ANSWER:
        assert lines.count(f"{name}: {value}") == 1, head


async def test_an_accepted_socket_has_them_too(server: Talking) -> None:
    async with server.bare() as opened:
        assert opened.response is not None
        for name, value in ON_EVERY_ANSWER:
            assert opened.response.headers.get_all(name) == [value]


async def test_the_page_runs_nothing_that_it_does_not_name(server: Talking) -> None:
    async with server.client() as client:
        pages = [await client.get("/graphql", headers={"Accept": "text/html"}) for _ in range(2)]
    nonces = set()
    for page in pages:
        policies = page.headers.get_list("content-security-policy")
        (policy,) = [found for found in policies if "script-src" in found]
        assert "unsafe" not in policy
        parts = dict(part.strip().split(" ", 1) for part in policy.split(";"))
        (nonce,) = re.findall(r"'nonce-([\w-]{40,})'", parts["script-src"])
        assert parts["script-src"] == parts["style-src"] == f"'self' 'nonce-{nonce}'"
        assert parts["default-src"] == "'self'"
        nonces.add(nonce)
        inline = re.findall(r"<(?:script|style)(?![^>]*\ssrc=)([^>]*)>", page.text)
        assert inline == [f' nonce="{nonce}"'] * 2
        assert not re.findall(r"<[^>]*\s(?:style|on\w+)=", page.text)
    assert len(nonces) == 2


@pytest.fixture
def port() -> int:
    """Return an unused port."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        found: int = free.getsockname()[1]
        return found


PRODUCTION = {"ERIKTI_PRODUCTION": "on", "ERIKTI_OIDC_ISSUER": "https://id.example"}


@pytest.mark.parametrize("mode", [{}, PRODUCTION], ids=["trying out", "production"])
def test_metrics_are_at_an_address_of_their_own_and_nothing_else_is(
    tmp_path: Path, port: int, mode: dict[str, str]
) -> None:
    address = f"127.0.0.1:{port}"
    with serving(ERIKTI_DATA=str(tmp_path), ERIKTI_METRICS=address, **mode) as (client, _):
        assert client.get("/metrics").status_code == 404
        assert client.get("/metrics", headers={"Host": address}).status_code == 404
        with httpx.Client(base_url=f"http://{address}", timeout=PATIENCE) as own:
            found = own.get("/metrics")
            assert (found.status_code, found.headers["x-content-type-options"]) == (200, "nosniff")
            assert "erikti_response_cache_hits 0\n" in found.text
            for path in ("/", "/graphql?query={a}", "/healthz/live", "/graphiql/style.css"):
                assert own.get(path).status_code == 404
            assert own.post("/graphql", json={"query": "{regions{code}}"}).status_code == 404
        with socket.create_connection(("127.0.0.1", port), timeout=PATIENCE) as connection:
            connection.sendall(b"GET /graphql HTTP/1.1\r\n" + UPGRADE + b"\r\n")
            assert status(rest(connection)) == 403


def test_in_production_metrics_are_at_no_public_address(tmp_path: Path) -> None:
    with serving(ERIKTI_DATA=str(tmp_path), **PRODUCTION) as (client, _):
        assert client.get("/metrics").status_code == 404
    # A database that was served with a provider is no demo.
    with serving(ERIKTI_DATA=str(tmp_path / "demo")) as (client, _):
        assert client.get("/metrics").status_code == 200


def test_an_address_of_metrics_that_is_taken_is_named(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        number = taken.getsockname()[1]
        variables = {"ERIKTI_METRICS": f"127.0.0.1:{number}", "PORT": "0"}
        found = started.python(
            *("-m", "erikti", "serve"), env=environment(ERIKTI_DATA=str(tmp_path), **variables)
        )
    assert found.returncode == 1
    assert f"ERIKTI_METRICS: cannot listen at port {number}: Address already in use" in found.stderr
