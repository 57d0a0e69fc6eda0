"""Documents are parsed and validated once, in a bounded cache."""

import asyncio
import threading
from pathlib import Path

import pytest
from graphql import OperationType

from schema import schema
from schema.engine.parsed_documents import LONG, Document, Documents
from tests.support.application import served

GRAPH = schema._schema


def test_a_document_is_cached_by_its_text() -> None:
    documents = Documents(GRAPH)
    text = "{ regions { code } }"
    assert documents.find(text) is documents.find("{ regions { code }" + " }")
    assert documents.find(text) is not documents.find(text + " ")


def test_invalid_documents_are_cached_with_their_errors() -> None:
    documents = Documents(GRAPH)
    for text in ("{ regions {", "{ nothing }", ""):
        assert documents.find(text).errors
        assert documents.find(text) is documents.find(text)
        assert not documents.find(text).requested_fields(None)


def test_documents_are_evicted_by_later_ones() -> None:
    documents = Documents(GRAPH, size=60)
    first, second, third = (f"{{ {name} {{ code }} }} #########" for name in ("a", "b", "c"))
    kept = documents.find(first)
    documents.find(second)
    assert documents.find(first) is kept
    documents.find(third)
    assert documents.find(first) is kept
    assert len(documents._known) == 2
    documents.find("#" * 100)
    assert len(documents._known) == 2
    assert documents.find(first) is kept


async def test_a_long_document_is_parsed_in_a_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    documents = Documents(GRAPH)
    readers: dict[str, int] = {}
    read = documents._read

    def noted(text: str) -> Document:
        readers[text] = threading.get_ident()
        return read(text)

    monkeypatch.setattr(documents, "_read", noted)
    short, long = "{ regions { code } }", f"{{ regions {{ code }} }} {'#' * LONG}"
    await asyncio.gather(*(documents.prepare(text) for text in (short, long, long)))
    assert short not in readers
    assert readers[long] != threading.get_ident()
    readers.clear()
    assert documents.find(long) is documents.find(long)
    await documents.prepare(long)
    assert not readers
    assert documents._known.currsize == len(long)


async def test_the_endpoint_parses_long_documents_in_a_thread(
    populated: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    readers = []
    read = Documents._read

    def noted(documents: Documents, text: str) -> Document:
        readers.append(threading.get_ident())
        return read(documents, text)

    monkeypatch.setattr(Documents, "_read", noted)
    query = f"{{ regions {{ code }} }} {'#' * LONG}"
    async with served(populated, tmp_path) as client:
        answer = await client.post("/graphql", json={"query": query})
    assert len(answer.json()["data"]["regions"]) == 20
    assert len(readers) == 1
    assert readers[0] != threading.get_ident()


@pytest.mark.parametrize(("name", "found"), [("a", OperationType.QUERY), ("c", None), (None, None)])
def test_operations_are_found_by_name(name: str | None, found: OperationType | None) -> None:
    document = Documents(GRAPH).find("query a { regions { code } } query b { regions { name } }")
    operation = document.operation(name)
    assert (operation and operation.operation) == found


def test_requested_fields_ignore_skip_and_include() -> None:
    text = """query q($a: Boolean!) { regions { code @skip(if: $a) ...f @include(if: $a) } }
              fragment f on Region { frontOffice { kind } }"""
    requested_fields = Documents(GRAPH).find(text).requested_fields("q")
    assert requested_fields == {
        "Query": {"regions"},
        "Region": {"code", "frontOffice"},
        "FrontOffice": {"kind"},
    }
