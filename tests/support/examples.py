"""The queries in the documentation, each with the response that is shown for it."""

import re
from collections.abc import Iterator
from typing import NamedTuple

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


EXAMPLES = list(examples())
