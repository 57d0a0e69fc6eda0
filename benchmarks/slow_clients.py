"""Clients that hold connections: the time until they are closed, and the effect on others.

``python -m benchmarks.slow_clients`` takes one to four minutes and exits with 1 if a bound is
exceeded. Other load on the machine affects the slowest queries, so a failed case is repeated.
"""

import asyncio
import socket
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from contextlib import suppress

from rich.console import Console
from rich.table import Table

from benchmarks.product import Product, honest, percentile, serving
from erikti.guard.limits import Limits

CLIENTS = 300
SOURCES = ("127.0.0.2", "127.0.0.3", "127.0.0.4")
CLOSED_WITHIN = 6.0  # seconds
TRIES = 3
LOAD = 7.0  # seconds of concurrent queries
FACTOR = 2.0  # maximum increase of the 99th percentile of queries
HEAD = b"POST /graphql HTTP/1.1\r\nHost: erikti\r\nContent-Type: application/json\r\n"
BODY = HEAD + b"Content-Length: 1000\r\n\r\n"
KINDS = {
    "silent": (b"", b""),
    "half a header": (HEAD, b""),
    "half a body": (BODY + b"{" * 500, b""),
    "header, 1 byte/s": (HEAD + b"X: ", b"x"),
    "body, 1 byte/s": (BODY, b" "),
}


async def hold(port: int, source: str, first: bytes, more: bytes) -> float:
    """Open a connection, send a byte per second, and return the seconds until it is closed."""
    begun = time.monotonic()
    reader, writer = await asyncio.open_connection("127.0.0.1", port, local_addr=(source, 0))

    async def drip() -> None:
        while more:
            await asyncio.sleep(1)
            writer.write(more)

    task = asyncio.create_task(drip())
    with suppress(OSError):
        writer.write(first)
        while await asyncio.wait_for(reader.read(65_536), CLOSED_WITHIN * 3):
            pass
    task.cancel()
    writer.close()
    return time.monotonic() - begun


async def besiege(port: int, first: bytes, more: bytes) -> float:
    """Return the seconds until the last connection is closed."""
    sources = [SOURCES[number % len(SOURCES)] for number in range(CLIENTS)]
    return max(await asyncio.gather(*(hold(port, source, first, more) for source in sources)))


def held(product: Product, wanted: int) -> int:
    """Return the number of accepted connections from one address."""
    connections = [product.connect("127.0.0.9") for _ in range(wanted)]
    time.sleep(0.5)
    count = 0
    for connection in connections:
        connection.setblocking(False)
        try:
            connection.recv(1)
        except BlockingIOError:
            count += 1
        except ConnectionResetError:
            pass
        connection.close()
    return count


def main() -> int:
    """Print a row for each kind of client; return 1 if a bound is exceeded."""
    figures = ("p50 before, ms", "p50, ms", "p99 before, ms", "p99, ms")
    table = Table(f"{CLIENTS} clients", "all closed, s", "queries", *figures, "holds")
    holds = True
    with serving() as product, ProcessPoolExecutor(1) as pool:
        honest(product.port, 2)  # warms up caches
        for name, (first, more) in KINDS.items():
            held_up = True
            for _ in range(TRIES):
                before = pool.submit(honest, product.port, LOAD).result()
                load = pool.submit(honest, product.port, LOAD)
                closed = asyncio.run(besiege(product.port, first, more))
                times = load.result()
                bound = percentile(before, 0.99) * FACTOR
                held_up = closed > CLOSED_WITHIN or percentile(times, 0.99) > bound
                _row(table, name, closed, before, times, not held_up)
                if not held_up:
                    break
            holds = holds and not held_up
        allowed = Limits().connections_per_address
        count = held(product, allowed + 50)
        Console(width=110).print(table)
        print(f"connections held from one address: {count} of {allowed + 50}")
        return 0 if holds and count == allowed else 1


def _row(
    table: Table, name: str, closed: float, before: list[float], times: list[float], fine: bool
) -> None:
    figures = [
        f"{percentile(found, share) * 1000:.2f}"
        for share in (0.5, 0.99)
        for found in (before, times)
    ]
    table.add_row(name, f"{closed:.1f}", str(len(times)), *figures, "yes" if fine else "NO")


if __name__ == "__main__":
    socket.setdefaulttimeout(CLOSED_WITHIN * 5)
    sys.exit(main())
