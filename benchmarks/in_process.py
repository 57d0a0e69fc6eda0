"""Processes that respond without a network: ``inside.py`` in any version of Erikti."""

import json
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from benchmarks.contestants import Contestant
from benchmarks.operations import Operation
from benchmarks.servers import environment, headers
from benchmarks.ways import Way, filled

SCRIPT = Path(__file__).with_name("inside.py")
JSON = {"content-type": "application/json", "accept": "application/json"}


@dataclass(frozen=True)
class InProcess:
    """A process that responds to the requests of its standard input."""

    process: subprocess.Popen[str]
    headers: Mapping[str, str]

    def spent(self, operation: Operation, count: int) -> float:
        """Return milliseconds of processor time per response to the operation's first request."""
        wanted = {
            "body": operation.bodies()[0],
            "headers": {"host": "127.0.0.1", **JSON, **filled(self.headers)},
            "count": count,
        }
        assert self.process.stdin is not None
        self.process.stdin.write(f"{json.dumps(wanted)}\n")
        self.process.stdin.flush()
        return float(self._line()) / 1_000

    def wait(self) -> None:
        """Wait until it is ready; raises RuntimeError if it is not."""
        if self._line() != "ready\n":
            raise RuntimeError("the process has not started")

    def _line(self) -> str:
        assert self.process.stdout is not None
        return self.process.stdout.readline()


@contextmanager
def in_process(
    contestant: Contestant, database: str, folder: Path, way: Way, python: str
) -> Iterator[InProcess]:
    """Yield a process with a contestant's version and settings."""
    process = subprocess.Popen(
        [python, "-P", str(SCRIPT)],
        cwd=contestant.root,
        env=environment(contestant, database, folder, way),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    with process:
        found = InProcess(process, headers(contestant, folder, way))
        found.wait()
        yield found
        process.communicate()
