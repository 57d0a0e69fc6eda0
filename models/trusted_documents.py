"""The manifest of trusted documents, published for clients or revoked."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from tortoise.fields import DatetimeField, TextField

from erikti.database.connection import dialect, fetch, one_snapshot, transaction
from erikti.database.constraints import check
from erikti.database.fields import Text
from models.base import Record

EVERYONE = "*"  # the client name of documents published for all clients


class TrustedDocument(Record):
    """A document published for one client, or for everyone.

    ``sha256`` is the hash of the exact text in UTF-8, as 64 hexadecimal digits. ``operations``
    are the names of its operations, separated by commas.
    """

    sha256 = Text(max_length=64)
    client = Text(max_length=200)
    text = TextField()
    operations = TextField()
    published_at = DatetimeField()
    revoked_at = DatetimeField(null=True)

    class Meta:
        table = "trusted_documents"
        unique_together = (("sha256", "client"),)
        constraints = (check("trusted_documents", "sha256", "length(sha256) = 64"),)


@dataclass(frozen=True, slots=True)
class Published:
    """A text in the manifest with the clients it is published for and was revoked for."""

    text: str
    clients: frozenset[str]
    revoked: frozenset[str]

    def is_for(self, client: str) -> bool:
        """Return whether it is published for a client."""
        everyone = EVERYONE in self.clients and client not in self.revoked
        return everyone or client in self.clients

    def was_for(self, client: str) -> bool:
        """Return whether it was published for a client and is revoked now."""
        return not self.is_for(client) and not self.revoked.isdisjoint((client, EVERYONE))


async def published(sha256: str) -> Published | None:
    """Return the document with this hash, or None if none was ever published."""
    sql = (
        "SELECT client, text, revoked_at IS NOT NULL FROM trusted_documents "
        f"WHERE sha256 = {dialect().param(1)}"
    )
    with one_snapshot():
        rows = await fetch(sql, [sha256])
    if not rows:
        return None
    live = frozenset(client for client, _, revoked in rows if not revoked)
    return Published(rows[0][1], live, frozenset(row[0] for row in rows) - live)


async def publish(
    documents: Sequence[TrustedDocument], client: str, again: bool = False
) -> tuple[int, list[TrustedDocument]]:
    """Publish documents for a client; return the number of new ones, and the revoked ones.

    If some were revoked before, publishes nothing unless ``again`` is true.
    """
    now = datetime.now(UTC)
    async with transaction():
        there = {item.sha256: item for item in await TrustedDocument.filter(client=client)}
        revoked = [item for item in there.values() if item.revoked_at]
        revoked = [item for item in revoked if item.sha256 in {d.sha256 for d in documents}]
        if revoked and not again:
            return 0, revoked
        for item in documents:
            item.client, item.published_at = client, now
        new = [item for item in documents if item.sha256 not in there]
        # Conflicts: another process published the same document concurrently.
        await TrustedDocument.bulk_create(new, ignore_conflicts=True)
        for item in revoked:
            item.published_at, item.revoked_at = now, None
            await item.save(update_fields=["published_at", "revoked_at"])
    return len(new) + len(revoked), revoked


async def listed(client: str | None = None, revoked: bool = False) -> list[TrustedDocument]:
    """Return the manifest's documents sorted by operation, for one ``client`` or all.

    A client's documents include those for everyone, unless revoked for that client. Revoked
    documents are included only with ``revoked``.
    """
    found = await TrustedDocument.all().order_by("operations", "sha256", "client")
    taken = {item.sha256 for item in found if item.client == client and item.revoked_at}
    return [
        item
        for item in found
        if (client in (None, item.client) or (item.client == EVERYONE and item.sha256 not in taken))
        and (revoked or item.revoked_at is None)
    ]


async def revoke(sha256: str, clients: Collection[str]) -> None:
    """Revoke a document for clients."""
    async with transaction():
        here = TrustedDocument.filter(sha256=sha256, client__in=list(clients), revoked_at=None)
        await here.update(revoked_at=datetime.now(UTC))


async def beginning_with(prefix: str) -> list[TrustedDocument]:
    """Return the documents whose hashes start with these digits, including revoked ones."""
    return await TrustedDocument.filter(sha256__startswith=prefix).order_by("sha256", "client")
