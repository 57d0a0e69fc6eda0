"""Request bodies of all sizes and shapes: the server's responses, and their memory use.

``python -m benchmarks.bodies`` takes less than a minute and exits with 1 on an unexpected result.
"""

import json
import sys
import time
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path

import orjson
from rich.console import Console
from rich.table import Table

from benchmarks.product import QUERY, Product, serving
from erikti.guard.limits import Limits
from tests.support.malformed import FORMS, MALFORMED

BOUND = Limits().body_bytes
HUGE = 200_000_000
PART = b"a" * 100_000
MEBIBYTES = 5.0  # allowed for one case
RESET_PEAK = "5"  # see clear_refs in proc(5)
HEAD = b"POST /graphql HTTP/1.1\r\nHost: erikti\r\nConnection: close\r\n"
PLAIN = b"Content-Type: application/json\r\n"
CHUNKED = b"Transfer-Encoding: chunked\r\n\r\n"


def padded(size: int) -> bytes:
    """Return a query of ``size`` bytes."""
    return QUERY + b" " * (size - len(QUERY))


def sized(body: bytes, kind: bytes = PLAIN) -> list[bytes]:
    """Return a request with a Content-Length."""
    return [HEAD + kind + b"Content-Length: %d\r\n\r\n" % len(body) + body]


def chunked(parts: Iterable[bytes]) -> Iterator[bytes]:
    """Return a request with chunked encoding."""
    yield HEAD + PLAIN + CHUNKED
    for part in parts:
        yield b"%x\r\n%s\r\n" % (len(part), part)
    yield b"0\r\n\r\n"


def cases() -> Iterator[tuple[str, Iterable[bytes], tuple[int, ...]]]:
    """Yield names, request parts and expected statuses."""
    for name, size in (("limit - 1", BOUND - 1), ("limit", BOUND), ("limit + 1", BOUND + 1)):
        expected = 413 if size > BOUND else 200
        yield name, sized(padded(size)), (expected,)
        yield f"{name}, chunked", chunked([padded(size)]), (expected,)
    huge = [PART] * (HUGE // len(PART))
    yield "200 MB", [HEAD + PLAIN + b"Content-Length: %d\r\n\r\n" % HUGE, *huge], (413, 0)
    yield "200 MB, chunked", chunked(huge), (413, 0)
    for name, body in MALFORMED.items():
        yield name, sized(body), (400,)
    for name, kind in FORMS.items():
        yield f"as {name}", sized(QUERY, b"Content-Type: %s\r\n" % kind), (415,)
    yield "without a type", sized(QUERY, b""), (415,)
    yield "packed", sized(QUERY, PLAIN + b"Content-Encoding: gzip\r\n"), (415,)


def ask(product: Product, parts: Iterable[bytes]) -> bytes:
    """Return the whole response, or b"" if the connection was closed first."""
    found = b""
    with product.connect() as connection, suppress(OSError):
        with suppress(BrokenPipeError, ConnectionResetError):
            for part in parts:
                connection.sendall(part)
        while part := connection.recv(65_536):
            found += part
    return found


def peak(product: Product) -> float:
    """Return the peak resident memory since the last call, in MiB."""
    folder = Path(f"/proc/{product.worker().pid}")
    text = (folder / "status").read_text()
    (folder / "clear_refs").write_text(RESET_PEAK)
    return int(text.partition("VmHWM:")[2].split()[0]) / 1024


def clear(answer: bytes) -> bool:
    """Return whether a response describes the error without internal details."""
    try:
        error = orjson.loads(answer.partition(b"\r\n\r\n")[2])["errors"][0]
        return bool(error["message"]) and b"Traceback" not in answer
    except (ValueError, LookupError, TypeError):
        return False


def main() -> int:
    """Print a row for each body; return 1 if a response is unexpected."""
    table = Table("body", "status", "ms", "memory, MiB", "says", "holds")
    holds = True
    with serving() as product:
        for _ in range(3):
            ask(product, sized(padded(BOUND)))
        peak(product)
        for name, parts, expected in cases():
            before = peak(product)
            begun = time.perf_counter()
            answer = ask(product, parts)
            took = time.perf_counter() - begun
            grown = peak(product) - before
            status = int(answer.split(b" ", 2)[1]) if answer else 0
            fine = status in expected and grown <= MEBIBYTES
            fine = fine and (status in (0, 200) or clear(answer))
            holds = holds and fine
            text = "" if status == 200 else _text(answer)
            table.add_row(
                name,
                str(status),
                f"{took * 1000:.1f}",
                f"{grown:.1f}",
                text,
                "yes" if fine else "NO",
            )
    Console(width=130).print(table)
    return 0 if holds else 1


def _text(answer: bytes) -> str:
    body = answer.partition(b"\r\n\r\n")[2].decode(errors="replace")
    with suppress(ValueError, LookupError, TypeError):
        return str(json.loads(body)["errors"][0]["message"])[:70]
    return body[:70]


if __name__ == "__main__":
    sys.exit(main())
