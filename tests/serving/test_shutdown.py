"""Shutdown: in limited time, with a response to every accepted request."""

import socket
import threading
import time

import psutil
import pytest

from erikti.serving.supervisor import listen, open_no_more
from tests.support.clients import HEAD, Served, one, rest, serving, status
from tests.support.processes import started
from tests.support.waiting import eventually

pytestmark = pytest.mark.usefixtures("processes")

GRACE = 6.0
BODY = b"POST /body HTTP/1.1\r\nHost: e\r\nContent-Length: 5\r\n\r\n"
WAIT = b"GET /wait?seconds=1 HTTP/1.1\r\nHost: e\r\n\r\n"


@pytest.mark.parametrize("workers", [1, 2])
def test_what_was_accepted_is_answered_and_the_rest_closed(workers: int) -> None:
    with serving(
        workers, commands=started, grace_seconds=GRACE, idle_seconds=60, drain_seconds=0.5
    ) as served:
        idle, waiting, sending = (served.connect() for _ in range(3))
        idle.sendall(HEAD + b"\r\n")
        assert status(one(idle)) == 200
        waiting.sendall(WAIT)
        sending.sendall(BODY + b"abc")
        time.sleep(0.2)
        ended = threading.Thread(target=served.stop)
        ended.start()
        begun = time.monotonic()
        assert rest(idle) == b""
        assert time.monotonic() - begun < GRACE / 2, "an idle connection is closed at once"
        sending.sendall(b"de")
        assert rest(sending).endswith(b"\r\n\r\n5")
        answer = rest(waiting)
        assert answer.endswith(b"waited")
        assert b"connection: close" in answer
        ended.join()
        assert served.process.returncode == 0
        for connection in (idle, waiting, sending):
            connection.close()


def test_readiness_says_no_while_connections_are_still_taken() -> None:
    with serving(commands=started, grace_seconds=GRACE, drain_seconds=2) as served:
        kept = served.connect()
        kept.sendall(HEAD + b"\r\n")
        assert b'"draining":false' in one(kept)
        ended = threading.Thread(target=served.stop)
        ended.start()
        eventually(lambda: served.state()["draining"] is True)
        answer = served.say(HEAD + b"\r\n")  # a connection that would be kept at other times
        assert b"connection: close" in answer
        kept.sendall(HEAD + b"\r\n")
        assert b'"draining":true' in rest(kept)
        kept.close()
        ended.join()
        with pytest.raises(ConnectionRefusedError):
            served.connect()


def test_nobody_opens_a_connection_to_a_socket_about_to_close() -> None:
    with listen("127.0.0.1", 0) as listener:
        address = listener.getsockname()
        with socket.create_connection(address) as waiting:
            open_no_more(listener)
            with pytest.raises(TimeoutError):
                socket.create_connection(address, timeout=0.5)
            waiting.sendall(b"heard")
            with listener.accept()[0] as accepted:
                assert accepted.recv(9) == b"heard"
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(address)


def test_who_came_at_the_end_has_time_to_say_what_for() -> None:
    with (
        serving(commands=started, grace_seconds=GRACE, drain_seconds=0.5) as served,
        served.connect() as late,
        served.connect() as silent,
    ):
        ended = threading.Thread(target=served.stop)
        ended.start()
        time.sleep(0.8)
        late.sendall(HEAD + b"\r\n")
        assert status(one(late)) == 200
        assert rest(silent) == b""
        ended.join()
        assert served.process.returncode == 0


@pytest.mark.parametrize("workers", [1, 2])
def test_it_ends_in_time_whatever_clients_do(workers: int) -> None:
    with serving(
        workers,
        commands=started,
        grace_seconds=GRACE,
        header_seconds=60,
        body_seconds=60,
        write_seconds=60,
        idle_seconds=60,
    ) as served:
        held = [served.connect() for _ in range(50)]
        for number, connection in enumerate(held):
            connection.sendall(
                (b"GET /st", BODY + b"a", b"", WAIT.replace(b"=1", b"=99"))[number % 4]
            )
        greedy = socket.socket()
        greedy.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
        greedy.connect(("127.0.0.1", served.port))
        greedy.sendall(b"GET /large?size=50000000 HTTP/1.1\r\nHost: e\r\n\r\n")
        time.sleep(0.3)
        code, seconds = served.stop()
        assert code == 0, "it ends by itself, before it would be killed"
        assert seconds <= GRACE + 1
        for connection in (*held, greedy):
            connection.close()


def _ended(process: int) -> bool:
    try:
        return psutil.Process(process).status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


@pytest.mark.parametrize("alone", [False, True])
def test_an_application_that_does_not_end_is_ended(alone: bool) -> None:
    with serving(commands=started, grace_seconds=3, extra={"HANGS": "yes"}) as served:
        worker = served.state()["pid"]
        if alone:
            served.process.kill()
            served.process.wait()
        else:
            _, seconds = served.stop()
            assert 2 <= seconds <= 4.5
        eventually(lambda: _ended(worker))


def test_a_process_that_stands_still_does_not_stop_the_end() -> None:
    with serving(commands=started, grace_seconds=3, stall_seconds=60) as served:
        connection = served.connect()
        connection.sendall(b"GET /stall?seconds=90 HTTP/1.1\r\nHost: e\r\n\r\n")
        time.sleep(0.2)
        code, seconds = served.stop()
        assert code == 1
        assert seconds <= 4.5
        connection.close()


@pytest.mark.parametrize("workers", [1, 2])
def test_no_request_is_lost_under_load(workers: int) -> None:
    lost: list[bytes] = []
    answered: list[int] = []

    def ask(served: Served) -> None:
        while True:
            try:
                connection = served.connect()
            except OSError:
                return  # it no longer listens: nothing was accepted
            with connection:
                while True:
                    try:
                        connection.sendall(HEAD + b"\r\n")
                        answer = one(connection)
                    except OSError as error:
                        answer = str(error).encode()
                    if not answer.startswith(b"HTTP/1.1 200"):
                        lost.append(answer)
                        return
                    answered.append(1)
                    if b"connection: close" in answer:
                        break

    with serving(workers, commands=started, grace_seconds=GRACE, drain_seconds=0.5) as served:
        clients = [threading.Thread(target=ask, args=(served,)) for _ in range(16)]
        for client in clients:
            client.start()
        time.sleep(1)
        before = len(answered)
        served.stop()
        for client in clients:
            client.join()
    assert before > 100
    assert not lost, lost
