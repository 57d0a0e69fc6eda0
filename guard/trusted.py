"""Trusted documents: clients that may run what was reviewed and nothing else."""

from collections.abc import Collection
from hashlib import sha256
from pathlib import Path

# How callers without a token are named in the list of clients.
ANYONE = "public"


class TrustedDocuments:
    """The documents in the ``.graphql`` files of a folder, for ``clients`` alone.

    ``clients`` are ids of OAuth clients, or ``public``. A document is the whole text of a
    file, white space at its ends aside.
    """

    def __init__(self, folder: Path | None = None, clients: Collection[str] = ()) -> None:
        self._clients = frozenset(clients)
        files = sorted(folder.glob("**/*.graphql")) if folder else ()
        self._known = frozenset(_digest(file.read_text(encoding="utf-8")) for file in files)

    def allow(self, client: str | None, text: str) -> bool:
        """Whether a client may run a document."""
        return (client or ANYONE) not in self._clients or _digest(text) in self._known


def _digest(text: str) -> bytes:
    return sha256(text.strip().encode("utf-8", "surrogatepass")).digest()
