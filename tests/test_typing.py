"""How much of the product the type checker knows nothing about."""

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]
ROOMS = ("schema", "resolvers", "models", "erikti")
MIGRATIONS = ROOT / "models" / "migrations"  # generated
CEILING = 10  # occurrences in 1,000 lines; lower it, never raise it


def product() -> dict[str, str]:
    """Return the text of each module of the product by its name; without migrations."""
    paths = [ROOT / "server.py"]
    for room in ROOMS:
        paths += (path for path in (ROOT / room).rglob("*.py") if path.parent != MIGRATIONS)
    return {
        ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): (
            path.read_text(encoding="utf-8")
        )
        for path in paths
    }


@dataclass
class Module:
    """A module's syntax, its type aliases and what it imports: name here, module, name there."""

    tree: ast.Module
    aliases: dict[str, ast.expr]
    imports: dict[str, tuple[str, str]]


def read(text: str) -> Module:
    """Parse a module and find its aliases: assignments at the top of what reads as a type."""
    tree = ast.parse(text)
    found = Module(tree, {}, {})
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module:
            for alias in node.names:
                found.imports[alias.asname or alias.name] = node.module, alias.name
    for node in tree.body:
        match node:
            case ast.Assign(targets=[ast.Name(name)], value=value) if _is_type(value):
                found.aliases[name] = value
            case ast.AnnAssign(ast.Name(name), ast.Name("TypeAlias"), ast.expr() as value):
                found.aliases[name] = value
    return found


def _is_type(value: ast.expr) -> bool:
    """Return whether a value may be a type: ``Any``, ``typing.Any``, ``list[Any]``, ``A | B``."""
    match value:
        case ast.Name() | ast.Attribute() | ast.Subscript():
            return True
        case ast.BinOp(left, ast.BitOr(), right):
            return _is_type(left) and _is_type(right)
    return False


def names(tree: ast.AST) -> Iterator[str]:
    """Yield each name that is used, also in strings that read as types."""
    for node in ast.walk(tree):
        match node:
            case ast.Name(name) | ast.Attribute(attr=name):
                yield name
            case ast.Constant(str() as text) if text.isidentifier() or "[" in text:
                try:
                    yield from names(ast.parse(text.strip(), mode="eval"))
                except SyntaxError:
                    continue


class Counts:
    """Counts ``Any`` in modules.

    Each use of the name counts: in annotations, base classes, casts, in types that are written
    as strings. Imports do not count. A use of a type alias, of this module or an imported one,
    counts as often as ``Any`` is in the alias, so that a name of a type hides nothing.
    """

    def __init__(self, texts: Mapping[str, str]) -> None:
        self._modules = {name: read(text) for name, text in texts.items()}
        self._weights: dict[tuple[str, str], int] = {}

    def of(self, module: str) -> int:
        """Return how often ``Any`` occurs in a module."""
        return sum(self._weight(module, name) for name in names(self._modules[module].tree)) - sum(
            # The name on the left of the definition is no use.
            self._weight(module, name)
            for name in self._modules[module].aliases
        )

    def _weight(self, module: str, name: str) -> int:
        if name == "Any":
            return 1
        if module not in self._modules:
            return 0
        if (module, name) not in self._weights:
            self._weights[module, name] = 0  # what is defined by itself is followed once
            self._weights[module, name] = self._found(self._modules[module], module, name)
        return self._weights[module, name]

    def _found(self, parsed: Module, module: str, name: str) -> int:
        if name in parsed.aliases:
            return sum(self._weight(module, part) for part in names(parsed.aliases[name]))
        return self._weight(*parsed.imports[name]) if name in parsed.imports else 0


def test_the_type_checker_knows_the_types_of_the_product() -> None:
    texts = product()
    counts = Counts(texts)
    found = {module: counts.of(module) for module in texts}
    lines = sum(text.count("\n") for text in texts.values())
    most = sorted(found, key=lambda module: -found[module])[:10]
    assert lines > 10_000
    assert 1000 * sum(found.values()) / lines < CEILING, {name: found[name] for name in most}


def test_any_is_found_in_aliases_strings_and_other_modules() -> None:
    texts = {
        "rows": 'from typing import Any\n\nRow = list[Any]\nPair: TypeAlias = "tuple[Row, Any]"\n',
        "reader": 'from rows import Pair as P\n\n\ndef read(p: P) -> "list[Any]":\n    """Any."""\n',
        "own": "Row = dict[str, int]\n\n\ndef read(row: Row) -> Row: ...\n",
        "dotted": "import typing\n\nx: typing.Any = cast(typing.Any, 'Any')\n",
        "renamed": "from typing import Any as Whatever\n\nx: Whatever\ny: list[Whatever]\n",
    }
    counts = Counts(texts)
    assert {name: counts.of(name) for name in texts} == {
        "rows": 3,
        "reader": 3,
        "own": 0,
        "dotted": 3,
        "renamed": 2,
    }
