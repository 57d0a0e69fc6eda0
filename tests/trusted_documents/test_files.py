"""Files of documents: three formats, and errors with file, document and place."""

import json
from pathlib import Path
from typing import Any

import pytest

from erikti.trusted_documents.files import APOLLO, DocumentsError, read
from erikti.trusted_documents.review import reviewed
from tests.support.queries import engine
from tests.trusted_documents.asking import COUNTRIES, REGIONS, digest

WINDOWS = "query W {\r\n  regions { code }\r\n}\r\n"
MANIFESTS: dict[str, Any] = {
    "relay.json": {digest(REGIONS): REGIONS, digest(COUNTRIES): COUNTRIES},
    "prefixed.json": {f"sha256:{digest(t)}": t for t in (REGIONS, COUNTRIES)},
    "apollo.json": {
        "format": APOLLO,
        "version": 1,
        "operations": [
            {"id": digest(REGIONS), "name": "Regions", "type": "query", "body": REGIONS},
            {"id": digest(COUNTRIES), "name": "", "type": "query", "body": COUNTRIES},
        ],
    },
}


def written(folder: Path, name: str, content: Any) -> Path:
    """A file with this content."""
    path = folder / name
    given = content if isinstance(content, str | bytes) else json.dumps(content)
    path.write_bytes(given if isinstance(given, bytes) else given.encode())
    return path


@pytest.mark.parametrize("name", MANIFESTS)
def test_manifests_of_compilers_are_read(tmp_path: Path, name: str) -> None:
    found = reviewed(read(written(tmp_path, name, MANIFESTS[name])), engine())
    assert {item.sha256: (item.text, item.operations) for item in found} == {
        digest(REGIONS): (REGIONS, "Regions"),
        digest(COUNTRIES): (COUNTRIES, ""),
    }


@pytest.mark.parametrize(
    "text", [REGIONS + "\n", WINDOWS, f"\ufeff{REGIONS}", "# қазақша\n" + REGIONS]
)
def test_a_graphql_file_is_one_document_to_the_last_byte(tmp_path: Path, text: str) -> None:
    (found,) = reviewed(read(written(tmp_path, "one.graphql", text)), engine())
    assert (found.sha256, found.text) == (digest(text), text)


BAD: list[tuple[str, Any, str]] = [
    ("a.txt", REGIONS, "documents are in .graphql"),
    ("a.graphql", b"\xff", "not in UTF-8"),
    ("a.json", "{", "not JSON"),
    ("a.json", "[" * 100_000, "not JSON"),
    ("a.json", [], "neither an object of texts by hash nor a manifest"),
    ("a.json", {"a": 1}, "a: this is not a text with its hash"),
    ("a.json", {"0" * 32: REGIONS}, "let the compiler hash by sha256"),
    ("a.json", {digest(REGIONS).upper(): REGIONS}, "not the SHA-256 of the text"),
    ("a.json", {digest(REGIONS): REGIONS + " "}, "not the SHA-256 of the text"),
    ("a.json", '{"a": "\\ud800"}', "half of a surrogate pair"),
    ("a.json", {"format": "other", "version": 1}, "the format is not"),
    ("a.json", {"format": APOLLO, "version": 2}, "the format is not"),
    ("a.json", {"format": APOLLO, "version": 1}, "operations: this is not a list"),
    ("a.json", {"format": APOLLO, "version": 1, "operations": [1]}, "operations[0]"),
    (
        "a.json",
        {"format": APOLLO, "version": 1, "operations": [{"id": "1", "name": "N", "body": "{ a }"}]},
        "a.json: N: the id is not",
    ),
    ("a.graphql", "{ regions {\n  cod } }", "line 2, column 3: Cannot query field 'cod'"),
    ("a.graphql", "{ regions { code }", "line 1, column 19: Syntax Error"),
    ("a.graphql", "", "line 1, column 1: Syntax Error"),
    ("a.graphql", "fragment F on Region { code }", "Fragment 'F' is never used"),
    (
        "a.graphql",
        "{ volunteers(first: 100) { nodes { participations(first: 100) { nodes { id } } } } }",
        "cost:",
    ),
    ("a.graphql", "{ " + "regions { code } " * 400 + "}", "tokens:"),
    (
        "a.graphql",
        '\n{ people(filter: { displayName: { eq: "+77001234567" } }) { totalCount } }',
        "line 2: this looks like personal data",
    ),
    ("a.graphql", f"{REGIONS} #" + "x" * 70_000, "more than 65536 bytes"),
]


@pytest.mark.parametrize(("name", "content", "text"), BAD, ids=lambda value: str(value)[:40])
def test_a_bad_file_is_refused_with_its_place(
    tmp_path: Path, name: str, content: Any, text: str
) -> None:
    path = written(tmp_path, name, content)
    with pytest.raises(DocumentsError) as told:
        reviewed(read(path), engine())
    assert str(told.value).startswith(f"{path}: ")
    assert text in str(told.value)


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    for path in (tmp_path / "nowhere.json", tmp_path):
        with pytest.raises(DocumentsError, match=r"No such file|Is a directory"):
            read(path)


def test_every_wrong_document_is_told_of(tmp_path: Path) -> None:
    texts = [f"{{ wrong{number} }}" for number in range(25)]
    path = written(tmp_path, "many.json", {digest(text): text for text in [*texts, REGIONS]})
    with pytest.raises(DocumentsError) as told:
        reviewed(read(path), engine())
    lines = str(told.value).splitlines()
    assert len(lines) == 22
    assert lines[-2:] == ["and 5 more", "nothing was published"]
    assert (
        lines[0]
        == f"{path}: {digest(texts[0])[:12]}: line 1, column 3: Cannot query field 'wrong0' on type 'Query'."
    )
