"""A process of ``erikti serve``: answers queries at a socket that it inherits.

``python worker.py SOCKET REPORT``: the descriptors of the socket and of the pipe on which to
report that it serves.
"""

import gc
import os
import socket
import sys

from commands.errors import PRIVATE, reported
from guard.server import work
from settings import from_environment


def main() -> None:
    """Answer until a signal says to stop."""
    os.umask(PRIVATE)
    # Imported modules stay for good, so that collections while they are made only cost time.
    # ``server.app`` collects what was left, and enables collection again.
    gc.disable()
    descriptor, report = map(int, sys.argv[1:])
    with reported(), socket.socket(fileno=descriptor) as listener:
        work("server:app", from_environment().limits, listener, report)


if __name__ == "__main__":
    main()
