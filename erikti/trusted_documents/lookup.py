"""Requests by document hash, and clients that may run published documents only."""

import logging
from dataclasses import dataclass, field
from hashlib import sha256

from erikti.errors import (
    ForbiddenError,
    UnknownDocumentError,
    UnsupportedDocumentError,
)
from erikti.guard.personal import PERSONAL
from erikti.guard.trusted_clients import ANYONE, Mode, TrustedClients
from erikti.trusted_documents.hashes import DocumentHash
from erikti.trusted_documents.manifest import Manifest
from erikti.trusted_documents.persisted_queries import PersistedQueries
from models.trusted_documents import Published

logger = logging.getLogger("erikti.documents")


@dataclass(frozen=True)
class TrustedDocuments:
    """The manifest, the documents registered by clients, and the modes of clients."""

    clients: TrustedClients = field(default_factory=TrustedClients)
    manifest: Manifest = field(default_factory=Manifest)
    automatic: PersistedQueries = field(default_factory=PersistedQueries)

    async def text(self, document: DocumentHash | None, text: str, client: str | None) -> str:
        """Return the text of a request's document if its client may run it.

        ``text`` is empty if the request has only the hash; ``client`` is None for callers without a
        token. Raise ForbiddenError, UnknownDocumentError, UnsupportedDocumentError, or an error of
        the database.
        """
        only_known = self.clients.mode(client) is Mode.ONLY_KNOWN
        if document is not None and not (document.automatic and text):
            # Even if the text was sent: a subscription checks at each event whether it is revoked.
            return await self._text(document, client or ANYONE, only_known)
        if only_known and not await self._is_known(document, text, client or ANYONE):
            raise ForbiddenError("this client may run trusted documents and nothing else")
        return text

    async def admitted(
        self, document: DocumentHash | None, text: str, client: str | None, name: str | None
    ) -> None:
        """Register a document sent for that purpose, and log one that is not published.

        ``name`` is that of the operation.
        """
        mode = self.clients.mode(client)
        if mode is Mode.LOG_UNKNOWN:
            await self._log_unknown(document, text, client or ANYONE, name)
        if document is not None and document.automatic and mode is not Mode.ONLY_KNOWN:
            await self.automatic.keep(document.sha256, text)

    async def _log_unknown(
        self, document: DocumentHash | None, text: str, client: str, name: str | None
    ) -> None:
        """Log the hash of a document that is not published for its client, without its text."""
        try:
            if await self._is_known(document, text, client):
                return
        except Exception as error:  # no request may fail because of a log
            logger.warning("the manifest cannot be read: %s", type(error).__name__)
            return
        shown = "-" if name is None or PERSONAL.search(name) else name
        values = (client, digest(document, text), shown)
        logger.warning("unknown document: client %s, sha256:%s, operation %s", *values)

    async def _text(self, document: DocumentHash, client: str, only_known: bool) -> str:
        known = await self.manifest.find(document.sha256)
        if known is not None and known.is_for(client):
            return known.text
        if not document.automatic:
            raise UnknownDocumentError(_why(known, client))
        revoked = known is not None and known.was_for(client)
        if not self.automatic.on and not only_known:
            # The client then sends texts.
            raise UnsupportedDocumentError("PersistedQueryNotSupported")
        text = None if only_known or revoked else await self.automatic.find(document.sha256)
        if text is None:
            # Apollo's clients expect exactly this message, and then send the text.
            raise UnknownDocumentError("PersistedQueryNotFound")
        return text

    async def _is_known(self, document: DocumentHash | None, text: str, client: str) -> bool:
        known = await self.manifest.find(digest(document, text))
        return known is not None and known.is_for(client)


def digest(document: DocumentHash | None, text: str) -> str:
    """Return the SHA-256 of the text of a request in hexadecimal digits."""
    return document.sha256 if document else sha256(text.encode()).hexdigest()


def _why(known: Published | None, client: str) -> str:
    if known is not None and known.was_for(client):
        return "documentId: this document was revoked"
    return "documentId: no such document is published for this client"
