"""Processor time of processes and of all processes that they started (Linux)."""

import time

import psutil


def process(pid: int) -> float:
    """Return the processor seconds of one process so far, to the nanosecond.

    Raises OSError if it has ended.
    """
    return time.clock_gettime((~pid << 3) | 2)  # see clock_getcpuclockid(3)


def tree(pid: int) -> float:
    """Return the processor seconds of a process and its descendants, those that ended included."""
    first = psutil.Process(pid)
    return sum(_with_ended(one) for one in (first, *first.children(recursive=True)))


def _with_ended(one: psutil.Process) -> float:
    try:
        times = one.cpu_times()
        return process(one.pid) + times.children_user + times.children_system
    except (OSError, psutil.NoSuchProcess):
        return 0.0  # ended since it was listed; its parent reports it from now on
