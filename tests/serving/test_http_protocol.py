"""HTTP connections: deadlines, sizes, limits on connections, and ambiguous requests."""

import socket
import time
from collections.abc import Iterator

import pytest

from tests.support.clients import HEAD, Served, code, one, rest, serving, status
from tests.support.waiting import eventually

DEADLINE = 0.6
SLACK = 3.0  # seconds that a busy machine may add
CONNECTIONS = 20
CLOSE = HEAD + b"Connection: close\r\n"
POST = b"POST /body HTTP/1.1\r\nHost: erikti\r\n"


@pytest.fixture(scope="module")
def served(processes: None) -> Iterator[Served]:
    """A server with short deadlines."""
    with serving(
        header_seconds=DEADLINE,
        body_seconds=DEADLINE,
        idle_seconds=DEADLINE,
        write_seconds=DEADLINE,
        connections_per_address=CONNECTIONS,
    ) as found:
        yield found


@pytest.mark.parametrize(
    ("sent", "answered"),
    [
        (b"", 0),
        (b"\r\n\r\n", 0),
        (b"G", 408),
        (b"GET / HTTP/1.1\r\nHost: eri", 408),
        (POST + b"Content-Length: 5\r\n\r\n", 408),
        (POST + b"Content-Length: 5\r\n\r\n1234", 408),
        (POST + b"Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n", 408),
        (POST + b"Content-Length: 5\r\nExpect: 100-continue\r\n\r\n", 100),
    ],
)
def test_a_silent_client_is_closed_at_its_deadline(
    served: Served, sent: bytes, answered: int
) -> None:
    begun = time.monotonic()
    answer = served.say(sent)
    assert DEADLINE * 0.9 <= time.monotonic() - begun <= DEADLINE + SLACK
    assert status(answer) == answered
    if answered == 408:
        assert code(answer) == "REQUEST_TIMEOUT"
        assert b"connection: close" in answer


@pytest.mark.parametrize(
    "sent", [CLOSE + b"X: " + b"a" * 100, POST + b"Content-Length: 100\r\n\r\n" + b"a" * 99]
)
def test_sending_byte_by_byte_wins_no_time(served: Served, sent: bytes) -> None:
    begun = time.monotonic()
    with served.connect() as connection:
        for byte in sent[:-60]:
            connection.sendall(bytes([byte]))
        try:
            for byte in sent[-60:]:
                connection.sendall(bytes([byte]))
                time.sleep(DEADLINE / 10)
        except (BrokenPipeError, ConnectionResetError):
            pass
        answer = rest(connection)
    assert answer == b"" or status(answer) == 408
    assert time.monotonic() - begun <= DEADLINE + LINGERING + SLACK


LINGERING = 1.0


def test_a_kept_connection_is_closed_when_it_idles_and_the_next_request_has_its_own_time(
    served: Served,
) -> None:
    with served.connect() as connection:
        for number in range(4):
            time.sleep(DEADLINE / 2 if number else 0)  # then headers: longer than any deadline
            connection.sendall(HEAD)
            time.sleep(DEADLINE * 0.6)
            connection.sendall(b"\r\n")
            assert status(one(connection)) == 200
        begun = time.monotonic()
        assert rest(connection) == b""
        assert DEADLINE * 0.9 <= time.monotonic() - begun <= DEADLINE + SLACK


def test_a_slow_answer_has_no_deadline_of_the_socket(served: Served) -> None:
    answer = served.say(
        b"GET /wait?seconds=%.1f HTTP/1.1\r\nHost: e\r\nConnection: close\r\n\r\n" % (DEADLINE * 3)
    )
    assert answer.endswith(b"waited")


@pytest.mark.usefixtures("processes")
@pytest.mark.parametrize("size", [40_000, 5_000_000])
def test_a_client_that_does_not_read_is_cut_off(served: Served, size: int) -> None:
    before = served.state()
    with socket.socket() as connection:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
        connection.connect(("127.0.0.1", served.port))
        for _ in range(5):
            connection.sendall(b"GET /large?size=%d HTTP/1.1\r\nHost: e\r\n\r\n" % size)
        time.sleep(0.1)
        eventually(lambda: served.state()["sockets"] <= before["sockets"])
        assert served.state()["tasks"] <= before["tasks"]


def test_a_refused_client_cannot_stay(served: Served) -> None:
    before = served.state()
    with served.connect() as connection:
        connection.sendall(b"G")
        assert status(rest(connection)) == 408
        eventually(lambda: served.state()["sockets"] <= before["sockets"])


def test_an_answer_that_is_read_in_time_is_whole(served: Served) -> None:
    answer = served.say(b"GET /large?size=5000000 HTTP/1.1\r\nHost: e\r\nConnection: close\r\n\r\n")
    assert len(answer.partition(b"\r\n\r\n")[2]) == 5_000_000


def test_headers_are_taken_up_to_their_number_and_size(served: Served) -> None:
    many = CLOSE + b"X: y\r\n" * 62
    assert status(served.say(many + b"\r\n")) == 200
    refused = served.say(many + b"X: y\r\n\r\n")
    assert (status(refused), code(refused)) == (431, "HEADERS_TOO_LARGE")
    known = sum(len(line) + 2 for line in (b"host: erikti", b"connection: close", b"x: "))
    size = 16_384 - known
    for pause in (0, 0.02):
        for more, expected in ((0, 200), (1, 431)):
            head = CLOSE + b"X: " + b"a" * (size + more)
            answer = served.say(head[:9_000], head[9_000:] + b"\r\n\r\n", pause=pause)
            assert status(answer) == expected


def test_a_header_without_an_end_is_refused_before_it_is_kept(served: Served) -> None:
    peak = served.state()["peak"]
    sent = 0
    with served.connect() as connection:
        connection.sendall(CLOSE + b"X: ")
        try:
            for _ in range(1_000):
                sent += connection.send(b"a" * 50_000)
        except (BrokenPipeError, ConnectionResetError):
            pass
        answer = rest(connection)
    assert answer == b"" or status(answer) == 431
    assert served.state()["peak"] - peak <= 5_000


def test_a_url_is_taken_up_to_its_size(served: Served) -> None:
    for size, expected in ((8_192, 200), (8_193, 414)):
        url = b"/state?" + b"a" * (size - len(b"/state?"))
        answer = served.say(b"GET %s HTTP/1.1\r\nHost: e\r\nConnection: close\r\n\r\n" % url)
        assert status(answer) == expected


@pytest.mark.usefixtures("processes")
def test_an_address_has_its_connections_and_gets_each_of_them_back() -> None:
    """The deadlines are long, so that no connection expires during the test."""
    deadline = 6.0
    with serving(
        connections_per_address=CONNECTIONS, header_seconds=deadline, idle_seconds=deadline
    ) as served:
        for leave in (socket.socket.close, rest, _reset):
            held = [served.connect("127.0.0.2") for _ in range(CONNECTIONS)]
            held[-1].sendall(HEAD + b"\r\n")
            assert status(one(held[-1])) == 200
            begun = time.monotonic()
            with served.connect("127.0.0.2") as one_more:
                assert rest(one_more) == b""
            assert time.monotonic() - begun < deadline, "it is rejected at once"
            assert status(served.say(CLOSE + b"\r\n", source="127.0.0.3")) == 200
            for connection in held:
                leave(connection)
                connection.close()
            eventually(lambda: served.state("127.0.0.2")["pid"] > 0)


def _reset(connection: socket.socket) -> None:
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")


HOSTILE = {
    "nothing like HTTP": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n",
    "HTTP/2 preface": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "HTTP/0.9": b"GET /state\r\n\r\n",
    "HTTP/2.0 in words": b"GET /state HTTP/2.0\r\nHost: e\r\n\r\n",
    "no host": b"GET /state HTTP/1.1\r\n\r\n",
    "two hosts": b"GET /state HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
    "a tunnel": b"CONNECT e:80 HTTP/1.1\r\nHost: e\r\n\r\n",
    "length and coding": POST + b"Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "coding and length": POST + b"Transfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n0\r\n\r\n",
    "two lengths": POST + b"Content-Length: 3\r\nContent-Length: 4\r\n\r\nabcd",
    "the same length twice": POST + b"Content-Length: 3\r\nContent-Length: 3\r\n\r\nabc",
    "a list of lengths": POST + b"Content-Length: 3, 3\r\n\r\nabc",
    "a signed length": POST + b"Content-Length: +3\r\n\r\nabc",
    "a negative length": POST + b"Content-Length: -3\r\n\r\nabc",
    "a huge length": POST + b"Content-Length: 99999999999999999999999999\r\n\r\nabc",
    "a folded header": POST + b"X: a\r\n b\r\n\r\n",
    "space before the colon": POST + b"Content-Length : 3\r\n\r\nabc",
    "space before a header": b"POST /body HTTP/1.1\r\n Host: e\r\n\r\n",
    "bare line feeds": b"GET /state HTTP/1.1\nHost: e\n\n",
    "a bare carriage return": HEAD + b"X: a\rb\r\n\r\n",
    "a zero byte": HEAD + b"X: a\0b\r\n\r\n",
    "two codings": POST + b"Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
    "an unknown coding": POST + b"Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
    "a coding twice": POST
    + b"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "chunks in HTTP/1.0": b"POST /body HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "a chunk that overflows": POST + b"Transfer-Encoding: chunked\r\n\r\nFFFFFFFFFFFFFFFFF\r\n",
    "a chunk with a bare line feed": POST + b"Transfer-Encoding: chunked\r\n\r\n3\nabc\n0\n\n",
    "a chunk longer than told": POST + b"Transfer-Encoding: chunked\r\n\r\n3\r\nabcd\r\n0\r\n\r\n",
    "a header after the body": POST
    + b"Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\nX-Forwarded-Client-Cert: a\r\n\r\n",
    "another expectation": POST + b"Expect: miracles\r\nContent-Length: 3\r\n\r\nabc",
    "a path that is none": b"GET /\xff HTTP/1.1\r\nHost: e\r\n\r\n",
    "a second length after an offer": POST
    + b"Connection: Upgrade\r\nUpgrade: h2c\r\nContent-Length: 3\r\nContent-Length: 3\r\n\r\nabc",
}


@pytest.mark.parametrize("sent", HOSTILE.values(), ids=HOSTILE)
def test_what_could_mean_two_things_is_refused_and_the_connection_closed(
    served: Served, sent: bytes
) -> None:
    answer = served.say(sent + HEAD + b"\r\n")
    assert answer.count(b"HTTP/1.1 ") == 1, answer
    assert 400 <= status(answer) < 506
    assert status(answer) != 500
    assert b"connection: close" in answer
    assert code(answer)


def test_an_answer_before_the_end_of_the_body_is_the_last(served: Served) -> None:
    answer = served.say(b"POST /state HTTP/1.1\r\nHost: e\r\nContent-Length: 9\r\n\r\nabc")
    assert (answer.count(b"HTTP/1.1 "), status(answer)) == (1, 200)
    assert b"connection: close" in answer


def test_requests_in_a_row_are_answered_in_order(served: Served) -> None:
    first = b"GET /wait?seconds=0.2 HTTP/1.1\r\nHost: e\r\n\r\n"
    body = POST + b"Content-Length: 4\r\n\r\nabcd"
    answer = served.say(first + body, HEAD + b"Connection: close\r\n\r\n")
    assert answer.count(b"HTTP/1.1 200") == 3
    assert answer.index(b"waited") < answer.index(b"\r\n\r\n4") < answer.index(b'"pid"')


def test_the_answer_before_a_refused_request_is_given_first(served: Served) -> None:
    first = b"GET /wait?seconds=0.2 HTTP/1.1\r\nHost: e\r\n\r\n"
    for bad in (
        b"nonsense\r\n\r\n",
        POST + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"GET /sta",
    ):
        answer = served.say(first + bad)
        assert answer.startswith(b"HTTP/1.1 200")
        assert b"waitedHTTP/1.1 4" in answer


def test_a_row_of_requests_has_an_end(served: Served) -> None:
    first = b"GET /wait?seconds=0.2 HTTP/1.1\r\nHost: e\r\n\r\n"
    answer = served.say(first + (HEAD + b"\r\n") * 8 + CLOSE + b"\r\n")
    assert answer.count(b"HTTP/1.1 200") == 9
    assert answer.count(b"HTTP/1.1 400") == 1


def test_a_body_is_asked_for_only_where_it_will_be_taken(served: Served) -> None:
    head = POST + b"Expect: 100-continue\r\nConnection: close\r\n"
    with served.connect() as connection:
        connection.sendall(head + b"Content-Length: 3\r\n\r\n")
        assert status(one(connection)) == 100
        connection.sendall(b"abc")
        assert rest(connection).endswith(b"\r\n\r\n3")
    for size in (65_537, 262_145):
        assert status(served.say(head + b"Content-Length: %d\r\n\r\n" % size)) == 413
