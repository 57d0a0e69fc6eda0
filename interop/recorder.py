"""A recording proxy for a service."""

import http.client
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect
from websockets.sync.server import ServerConnection, serve
from websockets.typing import Subprotocol

PASSED = {"authorization", "x-purpose", "accept-language"}
HOP = {"connection", "keep-alive", "transfer-encoding", "host"}


@dataclass
class Recorder:
    """A proxy's and its target's address, and the recorded requests.

    These are headers, by lower-case names, and bodies.
    """

    url: str
    target: str
    requests: list[tuple[dict[str, str], Any]] = field(default_factory=list)

    @property
    def bodies(self) -> list[Any]:
        """Return the bodies of the requests, parsed from JSON."""
        return [body for _, body in self.requests]

    @property
    def headers(self) -> list[dict[str, str]]:
        """Return the headers of the requests."""
        return [headers for headers, _ in self.requests]

    def clear(self) -> None:
        """Discard the recorded requests."""
        self.requests.clear()


@contextmanager
def recording(target: str) -> Iterator[Recorder]:
    """Yield a proxy on loopback for the service at an address; responses are streamed."""
    address = urlsplit(target)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            payload = parse_qs(urlsplit(self.path).query)
            self._pass_on({name: value for name, (value,) in payload.items()}, None)

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            self._pass_on(json.loads(body), body)

        def _pass_on(self, payload: Any, body: bytes | None) -> None:
            headers = {name.lower(): value for name, value in self.headers.items()}
            recorder.requests.append((headers, payload))
            passed = {name: value for name, value in headers.items() if name not in HOP}
            there = http.client.HTTPConnection(address.netloc, timeout=60)
            try:
                there.request(self.command, self.path, body, passed)
                self._hand_on(there.getresponse())
            finally:
                there.close()

        def _hand_on(self, answer: http.client.HTTPResponse) -> None:
            self.send_response(answer.status)
            for name, value in answer.getheaders():
                if name.lower() not in HOP:
                    self.send_header(name, value)
            self.send_header("connection", "close")
            self.end_headers()
            with suppress(
                http.client.IncompleteRead, ConnectionError
            ):  # one side closed the connection
                while chunk := answer.read1(65536):
                    self.wfile.write(chunk)

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    recorder = Recorder(f"http://127.0.0.1:{server.server_port}{address.path}", target)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield recorder
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@contextmanager
def recording_sockets(target: str, protocol: str) -> Iterator[Recorder]:
    """Yield a proxy on loopback for a WebSocket; each message is recorded as a request."""
    address = urlsplit(target)._replace(scheme="ws").geturl()
    spoken = [Subprotocol(protocol)]

    def pass_on(client: ServerConnection) -> None:
        assert client.request is not None
        headers = {name.lower(): value for name, value in client.request.headers.raw_items()}
        passed = {name: value for name, value in headers.items() if name in PASSED}
        with connect(address, subprotocols=spoken, additional_headers=passed) as there:
            back = threading.Thread(target=hand_on, args=(there, client), daemon=True)
            back.start()
            with suppress(ConnectionClosed):  # one side closed the connection
                for message in client:
                    recorder.requests.append((headers, json.loads(message)))
                    there.send(message)
        back.join()

    def hand_on(there: ClientConnection, client: ServerConnection) -> None:
        with suppress(ConnectionClosed):
            for message in there:
                client.send(message)

    with serve(pass_on, "127.0.0.1", 0, subprotocols=spoken) as server:
        port = server.socket.getsockname()[1]
        recorder = Recorder(f"ws://127.0.0.1:{port}{urlsplit(target).path}", target)
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield recorder
    thread.join()
