"""How a request names its document: by text, by ``documentId``, or by Apollo's extension."""

import re
from collections.abc import Mapping
from hashlib import sha256

from erikti.errors import InvalidParameterError, RequestError
from erikti.guard.personal import PERSONAL
from erikti.trusted_documents.hashes import DocumentHash

SHA256 = re.compile(r"[0-9a-f]{64}")
DOCUMENT_ID = re.compile(r"sha256:[0-9a-f]{64}")
HASH = re.compile(r'"sha256Hash"\s*:\s*"[0-9a-f]{64}"')
DIGITS = "64 hexadecimal digits in lower case"


def identified(given: Mapping[str, object]) -> tuple[str, DocumentHash | None]:
    """Return the text of a document, empty if only its hash was sent, and that hash.

    GraphQL over HTTP, appendix Persisted Documents, and Apollo's automatic persisted queries.
    Raises RequestError.
    """
    text, document_id, automatic = given.get("query"), given.get("documentId"), _automatic(given)
    if document_id is None and automatic is None:
        if not isinstance(text, str) or not text:
            raise _bad("query: give the text of a document, or documentId")
        return text, None
    if document_id is not None:
        if text is not None or automatic is not None:
            raise _bad("documentId: give only one of documentId, query and persistedQuery")
        if not isinstance(document_id, str) or not DOCUMENT_ID.fullmatch(document_id):
            raise _bad(f"documentId: give sha256: and {DIGITS}")
        return "", DocumentHash(document_id.partition(":")[2], automatic=False)
    if not isinstance(text, str | None):
        raise _bad("query: give the text of a document, or nothing")
    if text is not None and sha256(text.encode()).hexdigest() != automatic:
        raise _bad("provided sha does not match query")  # the text that Apollo's clients know
    return text or "", DocumentHash(automatic or "", automatic=True)


def _automatic(given: Mapping[str, object]) -> str | None:
    """Return the hash in the extension ``persistedQuery``."""
    extensions = given.get("extensions")
    if not isinstance(extensions, dict | None):
        raise _bad("extensions: give an object, or nothing")
    requested = (extensions or {}).get("persistedQuery")
    if requested is None:
        return None
    if not isinstance(requested, dict) or requested.get("version") != 1:
        raise _bad("extensions.persistedQuery: give an object with version 1")
    found = requested.get("sha256Hash")
    if not isinstance(found, str) or not SHA256.fullmatch(found):
        raise _bad(f"extensions.persistedQuery.sha256Hash: give {DIGITS}")
    return found


def looks_personal(name: str, value: str) -> bool:
    """Whether a parameter of a URL holds what looks like personal data or a token.

    The digits of a hash may look so by chance, and are not personal.
    """
    if name == "documentId" and DOCUMENT_ID.fullmatch(value):
        return False
    return bool(PERSONAL.search(HASH.sub("", value) if name == "extensions" else value))


def _bad(text: str) -> RequestError:
    return InvalidParameterError(text)
