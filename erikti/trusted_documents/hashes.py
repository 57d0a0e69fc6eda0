"""The hash by which a request names its document."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class DocumentHash:
    """The SHA-256 of a document's text in 64 hexadecimal digits.

    ``automatic`` if it was sent in Apollo's extension ``persistedQuery``.
    """

    sha256: str
    automatic: bool
