"""Requests that offer another protocol, as captured from HTTP clients: answered as they are."""

import json
from collections.abc import Iterator

import pytest

from tests.support.clients import HEAD, Served, one, rest, serving, status
from tests.support.processes import erikti
from tests.support.talking import Talking, talking

pytestmark = pytest.mark.usefixtures("processes")

QUERY = b'{"query":"{ __typename }"}'
H2C = (
    b"Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\n"
    b"HTTP2-Settings: AAEAAEAAAAIAAAAAAAMAAAAAAAQBAAAAAAUAAEAAAAYABgAA\r\n"
)
# java.net.http.HttpClient of JDK 17, HttpClient.newHttpClient(): headers and body are two writes.
JDK = (
    b"POST /graphql HTTP/1.1\r\nConnection: Upgrade, HTTP2-Settings\r\n%bHost: 127.0.0.1:8000\r\n"
    b"HTTP2-Settings: AAEAAEAAAAIAAAAAAAMAAAAAAAQBAAAAAAUAAEAAAAYABgAA\r\n%b"
    b"Upgrade: h2c\r\nUser-Agent: Java-http-client/17.0.19\r\nContent-Type: application/json\r\n\r\n"
)
JDK_POST = JDK % (b"Content-Length: 26\r\n", b"")
JDK_STREAM = JDK % (b"", b"Transfer-encoding: chunked\r\n")
JDK_GET = (
    b"GET /graphql?query=%7B__typename%7D HTTP/1.1\r\n"
    b"Connection: Upgrade, HTTP2-Settings\r\nHost: 127.0.0.1:8000\r\n"
    b"HTTP2-Settings: AAEAAEAAAAIAAAAAAAMAAAAAAAQBAAAAAAUAAEAAAAYABgAA\r\n"
    b"Upgrade: h2c\r\nUser-Agent: Java-http-client/17.0.19\r\n\r\n"
)
# System.Net.Http.HttpClient: PostAsync(StringContent) and PostAsJsonAsync, whose length is unknown.
DOTNET = (
    b"POST /graphql HTTP/1.1\r\nHost: 127.0.0.1:8000\r\n"
    b"traceparent: 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00\r\n"
    b"Content-Type: application/json; charset=utf-8\r\n"
)
# PHP 8.2: curl_exec with CURLOPT_POSTFIELDS, also for HTTP/2, and file_get_contents.
PHP = b"POST /graphql HTTP/1.1\r\nHost: 127.0.0.1:8000\r\nAccept: */*\r\n"
PHP_TYPE = b"Content-Type: application/json\r\nContent-Length: 26\r\n\r\n"
PHP_STREAM = (
    b"POST /graphql HTTP/1.1\r\nHost: 127.0.0.1:8000\r\nConnection: close\r\n"
    b"Content-Length: 26\r\nContent-Type: application/json\r\nAccept: application/json\r\n\r\n"
)
CHUNKS = (b"1a\r\n" + QUERY + b"\r\n", b"0\r\n\r\n")
CAPTURED = {
    "JDK, a text": (JDK_POST, QUERY),
    "JDK, a kept connection": (JDK_POST + QUERY,),
    "JDK, a stream": (JDK_STREAM, *CHUNKS),
    "JDK, GET": (JDK_GET,),
    ".NET, a text": (DOTNET + b"Content-Length: 26\r\n\r\n", QUERY),
    ".NET, JSON": (DOTNET + b"Transfer-Encoding: chunked\r\n\r\n", *CHUNKS),
    "PHP, curl": (PHP + PHP_TYPE + QUERY,),
    "PHP, curl for HTTP/2": (PHP + H2C + PHP_TYPE + QUERY,),
    "PHP, a stream": (PHP_STREAM + QUERY,),
    "TLS": (PHP + b"Connection: Upgrade\r\nUpgrade: TLS/1.0\r\n" + PHP_TYPE, QUERY),
    "byte by byte": tuple(bytes([byte]) for byte in JDK_POST + QUERY),
}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Talking]:
    """A server without data."""
    folder = tmp_path_factory.mktemp("data")
    assert erikti("migrate", ERIKTI_DATA=str(folder)).returncode == 0
    with talking(folder) as found:
        yield found


@pytest.fixture(scope="module")
def served() -> Iterator[Served]:
    """A server that reports what it got."""
    with serving(body_seconds=0.6, header_bytes=2_000) as found:
        yield found


@pytest.mark.parametrize("parts", CAPTURED.values(), ids=CAPTURED)
def test_requests_of_http_clients_are_answered(server: Talking, parts: tuple[bytes, ...]) -> None:
    with server.connect() as connection:
        for _ in range(1 if b"Connection: close" in parts[0] else 3):
            for part in parts:
                connection.sendall(part)
            head, _, body = one(connection).partition(b"\r\n\r\n")
            assert status(head) == 200
            assert json.loads(body)["data"] == {"__typename": "Query"}


async def test_a_websocket_is_still_opened_on_either_path(server: Talking) -> None:
    for path in ("/graphql", "/graphql/"):
        async with server.bare(path) as socket:
            assert socket.subprotocol == "graphql-transport-ws"


def test_the_application_sees_no_offer_and_the_rest_as_it_was_sent(served: Served) -> None:
    asked = (
        HEAD + b"X-Other: a\r\nConnection: Upgrade , close,HTTP2-Settings\r\nUpgrade: h2c\r\n\r\n"
    )
    answer = served.say(asked)
    headers = json.loads(answer.partition(b"\r\n\r\n")[2])["headers"]
    assert headers == [["host", "erikti"], ["x-other", "a"], ["connection", "close"]]


def test_requests_in_a_row_are_answered_in_order_though_each_offers(served: Served) -> None:
    first = b"GET /wait?seconds=0.2 HTTP/1.1\r\nHost: e\r\n" + H2C + b"\r\n"
    body = b"POST /body HTTP/1.1\r\nHost: e\r\n" + H2C + b"Content-Length: 4\r\n\r\nabcd"
    last = HEAD + b"Connection: close\r\n\r\n"
    for answer in (served.say(first + body + last), served.say(first, body, last, pause=0.05)):
        assert answer.count(b"HTTP/1.1 200") == 3
        assert answer.index(b"waited") < answer.index(b"\r\n\r\n4") < answer.index(b'"pid"')


def test_an_offer_changes_no_limit(served: Served) -> None:
    post = b"POST /body HTTP/1.1\r\nHost: e\r\n" + H2C
    assert status(served.say(post + b"Content-Length: 5\r\n\r\n123")) == 408
    assert status(served.say(post + b"Content-Length: 262145\r\n\r\n")) == 413
    assert status(served.say(post + b"X: %b\r\n\r\n" % (b"a" * 2_000))) == 431
    assert status(served.say(post + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n")) == 400
    twice = (
        b"Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET / HTTP/1.1\r\n\r\n"
    )
    answer = served.say(post + twice)
    assert (status(answer), answer.count(b"HTTP/1.1 ")) == (400, 1)


def test_a_tunnel_is_not_opened(served: Served) -> None:
    answer = served.say(b"CONNECT /state HTTP/1.1\r\nHost: e\r\n\r\n" + HEAD + b"\r\n")
    assert (status(answer), answer.count(b"HTTP/1.1 ")) == (405, 1)
    with served.connect() as connection:
        connection.sendall(b"CONNECT erikti.example:443 HTTP/1.1\r\nHost: e\r\n\r\n")
        assert status(rest(connection)) == 400
