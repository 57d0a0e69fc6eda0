"""docs/internals.md lists every use of a library's internals, and names a test for each."""

import ast
import inspect
import re
import sys
import textwrap
from collections.abc import Collection, Iterator
from fnmatch import fnmatch
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.support.tree import FILES, PRODUCT, ROOT, TOP, module
from tools.internals import PAGE

KNOWN = {*PRODUCT, *TOP, *sys.stdlib_module_names}
# Private by convention and documented all the same (namedtuple, os).
PUBLIC = {"_replace", "_fields", "_exit"}
# Of these, modules and base classes below the top are no interface.
LIBRARIES = (
    "strawberry",
    "graphql",
    "tortoise",
    "uvicorn",
    "aiocache",
    "redis",
    "typer",
    "asyncpg",
)
# Base classes that the libraries' documentation invites to extend.
EXTENDED = ("tortoise.models", "tortoise.fields", "graphql.error", "graphql.language")
HERE = "tests/test_internals.py"


class Row(NamedTuple):
    """A row of the page."""

    names: frozenset[str]
    where: list[str]
    test: str


def ticked(cell: str) -> list[str]:
    return re.findall("`([^`]+)`", cell)


@cache
def rows() -> list[Row]:
    found = []
    for line in PAGE.read_text(encoding="utf-8").splitlines():
        if line.startswith("| `"):
            internal, where, _, test = line.strip("| ").split(" | ")
            names = {part for name in ticked(internal) for part in parts(name)}
            found.append(Row(frozenset(names), ticked(where), *ticked(test)))
    return found


def parts(name: str) -> list[str]:
    """A module as a whole; of a class's attribute the class and the attribute."""
    return [name] if name.partition(".")[0] in LIBRARIES else name.split(".")


def path_of(path: Path) -> str:
    return str(path.relative_to(ROOT))


def is_private(name: str) -> bool:
    private = name.startswith("_") and not name.startswith("__") and name not in PUBLIC
    return private or name.startswith("__strawberry")


def is_own(node: ast.expr) -> bool:
    """Whether this is ``self``, ``cls`` or ``super()``."""
    return ast.unparse(node) in ("self", "cls", "super()")


def defined(tree: ast.AST) -> set[str]:
    """The names of methods, and of attributes that are set, in some code."""
    found = set()
    for node in ast.walk(tree):
        match node:
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
                found.add(name)
            case ast.Attribute(attr=name, ctx=ast.Store(), value=ast.Name(id="self")):
                found.add(name)
            case ast.ClassDef(name=name, body=body):
                found |= {name, *_variables(body)}
    return found


def _variables(body: list[ast.stmt]) -> Iterator[str]:
    for statement in body:
        match statement:
            case ast.AnnAssign(target=ast.Name(id=name)):
                yield name
            case ast.Assign(targets=targets):
                yield from (target.id for target in targets if isinstance(target, ast.Name))


def inherited(kind: type) -> set[str]:
    """The names that the library's bases of a class define; none of documented bases."""
    found: set[str] = set()
    for base in kind.__mro__[1:]:
        if base.__module__.partition(".")[0] in LIBRARIES:
            if base.__module__.startswith(EXTENDED):
                return set()
            source = textwrap.dedent(inspect.getsource(base))
            found |= {name for name in defined(ast.parse(source)) if not name.startswith("__")}
    return found


def bases(kind: type) -> set[str]:
    """The base classes of a class that belong to a library and are no documented ones."""
    found = [base for base in kind.__bases__ if base.__module__.partition(".")[0] in LIBRARIES]
    return {base.__name__ for base in found if not base.__module__.startswith(EXTENDED)}


def mentions(tree: ast.Module, listed: Collection[str] = ()) -> Iterator[str]:
    """Names and deep modules that a file uses, except its own names that are not listed."""
    own = defined(tree) - set(listed)
    for node in ast.walk(tree):
        match node:
            case ast.Attribute(attr=name, value=value) if not is_own(value):
                yield from {name} - own
            case ast.keyword(arg=str(name)):
                yield name
            case ast.Call(func=ast.Name(id="getattr"), args=[_, ast.Constant(value=str(name)), *_]):
                yield name
            case ast.ImportFrom(module=str(name)) if name.partition(".")[0] not in KNOWN:
                if (name.count(".") > 1 and name.startswith(LIBRARIES)) or "._" in name:
                    yield name
                yield from {alias.name for alias in node.names}


def overrides(path: Path, tree: ast.Module) -> Iterator[str]:
    """Base classes from libraries, and their names that the classes of a file use or replace."""
    for node in (node for node in tree.body if isinstance(node, ast.ClassDef)):
        kind = getattr(import_module(module(path)), node.name)
        used = (defined(node) - {node.name}) | {
            part.attr
            for part in ast.walk(node)
            if isinstance(part, ast.Attribute) and is_own(part.value)
        }
        yield from bases(kind) | (used & inherited(kind))


def listed(path: Path) -> set[str]:
    """The names that the page lists for a file."""
    at = [row for row in rows() if any(fnmatch(path_of(path), place) for place in row.where)]
    return {name for row in at for name in row.names}


def uses(path: Path) -> Iterator[str]:
    """The internals of libraries that a file uses."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for name in mentions(tree, listed(path)):
        if is_private(name) or "." in name:
            yield name
    yield from overrides(path, tree)


@pytest.mark.parametrize("path", FILES, ids=module)
def test_every_use_of_an_internal_is_listed(path: Path) -> None:
    unlisted = sorted(set(uses(path)) - listed(path))
    assert not unlisted, f"{path_of(path)}: list these in docs/internals.md with a test of each"


@pytest.mark.parametrize("row", rows(), ids=lambda row: min(row.names))
def test_every_row_is_of_use(row: Row) -> None:
    """Each place has one of the internals, and each internal is in one of the places."""
    texts = {}
    for pattern in row.where:
        found = [path for path in FILES if fnmatch(path_of(path), pattern)]
        texts[pattern] = "\n".join(path.read_text(encoding="utf-8") for path in found)
        assert any(name in texts[pattern] for name in row.names), f"{pattern} has none of these"
    for name in row.names - {"Schema"}:
        assert any(name in text for text in texts.values()), f"{name} is used nowhere"


@pytest.mark.parametrize("row", rows(), ids=lambda row: min(row.names))
def test_every_row_names_a_test_that_is_there(row: Row) -> None:
    path, _, name = row.test.rpartition("::")
    text = (ROOT / (path or HERE)).read_text(encoding="utf-8")
    assert re.search(rf"^(async )?def {name}\(", text, re.MULTILINE), f"there is no {row.test}"


@pytest.mark.parametrize(
    ("code", "found"),
    [
        ("x = schema._unlisted", {"_unlisted"}),
        ("getattr(info, '_unlisted', None)", {"_unlisted"}),
        ("Tortoise.init(_unlisted=True)", {"_unlisted"}),
        ("from strawberry.some.where import name", {"strawberry.some.where", "name"}),
        ("class Own:\n  def __init__(self): self._own = 1\n  def f(self, o): o._own", set()),
        ("class Own:\n  def f(self): return self._x", set()),
    ],
)
def test_a_new_use_is_found(code: str, found: set[str]) -> None:
    assert {name for name in mentions(ast.parse(code)) if name != "init"} == found
