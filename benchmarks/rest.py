"""Waiting for idleness after load: pending requests would affect the next measurement."""

import time

from benchmarks import processor
from benchmarks.servers import Server

PATIENCE = 60.0  # seconds until everything is idle
QUIET = 0.1  # seconds without work that count as rest
BUSY = QUIET / 4  # seconds of the processor in that time


def settle(server: Server) -> None:
    """Wait until a contestant and its database are idle; raises TimeoutError."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        before = worked(server) + worked_for(server)
        time.sleep(QUIET)
        if worked(server) + worked_for(server) - before < BUSY:
            return
    raise TimeoutError(f"{server.contestant.name} does not become idle")


def worked(server: Server) -> float:
    """Return the processor seconds of a contestant's processes so far."""
    return processor.tree(server.process)


def worked_for(server: Server) -> float:
    """Return the processor seconds of all processes of its database server so far, if any."""
    return processor.tree(server.cluster) if server.cluster else 0.0
