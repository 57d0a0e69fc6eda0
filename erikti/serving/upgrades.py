"""Offers to continue in another protocol, such as HTTP/2 (RFC 9110, 7.8), which are declined.

The parser stops at the headers of a request that offers an upgrade, and its body would be lost.
Such a request is parsed once more without the offer.
"""

from collections.abc import Iterable

OFFER = frozenset({b"upgrade", b"http2-settings"})


def plain(method: bytes, url: bytes, version: str, headers: Iterable[tuple[bytes, bytes]]) -> bytes:
    """Return the head of a request without its offer of an upgrade; names are in lower case."""
    lines = [b"%b %b HTTP/%b\r\n" % (method, url, version.encode())]
    for name, value in headers:
        sent = _kept(value) if name == b"connection" else value
        if name not in OFFER and (sent or name != b"connection"):
            lines.append(b"%b: %b\r\n" % (name, sent))
    return b"".join((*lines, b"\r\n"))


def _kept(connection: bytes) -> bytes:
    """Return the options of a Connection header that do not concern the offer."""
    options = (option.strip() for option in connection.split(b","))
    return b", ".join(option for option in options if option.lower() not in OFFER)
