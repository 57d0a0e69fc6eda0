"""A worker process of ``erikti serve``, which serves requests on an inherited socket.

``python -m erikti.commands.worker SOCKET REPORT`` takes the descriptors of the socket and of the
pipe on which it reports that it is ready.
"""

import gc
import os
import socket
import sys

from erikti.commands.errors import PRIVATE, reported
from erikti.serving.server import work
from erikti.settings import SettingsError, from_environment


def main() -> None:
    """Serve until a signal stops the process."""
    os.umask(PRIVATE)
    # Imported modules are never freed, so garbage collection during imports is a waste of time.
    # ``server.app`` collects once and enables it again.
    gc.disable()
    descriptor, report = map(int, sys.argv[1:])
    with reported(), socket.socket(fileno=descriptor) as listener:
        settings = from_environment()
        listeners = [listener, *_own(settings.metrics)]
        work(
            "server:app",
            settings.limits,
            settings.proxies,
            listeners,
            report,
            settings.cors_origins,
        )


def _own(address: tuple[str, int] | None) -> list[socket.socket]:
    """Return the socket of metrics, which each process opens with SO_REUSEPORT."""
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
