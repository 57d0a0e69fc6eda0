"""All contestants under all operations, asked in one of both ways, and their memory."""

from dataclasses import asdict
from functools import partial
from typing import Any

from benchmarks import equality, memory
from benchmarks.operations import Operation
from benchmarks.servers import Server
from benchmarks.tables.run import Run, by_name
from benchmarks.ways import PLAIN, SENT, Way


def smoke(run: Run) -> None:
    """Compare the responses of all contestants; raises DifferentAnswerError."""
    with run.started(run.contestants()) as servers:
        _compared(servers, run.wanted())


def measured(run: Run, way: Way) -> dict[str, Any]:
    """Return the loads; where requests have few headers, also the memory."""
    wanted = run.wanted()
    with run.started(run.contestants(), way) as servers:
        idle = [memory.idle(server) for server in servers]
        _compared(servers, wanted)
        found = {"memory": _memory(servers, idle, wanted)} if way is PLAIN else {}
        selected = [operation for operation in wanted if operation.timed]
        loads = run.timed(by_name(servers), lambda _: selected)
        equality.compare(servers[0], servers[1:], wanted)
    return {"loads": loads, **found}


plainly = partial(measured, way=PLAIN)
as_sent = partial(measured, way=SENT)


def _compared(servers: list[Server], wanted: list[Operation]) -> None:
    equality.keep(servers[0], wanted)
    equality.compare(servers[0], servers[1:], wanted)
    print(f"equal answers: {', '.join(by_name(servers))}", flush=True)


def _memory(servers: list[Server], idle: list[float], wanted: list[Operation]) -> dict[str, Any]:
    return {
        server.contestant.name: asdict(memory.Memory(before, memory.peak(server, operation)))
        for operation in wanted
        if not operation.timed
        for server, before in zip(servers, idle, strict=True)
    }
