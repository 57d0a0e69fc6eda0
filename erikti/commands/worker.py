"""A process of ``erikti serve``: answers queries at a socket that it inherits.

``python -m erikti.commands.worker SOCKET REPORT``: the descriptors of the socket and of the pipe
on which to report that it serves.
"""

import gc
import os
import socket
import sys

from erikti.commands.errors import PRIVATE, reported
from erikti.serving.server import work
from erikti.settings import SettingsError, from_environment


def main() -> None:
    """Answer until a signal says to stop."""
    os.umask(PRIVATE)
    # Imported modules stay for good, so that collections while they are made only cost time.
    # ``server.app`` collects what was left, and enables collection again.
    gc.disable()
    descriptor, report = map(int, sys.argv[1:])
    with reported(), socket.socket(fileno=descriptor) as listener:
        settings = from_environment()
        listeners = [listener, *_own(settings.metrics)]
        work("server:app", settings.limits, settings.proxies, listeners, report)


def _own(address: tuple[str, int] | None) -> list[socket.socket]:
    """The socket of metrics, which each process opens: the system deals connections out."""
    if address is None:
        return []
    family = socket.AF_INET6 if ":" in address[0] else socket.AF_INET
    try:
        return [socket.create_server(address, family=family, reuse_port=True)]
    except OSError as error:
        reason = f"ERIKTI_METRICS: cannot listen at port {address[1]}: {error.strerror}"
        raise SettingsError(reason) from error


if __name__ == "__main__":
    main()
