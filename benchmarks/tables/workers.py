"""One worker process and two, in this version and the earlier one."""

from dataclasses import replace
from typing import Any

from benchmarks import equality
from benchmarks.contestants import OURS, SERVE
from benchmarks.tables.run import Run, by_name

TWO = replace(OURS, name=f"{OURS.name}-2", command=(*SERVE, "--workers", "2"))


def workers(run: Run) -> dict[str, Any]:
    """Return the loads of servers with one worker and with two."""
    before = [run.earlier(OURS), run.earlier(TWO, "erikti-before-2")]
    selected = [operation for operation in run.wanted() if operation.timed]
    with run.started([OURS, TWO, *before]) as servers:
        equality.compare(servers[0], servers[1:], selected)
        return {"loads": run.timed(by_name(servers), lambda _: selected)}
