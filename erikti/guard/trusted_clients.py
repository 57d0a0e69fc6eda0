"""Trusted clients: which of them may run documents that are not published."""

from collections.abc import Mapping
from enum import StrEnum

ANYONE = "public"  # the name of callers without a token
REST = "*"  # the clients that are not named


class Mode(StrEnum):
    """How a document that is not published for its client is treated."""

    OFF = "off"  # it runs
    LOG_UNKNOWN = "log-unknown"  # it runs and is logged
    ONLY_KNOWN = "only-known"  # it is rejected


class TrustedClients:
    """The mode of each client, by the ids of OAuth clients, ``public`` and ``*``."""

    def __init__(self, modes: Mapping[str, Mode] | None = None) -> None:
        self._modes = dict(modes or {})

    @classmethod
    def parse(cls, value: str) -> "TrustedClients":
        """Parse ``CLIENT=MODE,...``; raise ValueError with the part that is invalid."""
        found: dict[str, Mode] = {}
        for part in filter(None, map(str.strip, value.split(","))):
            client, equals, mode = map(str.strip, part.rpartition("="))
            if not equals or len(client.split()) != 1 or mode not in set(Mode):
                raise ValueError(f"{part!r} is not CLIENT=MODE, with {', '.join(Mode)} as modes")
            if client in found:
                raise ValueError(f"{client!r} is named twice")
            found[client] = Mode(mode)
        return cls(found)

    def mode(self, client: str | None) -> Mode:
        """Return the mode of a client; None stands for callers without a token."""
        return self._modes.get(client or ANYONE) or self._modes.get(REST, Mode.OFF)
