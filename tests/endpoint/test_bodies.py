"""Bodies: limited while they are read, and accepted only as plain JSON."""

import json
import time
from collections.abc import Iterator

import pytest

from erikti.endpoint.bodies import query_parameters, strict_json
from erikti.errors import RequestError
from erikti.guard.limits import Limits
from tests.support.clients import Served, code, rest, serving, status
from tests.support.malformed import FORMS, MALFORMED
from tests.support.waiting import eventually

LIMITS = Limits()
BOUND = LIMITS.body_bytes
CHUNKED = b"Transfer-Encoding: chunked\r\n"
KIBIBYTES = 5_000  # that a hostile body may cost
PLAIN = b"Content-Type: application/json\r\n"


@pytest.fixture(scope="module")
def served(processes: None) -> Iterator[Served]:
    """A server with the default limits."""
    with serving() as found:
        yield found


def post(path: bytes, *lines: bytes) -> bytes:
    """Return the headers of a request that closes the connection."""
    head = b"POST %s HTTP/1.1\r\nHost: erikti\r\nConnection: close\r\n" % path
    return head + b"".join(lines) + b"\r\n"


def length(size: int) -> bytes:
    """Return the header Content-Length."""
    return b"Content-Length: %d\r\n" % size


@pytest.mark.parametrize(
    ("size", "expected"), [(0, 200), (BOUND - 1, 200), (BOUND, 200), (BOUND + 1, 413)]
)
def test_a_body_is_taken_up_to_its_bound(served: Served, size: int, expected: int) -> None:
    body = b"a" * size
    told = served.say(post(b"/body", length(size)) + body)
    assert status(told) == expected
    chunks = b"".join(
        b"%x\r\n%s\r\n" % (len(part), part)
        for part in (body[start : start + 1_000] for start in range(0, size, 1_000))
    )
    untold = served.say(post(b"/body", CHUNKED) + chunks + b"0\r\n\r\n")
    assert status(untold) == expected
    for answer in (told, untold):
        if expected == 200:
            assert answer.endswith(b"\r\n\r\n%d" % size)
        else:
            assert code(answer) == "BODY_TOO_LARGE"


def test_a_length_beyond_the_bound_is_refused_before_the_body(served: Served) -> None:
    beyond = LIMITS.bulk_body_bytes + 1
    for path, size in ((b"/body", BOUND + 1), (b"/body", 200_000_000), (b"/state", beyond)):
        begun = time.monotonic()
        assert status(served.say(post(path, length(size)))) == 413
        assert time.monotonic() - begun < 3


@pytest.mark.parametrize("told", [True, False])
@pytest.mark.parametrize(
    ("path", "expected"),
    [(b"/body", [413]), (b"/plain", [413, 415]), (b"/state", [200, 413]), (b"/none", [404, 413])],
)
def test_200_megabytes_are_refused_in_little_memory(
    served: Served, path: bytes, expected: list[int], told: bool
) -> None:
    peak = served.state()["peak"]
    part = b"a" * 100_000
    chunk = part if told else b"%x\r\n%s\r\n" % (len(part), part)
    sent = 0
    with served.connect() as connection:
        kind = length(200_000_000) if told else CHUNKED
        connection.sendall(post(path, kind))
        try:
            for _ in range(2_000):
                connection.sendall(chunk)
                sent += len(part)
        except (BrokenPipeError, ConnectionResetError):
            pass
        answer = rest(connection)
    assert sent < 20_000_000
    # A client that is cut off while it sends may not come to read why.
    assert status(answer) in (0, *expected)
    assert served.state()["peak"] - peak <= KIBIBYTES


def test_a_client_that_disconnects_within_a_body_costs_nothing(served: Served) -> None:
    gone = served.state()["seen"].count("gone")
    with served.connect() as connection:
        connection.sendall(post(b"/body", length(10)) + b"abc")
    assert served.state()["seen"].count("gone") in (gone, gone + 1)
    eventually(lambda: served.state()["seen"].count("gone") == gone + 1)
    assert "Traceback" not in served.written()


@pytest.mark.parametrize("body", MALFORMED.values(), ids=MALFORMED)
def test_json_that_is_not_plain_is_refused(served: Served, body: bytes) -> None:
    answer = served.say(post(b"/plain", PLAIN, length(len(body))) + body)
    assert (status(answer), code(answer)) == (400, "BAD_REQUEST")
    assert "Traceback" not in served.written()


@pytest.mark.parametrize("kind", FORMS.values(), ids=FORMS)
def test_another_kind_of_body_is_refused(served: Served, kind: bytes) -> None:
    answer = served.say(post(b"/plain", b"Content-Type: %s\r\n" % kind, length(2)) + b"{}")
    assert (status(answer), code(answer)) == (415, "UNSUPPORTED_MEDIA_TYPE")


@pytest.mark.parametrize("lines", [b"", PLAIN * 2, PLAIN + b"Content-Encoding: gzip\r\n"])
def test_duplicate_content_types_and_content_codings_are_rejected(
    served: Served, lines: bytes
) -> None:
    answer = served.say(post(b"/plain", lines, length(2)) + b"{}")
    assert (status(answer), code(answer)) == (415, "UNSUPPORTED_MEDIA_TYPE")


@pytest.mark.parametrize(
    "kind",
    [
        b"application/json",
        b"APPLICATION/JSON",
        b"application/json;charset=utf-8",
        b'application/json; Charset="UTF-8"',
    ],
)
def test_plain_json_is_taken_as_it_is(served: Served, kind: bytes) -> None:
    given = {
        "query": "{ a(b: 1) }",
        "variables": {"x": [1, -1.5, None, "Қазақ 😀"], "y": 2**63 - 1},
    }
    for ascii_only in (True, False):
        body = json.dumps(given, ensure_ascii=ascii_only).encode()
        head = post(b"/plain", b"Content-Type: %s\r\n" % kind, length(len(body)))
        answer = served.say(head + b"", body, pause=0.02)
        assert status(answer) == 200
        assert json.loads(answer.partition(b"\r\n\r\n")[2]) == given


def test_json_is_taken_up_to_its_depth() -> None:
    assert strict_json(b'{"a":' * 50 + b"1" + b"}" * 50, 50)
    assert strict_json(b'{"a":' + b"[" * 49 + b"]" * 49 + b"}", 50)
    with pytest.raises(RequestError, match="50 levels"):
        strict_json(b'{"a":' * 51 + b"1" + b"}" * 51, 50)


@pytest.mark.parametrize(
    "query",
    [
        b"query=%",
        b"query=%4",
        b"query=%zz",
        b"query=%ff",
        b"query=%ed%a0%80",
        b"a=\xff",
        b"a=1&a=2",
    ],
)
def test_a_url_that_is_not_plain_is_refused(query: bytes) -> None:
    with pytest.raises(RequestError) as caught:
        query_parameters(query, LIMITS)
    assert caught.value.status == 400


def test_a_url_is_read_up_to_its_size() -> None:
    found = query_parameters(
        b"query=%7Ba%7D&variables=%7B%22x%22%3A%22%D2%9B+1%22%7D&empty=", LIMITS
    )
    assert found == {"query": "{a}", "variables": '{"x":"қ 1"}', "empty": ""}
    size = LIMITS.url_bytes - 2
    assert query_parameters(b"a=" + b"b" * size, LIMITS)["a"] == "b" * size
    with pytest.raises(RequestError) as caught:
        query_parameters(b"a=" + b"b" * (size + 1), LIMITS)
    assert caught.value.status == 414
