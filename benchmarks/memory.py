"""Resident memory of a server's processes, idle and at peak (Linux)."""

from dataclasses import dataclass
from pathlib import Path

import psutil

from benchmarks.equality import answers
from benchmarks.operations import Operation
from benchmarks.servers import Server

TIMES = 3
RESET_PEAK = "5"  # see clear_refs in proc(5)


@dataclass(frozen=True)
class Memory:
    """MiB."""

    idle: float
    peak: float


def idle(server: Server) -> float:
    """Return the present resident memory in MiB."""
    return _status(server, "VmRSS")


def peak(server: Server, operation: Operation) -> float:
    """Return the peak resident memory during a few runs of the operation, in MiB."""
    for process in _processes(server):
        Path(f"/proc/{process}/clear_refs").write_text(RESET_PEAK)
    for _ in range(TIMES):
        list(answers(server, operation))
    return _status(server, "VmHWM")


def _processes(server: Server) -> list[int]:
    first = psutil.Process(server.process)
    return [one.pid for one in (first, *first.children(recursive=True))]


def _status(server: Server, name: str) -> float:
    return sum(_of(process, name) for process in _processes(server))


def _of(process: int, name: str) -> float:
    for line in Path(f"/proc/{process}/status").read_text().splitlines():
        key, _, value = line.partition(":")
        if key == name:
            return int(value.split()[0]) / 1024
    raise KeyError(name)
