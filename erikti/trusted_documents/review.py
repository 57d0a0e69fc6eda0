"""What a document has to be before it is published: valid, within limits, nobody's data."""

from collections.abc import Iterable, Iterator

from graphql import GraphQLError, OperationDefinitionNode

from erikti.guard.personal import PERSONAL
from erikti.trusted_documents.files import DocumentsError, Found
from models.trusted_documents import TrustedDocument
from schema.engine.engine import Engine

SHOWN = 20  # errors that are told


def reviewed(documents: Iterable[Found], engine: Engine) -> list[TrustedDocument]:
    """The documents as the manifest has them, each once, for what ``engine`` would run.

    Raises DocumentsError, with a line for each error that was found, unless all are good.
    """
    found = {document.sha256: document for document in documents}
    problems = [
        f"{document.place}: {problem}"
        for document in found.values()
        for problem in _wrong(document, engine)
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


def _wrong(found: Found, engine: Engine) -> Iterator[str]:
    """What is wrong with a document, each with its place."""
    most = engine.limits.body_bytes
    if len(found.text.encode()) > most:
        yield f"it has more than {most} bytes"
        return
    personal = PERSONAL.search(found.text)
    if personal:
        line = found.text.count("\n", 0, personal.start()) + 1
        yield f"line {line}: this looks like personal data or a token: make it a variable"
    document = engine.documents.find(found.text)
    yield from map(_told, document.errors)
    if document.errors:
        return
    if not _operations(found, engine):
        yield "it has no operation"
    for operation in _operations(found, engine):
        try:
            # With the fewest records that its variables let it ask for.
            document.requested(operation.name.value if operation.name else None, {})
        except GraphQLError as error:
            yield _told(error)


def _told(error: GraphQLError) -> str:
    place = error.locations[0] if error.locations else None
    return f"line {place.line}, column {place.column}: {error.message}" if place else error.message


def _operations(found: Found, engine: Engine) -> list[OperationDefinitionNode]:
    node = engine.documents.find(found.text).node
    definitions = node.definitions if node else ()
    return [item for item in definitions if isinstance(item, OperationDefinitionNode)]


def _names(found: Found, engine: Engine) -> list[str]:
    return [operation.name.value for operation in _operations(found, engine) if operation.name]
