"""Responses of the socket layer to requests that never reach the application."""

from collections.abc import Collection, Iterable

from uvicorn.protocols.http.httptools_impl import STATUS_LINE

from erikti.errors import RequestError
from erikti.serving.headers import LINES_ON_EVERY_ANSWER


def refused(error: RequestError, cors: bytes) -> bytes:
    """Return the whole HTTP response; ``cors`` are its lines for pages of other origins."""
    body = error.body()
    return b"".join(
        (
            STATUS_LINE[error.status],
            LINES_ON_EVERY_ANSWER,
            cors,
            b"content-type: application/json\r\ncache-control: no-store\r\n",
            b"connection: close\r\ncontent-length: %d\r\n\r\n" % len(body),
            body,
        )
    )


def cors_lines(origins: Collection[str], headers: Iterable[tuple[bytes, bytes]]) -> bytes:
    """Return the header lines that let a page of an allowed origin read a response.

    ``headers`` are those of the request that arrived so far.
    """
    if "*" in origins:
        return b"access-control-allow-origin: *\r\n"
    if not origins:
        return b""
    given = next((value for name, value in headers if name == b"origin"), b"")
    if given.decode("latin-1") not in origins:
        return b"vary: Origin\r\n"
    return b"access-control-allow-origin: %b\r\nvary: Origin\r\n" % given
