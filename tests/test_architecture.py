"""Who may import whom, what is called what, and how large things may grow."""

import ast
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from tests.support.tree import ALL, FILES, PRODUCT, ROOT, TOP, module, room, sources

DOMAINS = ("people", "volunteers", "cis_forum", "un_placements", "awards")
LAYERS = ("schema", "resolvers", "resolvers/dataloaders", "models", "erikti/writing")
# The rooms, each above all that it imports; what stands behind a name is what it may import,
# where that is not every room below.
ROOMS: dict[str, set[str] | None] = {
    "erikti.__main__": {"erikti.commands"},
    "erikti.commands": None,
    "server": None,
    "erikti.web": set(),
    "erikti.endpoint": None,
    "erikti.trusted_documents": {
        "erikti.cache",
        "erikti.guard",
        "models",
        "resolvers",
        "schema",
        "schema.engine",
    },
    "schema": {
        "erikti.executor",
        "models",
        "resolvers",
        "resolvers.dataloaders",
        "schema.building",
        "schema.engine",
    },
    "schema.engine": None,
    "schema.building": None,
    "resolvers": None,
    "resolvers.dataloaders": {"erikti.auth", "erikti.database", "models"},
    "erikti.demo": {"erikti.importers", "erikti.writing", "models"},
    "erikti.importers": {"erikti.database", "erikti.writing", "models"},
    "erikti.writing": {"erikti.database", "models"},
    "erikti.audit": {"erikti.sealing", "models"},
    "models": {"erikti.database", "erikti.sealing"},
    "erikti.database": {"erikti.sealing"},
    "erikti.settings": {"erikti.guard", "erikti.sealing", "erikti.serving"},
    "erikti.auth": {"erikti.sealing", "erikti.serving"},
    "erikti.serving": {"erikti.guard", "erikti.telemetry"},
    "erikti.guard": {"erikti.cache"},
    "erikti.executor": set(),
    "erikti.cache": set(),
    "erikti.sealing": set(),
    "erikti.telemetry": set(),
    "erikti": set(),
}
NAMES = list(ROOMS)
LONGEST_FILE = 400
LONGEST_FUNCTION = 40


@cache
def parsed(path: Path) -> list[ast.AST]:
    """The whole tree of a file, its module first."""
    return list(ast.walk(ast.parse(path.read_text(encoding="utf-8"))))


def imports(path: Path) -> Iterator[str]:
    """The modules that a file imports, those of ours by their full names."""
    for node in parsed(path):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            assert node.module is not None
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def ours(name: str) -> bool:
    return name.partition(".")[0] in (*PRODUCT, *TOP)


@pytest.mark.parametrize("path", FILES, ids=module)
def test_imports_point_down(path: Path) -> None:
    own = room(module(path))
    below = NAMES[NAMES.index(own) + 1 :]
    allowed = {own, *below} if ROOMS[own] is None else {own} | (ROOMS[own] or set())
    assert (ROOMS[own] or set()) <= set(below), f"{own} stands below what it may import"
    for name in imports(path):
        if ours(name):
            assert room(name) in allowed, f"{module(path)} must not import {name}"


@pytest.mark.parametrize("path", sources("erikti/executor"), ids=module)
def test_the_executor_knows_graphql_core_and_cachetools_and_nothing_else(path: Path) -> None:
    others = [name for name in imports(path) if not name.startswith("erikti.executor")]
    allowed = {"cachetools", "graphql", *sys.stdlib_module_names}
    assert {name.partition(".")[0] for name in others} <= allowed


@pytest.mark.parametrize("path", FILES, ids=module)
def test_domains_meet_in_people_alone(path: Path) -> None:
    own = module(path).rpartition(".")[2]
    if own not in DOMAINS:
        return
    others = set(DOMAINS) - {own, "people"}
    for name in imports(path):
        if ours(name) and room(name) != "erikti.demo":
            assert not others & set(name.split(".")), f"{module(path)} must not import {name}"


def test_one_noun_names_the_same_file_in_every_layer() -> None:
    for layer in LAYERS:
        missing = [noun for noun in DOMAINS if not (ROOT / layer / f"{noun}.py").is_file()]
        assert set(missing) <= UNNEEDED.get(layer, set()), (layer, missing)


# Placements need no field logic beyond the relations that every type has.
UNNEEDED = {"resolvers": {"un_placements"}}


def test_nothing_but_loaders_reads_the_database_for_a_field() -> None:
    for path in sources("schema", "resolvers"):
        if "dataloaders" not in path.parts:
            assert "erikti.database.connection.fetch" not in set(imports(path)), path


@pytest.mark.parametrize("path", ALL, ids=module)
def test_files_and_functions_stay_small(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert text.count("\n") <= LONGEST_FILE
    if path not in FILES:
        return
    for node in parsed(path):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            length = (node.end_lineno or 0) - node.lineno + 1
            assert length <= LONGEST_FUNCTION, f"{node.name}: {length} lines"


@pytest.mark.parametrize("path", ALL, ids=module)
def test_modules_say_what_they_are_and_import_at_the_top(path: Path) -> None:
    tree = parsed(path)[0]
    assert isinstance(tree, ast.Module)
    if tree.body:
        assert ast.get_docstring(tree), path
    for node in parsed(path):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            inner = [n for n in ast.walk(node) if isinstance(n, ast.Import | ast.ImportFrom)]
            assert not inner, f"{path}: import inside {node.name}"


def test_no_folder_shadows_the_standard_library() -> None:
    assert not {*PRODUCT, *TOP} & set(sys.stdlib_module_names)


AROUND = ("tests", "benchmarks", "interop")


@pytest.mark.parametrize("path", sources(*AROUND), ids=module)
def test_what_is_around_the_product_meets_in_the_support_of_tests(path: Path) -> None:
    own = module(path)
    for name in imports(path):
        head, _, rest = name.partition(".")
        if head not in AROUND or f"{name}.".startswith("tests.support."):
            continue
        assert own.partition(".")[0] == head, f"{own} must not import {name}"
        assert not own.startswith("tests.support"), f"{own} must not import {name}"
        found = {part for part in rest.split(".") if part.startswith(("test_", "conftest"))}
        assert not found, f"{own} must not import {name}: tests are no library"
