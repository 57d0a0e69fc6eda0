"""Every query in the documentation can be pasted: it has a result, and the errors shown are real."""

import json
import re
from collections.abc import Iterator
from typing import Any, NamedTuple

import pytest
from graphql import parse, validate

from schema import schema
from tests.support.queries import AS_REGISTRAR, execute
from tests.support.tree import ROOT

BLOCK = re.compile(r"```graphql\n(.*?)```(?:\s*```json\n(.*?)```)?", flags=re.DOTALL)


class Example(NamedTuple):
    """A query of a page, and the response that the page shows for it."""

    page: str
    query: str
    response: str | None


def examples() -> Iterator[Example]:
    """Yield the queries of all pages."""
    for page in [ROOT / "README.md", *sorted(ROOT.glob("docs/*.md"))]:
        for query, response in BLOCK.findall(page.read_text(encoding="utf-8")):
            yield Example(page.name, query, response or None)


def named(example: Example) -> str:
    """Return the page and the first words of an example, to tell tests apart."""
    return f"{example.page}-{' '.join(example.query.split())[:40]}"


def empty(value: Any) -> Iterator[str]:
    """Yield the names of root fields without a result."""
    for name, found in value.items():
        if found in (None, [], {"nodes": []}, {"groups": {"nodes": []}}):
            yield name


EXAMPLES = list(examples())
QUERIES = [e for e in EXAMPLES if not e.query.lstrip().startswith("subscription")]


@pytest.mark.parametrize("example", EXAMPLES, ids=named)
def test_it_is_a_document_of_the_schema(example: Example) -> None:
    assert validate(schema._schema, parse(example.query)) == []


@pytest.mark.usefixtures("nation")
@pytest.mark.parametrize("example", QUERIES, ids=named)
async def test_it_has_the_result_that_the_page_states(example: Example) -> None:
    result = await execute(example.query, **AS_REGISTRAR)
    if example.response is None:
        assert result.errors is None, result.errors
        assert list(empty(result.data)) == []
    else:
        shown = json.loads(example.response)
        assert [error.formatted for error in result.errors or ()] == shown["errors"]
        assert result.data == shown.get("data")
