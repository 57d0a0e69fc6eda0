"""The fast path knows every header that the full way reads: they are found in the code."""

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import starlette.middleware.cors
import starlette_compress

from erikti.endpoint.http.fast_path.profiles import DECIDING, IGNORED, VARYING
from tests.support.tree import ROOT

FAST_PATH = ROOT / "erikti/endpoint/http/fast_path"
# Where requests are read: the endpoint, what is around it, and the guards that get its headers.
READERS = [
    *(p for p in (ROOT / "erikti/endpoint").rglob("*.py") if FAST_PATH not in p.parents),
    *(ROOT / "erikti/auth").rglob("*.py"),
    *(ROOT / "erikti/telemetry").rglob("*.py"),
    ROOT / "erikti/serving/addresses.py",
    Path(starlette.middleware.cors.__file__),
    Path(starlette_compress.__file__),
]
OTHERS = {b"*"}  # what stands for all headers that a page may send
HEADERS = ("headers", "_plain_headers()", "request_headers", "Headers(scope=scope)")


def is_constant(node: ast.AST, type_: Any) -> bool:
    """Whether an expression is a constant of a type."""
    return isinstance(node, ast.Constant) and isinstance(node.value, type_)


def text(node: ast.AST) -> str:
    """The name of a header, in the code's words if it is no constant."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str | bytes):
        return (node.value if isinstance(node.value, str) else node.value.decode()).lower()
    return ast.unparse(node)


def constants(tree: ast.Module) -> dict[str, ast.expr]:
    """The values of a module's names."""
    return {
        target.id: node.value
        for node in tree.body
        if isinstance(node, ast.Assign)
        for target in node.targets
        if isinstance(target, ast.Name)
    }


def compared(node: ast.Compare, values: dict[str, ast.expr]) -> Iterator[str]:
    """The headers in ``"x" in headers``, ``name == b"x"`` and ``name in NAMES``."""
    left, right = node.left, node.comparators[0]
    parts: list[ast.expr] = []
    if ast.unparse(right).endswith(HEADERS):
        parts = [left]
    elif ast.unparse(left) in ("name", "n"):
        value = values.get(right.id, right) if isinstance(right, ast.Name) else right
        parts = [p for p in getattr(value, "elts", [value]) if is_constant(p, bytes)]
    yield from (text(part) for part in parts if is_constant(part, str | bytes))


def read_headers(tree: ast.Module) -> Iterator[str]:
    """The names of the headers that a module reads."""
    values = constants(tree)
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            if node.func.attr == "get" and ast.unparse(node.func.value).endswith(HEADERS):
                yield text(node.args[0])
        elif isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Load):
            if ast.unparse(node.value).endswith(HEADERS):
                yield text(node.slice)
        elif isinstance(node, ast.Compare):
            yield from compared(node, values)


def found(path: Path) -> set[str]:
    return set(read_headers(ast.parse(path.read_text(encoding="utf-8"))))


def test_every_header_that_is_read_is_known() -> None:
    names = {name.encode() for path in READERS for name in found(path)}
    known = DECIDING | VARYING | IGNORED
    names.remove(b"TRACED[0]")
    names.add(b"apollo-federation-include-trace")
    assert names - OTHERS == known
    assert names >= OTHERS
    assert not DECIDING & VARYING
    assert not IGNORED & (DECIDING | VARYING)


@pytest.mark.parametrize(
    ("code", "names"),
    [
        ("exchange.headers.get('x-new', '')", {"x-new"}),
        ("headers['X-New']", {"x-new"}),
        ("'x-new' in request_headers", {"x-new"}),
        ("[v for name, v in scope['headers'] if name == b'x-new']", {"x-new"}),
        ("NEW = (b'x-new', b'x-old')\n[v for n, v in headers if n in NEW]", {"x-new", "x-old"}),
        ("reply['x-new'] = 1", set()),
    ],
)
def test_reads_are_found(code: str, names: set[str]) -> None:
    assert set(read_headers(ast.parse(code))) == names
