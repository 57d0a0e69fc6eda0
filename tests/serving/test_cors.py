"""Pages of other origins: what they may send, and that they can read why it was rejected."""

from collections.abc import Iterator

import pytest

from tests.support.clients import rest, status
from tests.support.processes import erikti
from tests.support.talking import Talking, talking

pytestmark = pytest.mark.usefixtures("processes")

PAGE = "https://dashboard.example"
# What each library adds to the requests of a page, by its documentation.
LIBRARIES = {
    "Apollo Client": "apollographql-client-name, apollographql-client-version, content-type",
    "Apollo, by GET": "apollo-require-preflight, x-apollo-operation-name",
    "Apollo iOS and Kotlin": "X-APOLLO-OPERATION-ID, X-APOLLO-OPERATION-TYPE",
    "Sentry": "baggage, sentry-trace",
    "Datadog": "x-datadog-origin, x-datadog-parent-id, x-datadog-sampling-priority, "
    "x-datadog-trace-id, tracestate, traceparent, b3",
    "OpenTelemetry": "traceparent, tracestate, baggage, b3, x-b3-traceid, x-b3-spanid, x-b3-sampled",
    "graphql-sse": "accept, authorization, content-type, x-graphql-event-stream-token",
    "EventSource": "cache-control, last-event-id",
    "a page of ours": "authorization, x-purpose, x-request-id, if-none-match, accept-language",
    "the setting": "x-tenant",
}
LONG = b"a" * 9_000
REFUSED = {
    "no HTTP": (400, b"nonsense\r\n%b\r\n"),
    "a repeated header": (400, b"GET /graphql HTTP/1.1\r\n%bHost: f\r\n\r\n"),
    "late headers": (408, b"GET /graphql HTTP/1.1\r\n%bX: a\r\n"),
    "a late body": (
        408,
        b"POST /graphql HTTP/1.1\r\n%bContent-Type: application/json\r\nContent-Length: 9\r\n\r\n",
    ),
    "a large body": (413, b"POST /graphql HTTP/1.1\r\n%bContent-Length: 2000000\r\n\r\n"),
    "large chunks": (
        413,
        b"POST /graphql HTTP/1.1\r\n%bContent-Type: application/json\r\n"
        b"Transfer-Encoding: chunked\r\n\r\n13880\r\n" + b"a" * 80_000 + b"\r\n0\r\n\r\n",
    ),
    "another expectation": (417, b"POST /graphql HTTP/1.1\r\n%bExpect: miracles\r\n\r\n"),
    "large headers": (
        431,
        b"GET /graphql HTTP/1.1\r\n%bA: " + LONG + b"\r\nB: " + LONG + b"\r\n\r\n",
    ),
    "a spent budget": (429, b"GET /graphql?query={regions{code}} HTTP/1.1\r\n%b\r\n"),
}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Talking]:
    """A server without data for pages of one other origin; its limits are easily exceeded."""
    folder = tmp_path_factory.mktemp("data")
    assert erikti("migrate", ERIKTI_DATA=str(folder)).returncode == 0
    limits = {"ERIKTI_LIMIT_HEADER_SECONDS": "0.6", "ERIKTI_LIMIT_BODY_SECONDS": "0.6"}
    cors = {"ERIKTI_CORS_ORIGINS": PAGE, "ERIKTI_CORS_HEADERS": "X-Tenant"}
    with talking(folder, ERIKTI_LIMIT_PUBLIC_BUDGET="1", **limits, **cors) as found:
        yield found


@pytest.mark.parametrize("names", LIBRARIES.values(), ids=LIBRARIES)
async def test_a_preflight_allows_what_libraries_send(server: Talking, names: str) -> None:
    asked = {"access-control-request-method": "POST", "access-control-request-headers": names}
    async with server.client() as client:
        found = await client.options("/graphql", headers=asked | {"origin": PAGE})
    assert found.status_code == 200, found.text
    assert found.headers["access-control-allow-origin"] == PAGE
    allowed = found.headers["access-control-allow-headers"].lower().split(", ")
    assert {name.strip().lower() for name in names.split(",")} <= set(allowed)


async def test_a_preflight_rejects_other_headers_and_origins(server: Talking) -> None:
    asked = {"access-control-request-method": "POST", "origin": PAGE}
    async with server.client() as client:
        for other in (
            {"access-control-request-headers": "x-forwarded-for"},
            {"access-control-request-method": "DELETE"},
            {"origin": "https://other.example"},
        ):
            found = await client.options("/graphql", headers=asked | other)
            assert found.status_code == 400
            assert found.text.startswith("Disallowed CORS")


def lines(server: Talking, sent: bytes, origin: str) -> tuple[int, list[str]]:
    """The status of a response and its lines."""
    headers = b"Host: e\r\nOrigin: %b\r\n" % origin.encode()
    with server.connect() as connection:
        connection.sendall(sent % headers)
        head = rest(connection).partition(b"\r\n\r\n")[0]
    return status(head), [line.lower() for line in head.decode().split("\r\n")]


@pytest.mark.parametrize(("expected", "sent"), REFUSED.values(), ids=REFUSED)
def test_a_page_can_read_why_its_request_was_rejected(
    server: Talking, expected: int, sent: bytes
) -> None:
    if expected == 429:  # the first query spends the budget
        lines(server, sent, PAGE)
    found, head = lines(server, sent, PAGE)
    assert found == expected, head
    known = [line for line in head if line.startswith("access-control-allow-origin")]
    if not sent.startswith(b"nonsense"):  # no header arrived
        assert known == [f"access-control-allow-origin: {PAGE}"]
    assert "origin" in next(line for line in head if line.startswith("vary:"))


@pytest.mark.parametrize(("expected", "sent"), REFUSED.values(), ids=REFUSED)
def test_no_page_of_another_origin_can(server: Talking, expected: int, sent: bytes) -> None:
    found, head = lines(server, sent, "https://other.example")
    assert found == expected
    assert not [line for line in head if line.startswith("access-control-allow-origin")]


def test_any_page_can_if_the_setting_says_so(server: Talking) -> None:
    with talking(server.data, ERIKTI_CORS_ORIGINS="*") as found:
        answered, head = lines(found, REFUSED["large headers"][1], "https://other.example")
    assert answered == 431
    assert "access-control-allow-origin: *" in head
