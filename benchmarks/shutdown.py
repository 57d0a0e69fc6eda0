"""Shutdown under load with slow clients: its duration, and lost requests.

``python -m benchmarks.shutdown`` takes less than a minute and exits with 1 if a bound is exceeded.
"""

import http.client
import sys
import threading
import time
from collections import Counter

from rich.console import Console
from rich.table import Table

from benchmarks.product import JSON, QUERY, Product, serving
from erikti.guard.limits import Limits

CLIENTS = 16
SLOW = 30  # connections of each kind
LOAD = 3.0  # seconds before SIGTERM
HEAD = b"POST /graphql HTTP/1.1\r\nHost: erikti\r\nContent-Type: application/json\r\n"
BODY = HEAD + b"Content-Length: 1000\r\n\r\n{"
PAGE = b"GET /static/graphiql/ HTTP/1.1\r\nHost: erikti\r\n\r\n"


def ask(port: int, found: Counter[str]) -> None:
    """Send requests until the server stops listening; count the outcomes."""
    while True:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        try:
            connection.connect()
        except OSError:
            return
        kept = True
        while kept:
            try:
                connection.request("POST", "/graphql", QUERY, JSON)
                response = connection.getresponse()
                whole = response.status == 200 and b"errors" not in response.read()
            except (OSError, http.client.HTTPException):
                found["lost"] += 1
                break
            found["answered" if whole else "refused"] += 1
            kept = not response.will_close
        connection.close()


def end(product: Product) -> tuple[float, int]:
    """Return the seconds from SIGTERM to the end, and the exit status."""
    begun = time.monotonic()
    product.process.terminate()
    status = product.process.wait(60)
    return time.monotonic() - begun, status


def main() -> int:
    """Print the outcomes; return 1 if a request was lost or the end was late."""
    found: Counter[str] = Counter()
    with serving() as product:
        clients = [threading.Thread(target=ask, args=(product.port, found)) for _ in range(CLIENTS)]
        for client in clients:
            client.start()
        time.sleep(LOAD)
        slow = [
            (product.connect("127.0.0.2"), first)
            for first in (b"", HEAD, BODY, PAGE)
            for _ in range(SLOW)
        ]
        for connection, first in slow:
            connection.sendall(first)
        seconds, status = end(product)
        for client in clients:
            client.join()
        for connection, _ in slow:
            connection.close()
    table = Table("seconds to end", "exit status", "answered", "refused", "lost")
    counts = (str(found[name]) for name in ("answered", "refused", "lost"))
    table.add_row(f"{seconds:.1f}", str(status), *counts)
    Console().print(table)
    in_time = seconds <= Limits().grace_seconds and status == 0
    return 0 if in_time and not found["lost"] and not found["refused"] else 1


if __name__ == "__main__":
    sys.exit(main())
