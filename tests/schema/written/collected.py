"""The query operations of this repository: of its examples, documentation, clients and tests.

Those of the tests of written responses are left out, since they were chosen for being written.
"""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from graphql import GraphQLError, OperationDefinitionNode, OperationType, parse, validate

from tests.schema.walk import GRAPH
from tests.support.examples import EXAMPLES
from tests.support.tree import ROOT

FOLDERS = ("examples", "erikti/web", "interop", "benchmarks/operations", "tests")
WRITTEN = ROOT / "tests/schema/written"
TEMPLATE = re.compile(r"\b(?:graphql|gql)\(?`([^`]*)`")  # in JavaScript and TypeScript


def texts() -> Iterator[tuple[str, str]]:
    """Yield each text that may be a document, with the folder that it is in."""
    yield from (("docs", example.query) for example in EXAMPLES)
    for folder in FOLDERS:
        for path in sorted((ROOT / folder).rglob("*")):
            if path.is_relative_to(WRITTEN):
                continue
            if path.suffix == ".graphql":
                yield folder, path.read_text(encoding="utf-8")
            elif path.suffix == ".py":
                yield from ((folder, text) for text in _constants(path))
            elif path.suffix in (".js", ".ts"):
                found = TEMPLATE.findall(path.read_text(encoding="utf-8"))
                yield from ((folder, text) for text in found)


def _constants(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and "{" in node.value:
            yield node.value


def queries() -> Iterator[tuple[str, str, OperationDefinitionNode]]:
    """Yield the distinct queries of valid documents, with their folder."""
    seen = set()
    for folder, text in texts():
        if (folder, key := " ".join(text.split())) in seen:
            continue
        seen.add((folder, key))
        try:
            document = parse(text)
            if validate(GRAPH, document):
                continue
        except GraphQLError:
            continue
        for node in document.definitions:
            if isinstance(node, OperationDefinitionNode) and node.operation is OperationType.QUERY:
                yield folder, text, node
