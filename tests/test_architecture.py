"""Who may import whom, what is called what, and how large things may grow."""

import ast
import sys
from collections import Counter, OrderedDict, deque
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from types import MappingProxyType

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
    "erikti.web": {"erikti.auth", "erikti.settings"},
    "erikti.health": {
        "erikti.audit",
        "erikti.cache",
        "erikti.serving",
        "erikti.settings",
        "models",
    },
    "erikti.endpoint": None,
    "erikti.trusted_documents": {
        "erikti.cache",
        "erikti.errors",
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
    "resolvers.dataloaders": {"erikti.auth", "erikti.database", "erikti.text", "models"},
    "erikti.masking": {"erikti.database", "erikti.errors", "erikti.telemetry"},
    "erikti.demo": {"erikti.importers", "erikti.writing", "models"},
    "erikti.work": {"erikti.database", "erikti.telemetry", "models"},
    "erikti.importers": {"erikti.database", "erikti.labels", "erikti.writing", "models"},
    "erikti.writing": {"erikti.database", "erikti.labels", "erikti.text", "models"},
    "erikti.audit": {"erikti.sealing", "models"},
    "models": {"erikti.database", "erikti.sealing"},
    "erikti.database": {"erikti.sealing", "erikti.text", "erikti.zones"},
    "erikti.settings": {"erikti.guard", "erikti.sealing", "erikti.serving", "erikti.zones"},
    "erikti.auth": {"erikti.errors", "erikti.sealing", "erikti.serving"},
    "erikti.serving": {"erikti.errors", "erikti.guard", "erikti.telemetry"},
    "erikti.guard": {"erikti.cache", "erikti.errors", "erikti.instants"},
    "erikti.executor": set(),
    "erikti.cache": set(),
    "erikti.errors": set(),
    "erikti.instants": set(),
    "erikti.labels": set(),
    "erikti.sealing": set(),
    "erikti.telemetry": set(),
    "erikti.text": set(),
    "erikti.zones": set(),
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
UNNEEDED = {"resolvers": {"awards", "un_placements", "volunteers"}}


def test_nothing_but_loaders_and_written_responses_read_the_database_for_a_field() -> None:
    for path in sources("schema", "resolvers"):
        if not {"dataloaders", "written"} & set(path.parts):
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


# Methods that change a value: those that its like that cannot be changed has not.
CHANGEABLE = (list, dict, set, deque, OrderedDict, Counter)
UNCHANGEABLE = (tuple, frozenset, MappingProxyType)
CHANGING = {name for type_ in CHANGEABLE for name in dir(type_) if not name.startswith("_")} - {
    name for type_ in UNCHANGEABLE for name in dir(type_)
}
# What belongs to the running task.
CONTEXT_VARIABLES = {
    "erikti.database.calendar._used",
    "erikti.database.current.database",
    "erikti.database.sealed._used",
    "erikti.database.snapshots._current",
    "erikti.telemetry.trace_context._carried",
}
# What a module may change of its own, and why no application finds what another left there.
CHANGED = {
    # By the identity of one execution, for one turn of the loop.
    "erikti.executor.batch_resolvers._waiting",
    "erikti.executor.batch_resolvers._running",
    # While modules are imported; then it is a constant.
    "erikti.writing.kind.KNOWN",
    "resolvers.dataloaders.listings.LISTINGS",
}


def changed(path: Path) -> Iterator[str]:
    """The names of a module whose values it changes: what they name, or which value they name."""
    tree = parsed(path)[0]
    assert isinstance(tree, ast.Module)
    assigned = [node for node in tree.body if isinstance(node, ast.Assign | ast.AnnAssign)]
    targets = [t for a in assigned for t in getattr(a, "targets", None) or [a.target]]  # type: ignore[union-attr]
    names = {
        node.id for target in targets for node in ast.walk(target) if isinstance(node, ast.Name)
    }
    for node in parsed(path):
        if isinstance(node, ast.Global):
            yield from node.names
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            held = node.func.value
            if node.func.attr in CHANGING and isinstance(held, ast.Name):
                yield from {held.id} & names
        if isinstance(node, ast.Subscript | ast.Attribute):
            written = isinstance(node.value, ast.Name) and not isinstance(node.ctx, ast.Load)
            yield from {node.value.id} & names if written else ()  # type: ignore[attr-defined]


@pytest.mark.parametrize("path", FILES, ids=module)
def test_modules_keep_no_state(path: Path) -> None:
    found = {f"{module(path)}.{name}" for name in changed(path)}
    assert found <= CHANGED, "make it a value of create_app, and hand it down"


def test_context_variables_are_known() -> None:
    made = {
        f"{module(path)}.{ast.unparse(getattr(node, 'targets', [getattr(node, 'target', None)])[0])}"
        for path in FILES
        for node in parsed(path)
        if isinstance(node, ast.Assign | ast.AnnAssign)
        and isinstance(node.value, ast.Call)
        and ast.unparse(node.value.func) == "ContextVar"
    }
    assert made == CONTEXT_VARIABLES


def test_what_modules_may_change_is_still_there() -> None:
    assert {f"{module(path)}.{name}" for path in FILES for name in changed(path)} == CHANGED


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
