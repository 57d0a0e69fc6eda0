"""Every query in the documentation can be pasted: it has a result, and the errors shown are real."""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from graphql import parse, validate

from erikti.database.connection import dialect
from schema import schema
from tests.support.examples import EXAMPLES, Example
from tests.support.queries import AS_REGISTRAR, ask, execute, statements
from tests.support.tree import ROOT


def named(example: Example) -> str:
    """Return the page and the first words of an example, to tell tests apart."""
    return f"{example.page}-{' '.join(example.query.split())[:40]}"


def empty(value: Any) -> Iterator[str]:
    """Yield the names of root fields without a result."""
    for name, found in value.items():
        if found in (None, [], {"nodes": []}, {"groups": {"nodes": []}}):
            yield name


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


def plain(sql: str) -> str:
    """Return SQL without spaces and parentheses, and with neighbouring constant texts joined."""
    return re.sub(r"[\s()]", "", sql).replace("'||'", "")


@pytest.mark.usefixtures("nation")
async def test_the_page_shows_the_statement_that_writes_its_query() -> None:
    page = (ROOT / "docs/written.md").read_text(encoding="utf-8")
    (query,), (shown,) = (
        re.findall(rf"```{language}\n(.*?)```", page, re.DOTALL) for language in ("graphql", "sql")
    )
    with statements() as made:
        await ask(query)
    (statement,) = made
    if dialect().name == "postgres":
        assert plain(statement) == plain(shown.replace(r"\x01", "\x01"))
