"""A small application behind the real supervisor, as a process of its own.

``python -m tests.support.small_server PORT WORKERS`` listens; limits come from the environment.
"""

import sys

from erikti.serving.supervisor import listen, supervise
from erikti.settings import from_environment

WORKER = [sys.executable, "-m", "tests.support.small_app"]

if __name__ == "__main__":
    port, workers = map(int, sys.argv[1:])
    supervise(WORKER, listen("127.0.0.1", port), workers, from_environment().limits)
