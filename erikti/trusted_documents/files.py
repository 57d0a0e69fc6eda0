"""Documents in files: GraphQL, and manifests written by the compilers of clients."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

APOLLO = "apollo-persisted-query-manifest"
PREFIX = "sha256:"
GRAPHQL = (".graphql", ".gql")
SHOWN = 12  # digits of a hash in a message


class DocumentsError(Exception):
    """An error in publishing, listing or revoking documents."""


@dataclass(frozen=True)
class Found:
    """A document and its place: a file, and its position in a manifest."""

    text: str
    place: str

    @property
    def sha256(self) -> str:
        """The hash that requests use for the document."""
        return sha256(self.text.encode()).hexdigest()


def read(path: Path) -> list[Found]:
    """Return the documents in a file; raise DocumentsError with the file and document.

    A ``.graphql`` file is one document, to the last byte. A ``.json`` file is an object of
    texts by their SHA-256 (Relay, GraphQL Code Generator, Hive) or Apollo's manifest.
    """
    try:
        text = path.read_bytes().decode()
    except OSError as error:
        raise DocumentsError(f"{path}: {error.strerror}") from None
    except UnicodeDecodeError:
        raise DocumentsError(f"{path}: this is not in UTF-8") from None
    if path.suffix in GRAPHQL:
        return [Found(text, str(path))]
    if path.suffix != ".json":
        raise DocumentsError(f"{path}: documents are in .graphql, .gql and .json files")
    try:
        return list(_entries(path, json.loads(text)))
    except (json.JSONDecodeError, RecursionError) as error:
        raise DocumentsError(f"{path}: this is not JSON: {error}") from None


def _entries(path: Path, manifest: object) -> Iterator[Found]:
    if isinstance(manifest, dict) and "format" in manifest:
        if (manifest["format"], manifest.get("version")) != (APOLLO, 1):
            raise DocumentsError(f"{path}: the format is not {APOLLO}, version 1")
        operations = manifest.get("operations")
        if not isinstance(operations, list):
            raise DocumentsError(f"{path}: operations: this is not a list")
        for number, item in enumerate(operations):
            if not isinstance(item, dict):
                raise DocumentsError(f"{path}: operations[{number}]: this is not an object")
            name = item.get("name") or f"operations[{number}]"
            yield _entry(f"{path}: {name}", item.get("id"), item.get("body"))
    elif isinstance(manifest, dict):
        for key, text in manifest.items():
            yield _entry(f"{path}: {key.removeprefix(PREFIX)[:SHOWN]}", key, text)
    else:
        raise DocumentsError(f"{path}: this is neither an object of texts by hash nor a manifest")


def _entry(place: str, key: object, text: object) -> Found:
    if not isinstance(text, str) or not isinstance(key, str):
        raise DocumentsError(f"{place}: this is not a text with its hash")
    try:
        found = Found(text, place)
        known = found.sha256
    except UnicodeEncodeError:
        raise DocumentsError(f"{place}: this is half of a surrogate pair") from None
    if key.removeprefix(PREFIX) != known:
        raise DocumentsError(
            f"{place}: the id is not the SHA-256 of the text, which is {known[:SHOWN]}...: "
            "let the compiler hash by sha256"
        )
    return found
