"""Waiting for idleness after load: pending requests would affect the next measurement."""

import time

import psutil

from benchmarks import database
from benchmarks.servers import Server

PATIENCE = 60.0  # seconds until everything is idle
QUIET = 0.1  # seconds without work that count as rest
BUSY = """SELECT count(*) AS count FROM pg_stat_activity
    WHERE state = 'active' AND backend_type = 'client backend'
        AND datname = current_database() AND pid <> pg_backend_pid()"""


def settle(server: Server) -> None:
    """Wait until a contestant and its database are idle; raises TimeoutError."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        before = worked(server)
        time.sleep(QUIET)
        rested = worked(server) - before < QUIET / 4
        if rested and not database.fetch(server.database, BUSY)[0]["count"]:
            return
    raise TimeoutError(f"{server.contestant.name} does not become idle")


def worked(server: Server) -> float:
    """Return the processor seconds of a contestant's processes so far."""
    first = psutil.Process(server.process)
    times = [one.cpu_times() for one in (first, *first.children(recursive=True))]
    return sum(each.user + each.system for each in times)
