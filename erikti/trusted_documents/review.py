"""The checks of documents before they are published: valid, within limits, no personal data."""

from collections.abc import Iterable, Iterator

from graphql import GraphQLError, OperationDefinitionNode

from erikti.guard.personal import PERSONAL
from erikti.trusted_documents.files import DocumentsError, Found
from models.trusted_documents import TrustedDocument
from schema.engine.engine import Engine

SHOWN = 20  # errors in a message


def reviewed(documents: Iterable[Found], engine: Engine) -> list[TrustedDocument]:
    """Return the documents as entries of the manifest, each once, valid for ``engine``.

    Raise DocumentsError, with a line for each error, unless all are valid.
    """
    found = {document.sha256: document for document in documents}
    problems = [
        f"{document.place}: {problem}"
        for document in found.values()
        for problem in _errors(document, engine)
    ]
    if problems:
        more = len(problems) - SHOWN
        shown = [*problems[:SHOWN], *([f"and {more} more"] if more > 0 else [])]
        raise DocumentsError("\n".join([*shown, "nothing was published"]))
    return [
        TrustedDocument(
            sha256=sha256, text=document.text, operations=", ".join(_names(document, engine))
        )
        for sha256, document in found.items()
    ]


def _errors(found: Found, engine: Engine) -> Iterator[str]:
    """Yield the errors of a document with their places."""
    most = engine.limits.body_bytes
    if len(found.text.encode()) > most:
        yield f"it has more than {most} bytes"
        return
    personal = PERSONAL.search(found.text)
    if personal:
        line = found.text.count("\n", 0, personal.start()) + 1
        yield f"line {line}: this looks like personal data or a token: make it a variable"
    document = engine.documents.find(found.text)
    yield from map(_message, document.errors)
    if document.errors:
        return
    if not _operations(found, engine):
        yield "it has no operation"
    for operation in _operations(found, engine):
        try:
            # With the lowest cost that its variables allow.
            document.requested(operation.name.value if operation.name else None, {})
        except GraphQLError as error:
            yield _message(error)


def _message(error: GraphQLError) -> str:
    place = error.locations[0] if error.locations else None
    return f"line {place.line}, column {place.column}: {error.message}" if place else error.message


def _operations(found: Found, engine: Engine) -> list[OperationDefinitionNode]:
    node = engine.documents.find(found.text).node
    definitions = node.definitions if node else ()
    return [item for item in definitions if isinstance(item, OperationDefinitionNode)]


def _names(found: Found, engine: Engine) -> list[str]:
    return [operation.name.value for operation in _operations(found, engine) if operation.name]
