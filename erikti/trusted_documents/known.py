"""Documents that are asked for by their hash, and clients that may run no others."""

import logging
from dataclasses import dataclass, field, replace
from hashlib import sha256

from erikti.endpoint.requests import PlainRequest
from erikti.guard.personal import PERSONAL
from erikti.trusted_documents.automatic import Automatic
from erikti.trusted_documents.clients import ANYONE, Mode, TrustedClients
from erikti.trusted_documents.manifest import Manifest
from models.trusted_documents import Published
from resolvers.errors import (
    ForbiddenError,
    UnknownDocumentError,
    UnsupportedDocumentError,
)
from schema.engine.federated_schema import Prepared

logger = logging.getLogger("erikti.documents")


@dataclass(frozen=True)
class KnownDocuments:
    """The manifest, the documents that clients registered, and which clients need the manifest."""

    clients: TrustedClients = field(default_factory=TrustedClients)
    manifest: Manifest = field(default_factory=Manifest)
    automatic: Automatic = field(default_factory=Automatic)

    async def found(self, request: PlainRequest, client: str | None) -> PlainRequest:
        """The request with the text of its document, if its client may run that.

        ``client`` is None for callers without a token. Raises ForbiddenError,
        UnknownDocumentError, UnsupportedDocumentError, and what the database does where it is
        away.
        """
        only_known = self.clients.mode(client) is Mode.ONLY_KNOWN
        document = request.document
        if document is not None and not (document.automatic and request.text):
            # Even where the text is there: at each event of a subscription it may be revoked.
            return replace(request, text=await self._text(request, client or ANYONE, only_known))
        if only_known and not await self._is_known(request, client or ANYONE):
            raise ForbiddenError("this client may run trusted documents and nothing else")
        return request

    async def admitted(self, request: PlainRequest, client: str | None, prepared: Prepared) -> None:
        """Register a document that a client sends for that, and log one that nobody published."""
        document, mode = request.document, self.clients.mode(client)
        if mode is Mode.LOG_UNKNOWN:
            await self._tell(request, client or ANYONE, prepared)
        if document is not None and document.automatic and mode is not Mode.ONLY_KNOWN:
            await self.automatic.keep(document.sha256, request.text)

    async def _tell(self, request: PlainRequest, client: str, prepared: Prepared) -> None:
        """Log a document that is not published for its client: its hash and no word of it."""
        try:
            if await self._is_known(request, client):
                return
        except Exception as error:  # nobody is refused for the sake of a log
            logger.warning("the manifest cannot be read: %s", type(error).__name__)
            return
        operation = prepared.document.operation(prepared.name)
        name = operation.name.value if operation and operation.name else "-"
        shown = "-" if PERSONAL.search(name) else name
        told = (client, digest(request), shown)
        logger.warning("unknown document: client %s, sha256:%s, operation %s", *told)

    async def _text(self, request: PlainRequest, client: str, only_known: bool) -> str:
        document = request.document
        assert document is not None
        known = await self.manifest.find(document.sha256)
        if known is not None and known.is_for(client):
            return known.text
        if not document.automatic:
            raise UnknownDocumentError(_why(known, client))
        revoked = known is not None and known.was_for(client)
        if not self.automatic.on and not only_known:
            # The client sends texts from now on.
            raise UnsupportedDocumentError("PersistedQueryNotSupported")
        text = None if only_known or revoked else await self.automatic.find(document.sha256)
        if text is None:
            # Apollo's clients wait for these very words, and send the text then.
            raise UnknownDocumentError("PersistedQueryNotFound")
        return text

    async def _is_known(self, request: PlainRequest, client: str) -> bool:
        known = await self.manifest.find(digest(request))
        return known is not None and known.is_for(client)


def digest(request: PlainRequest) -> str:
    """The SHA-256 of the text of a request, in hexadecimal digits."""
    return (
        request.document.sha256 if request.document else sha256(request.text.encode()).hexdigest()
    )


def _why(known: Published | None, client: str) -> str:
    if known is not None and known.was_for(client):
        return "documentId: this document was revoked"
    return "documentId: no such document is published for this client"
