"""graphql-core's tests pass on this executor as on its own.

They are taken from the source distribution of the installed version.
"""

import json
import os
import platform
import subprocess
import sys
import tarfile
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest

from erikti.executor import BreadthFirstExecutor

pytestmark = pytest.mark.usefixtures("processes")

ROOT = Path(__file__).parents[2]
VERSION = version("graphql-core")
# All tests that execute operations.
SUITE = (
    "tests/execution",
    "tests/type/test_custom_scalars.py",
    "tests/type/test_enum.py",
    "tests/type/test_introspection.py",
    "tests/utilities/test_build_ast_schema.py",
    "tests/utilities/test_build_client_schema.py",
    "tests/utilities/test_extend_schema.py",
    "tests/utilities/test_introspection_from_schema.py",
    "tests/test_graphql.py",
    "tests/test_star_wars_introspection.py",
    "tests/test_star_wars_query.py",
    "tests/test_user_registry.py",
)
OPTIONS = (
    "--config-file=/dev/null",
    "--rootdir=.",
    "--quiet",
    "-pno:cacheprovider",
    "-pcore_plugin",
    # From graphql-core's own configuration.
    "-opython_classes=PyTest*",
    "-oasyncio_mode=strict",
    # Fails a hanging test, but not one on a busy machine.
    "--timeout=120",
)
PATIENCE = 600
FEWEST_TESTS = 1000
FEWEST_EXECUTING = 630

LEVEL = (
    "a level waits for all of its fields, and a failed one ends the waiting only where it makes"
    " the whole answer null"
)
FIRST = "of required fields that fail under one nullable position, the first in the document is reported"
ORDER = "errors come in the order of the document, not in that of time"
ITERABLE = "an iterable is read to its end before its items are completed"
ITEMS = "what waits in a list is awaited before its items are completed"
DEEP = "levels need no stack, so nothing is too deep"

# The tests of graphql-core that do not apply to this executor, each with the reason.
NONNULL = "execution/test_nonnull.py::describe_execute_handles_non_nullable_types"
SAME_POSITION = f"{NONNULL}::describe_handles_multiple_errors_for_a_single_response_position"
ABRUPT = "describe_execute_handles_abrupt_completion_in_synchronous_iterables"
ASYNC_LISTS = "execution/test_lists.py::describe_execute_accepts_async_iterables_as_list_value"
CANCEL = "execution/test_parallel.py::describe_parallel_execution::describe_cancel_on_exception"
EXCEPTIONS = {
    f"tests/{name}": reason
    for name, reason in {
        "execution/test_cancellation.py::describe_execute_cancellation"
        "::stops_late_sibling_object_completion_after_non_null_bubbling": LEVEL,
        f"{CANCEL}::cancel_selection_sets": LEVEL,
        f"{CANCEL}::cancel_lists": LEVEL,
        f"{CANCEL}::cancel_async_iterators": LEVEL,
        f"execution/test_lists.py::{ABRUPT}"
        "::handles_sync_errors_with_later_pending_awaitables": ITEMS,
        f"{ASYNC_LISTS}::handles_mixture_of_sync_and_async_errors_in_async_iterables": FIRST,
        f"{ASYNC_LISTS}::calls_aclose_when_non_null_list_item_errors": ITERABLE,
        f"{NONNULL}::describe_nulls_a_complex_tree_of_nullable_fields_each::throws": ORDER,
        f"{SAME_POSITION}::nullable_and_non_nullable_root_fields_throw_nested_errors": FIRST,
        f"{SAME_POSITION}::nullable_and_non_nullable_nested_fields_throw_nested_errors": FIRST,
        f"{SAME_POSITION}::slower_nullable_after_non_nullable_root_field": FIRST,
        f"{SAME_POSITION}::slower_nullable_after_non_nullable_nested_field": FIRST,
        "execution/test_too_deeply_nested_selections.py"
        "::describe_too_deeply_nested_selections_at_the_root"
        "::reports_a_too_deep_chain_inside_a_field_as_a_field_error": DEEP,
    }.items()
}

Outcomes = dict[str, dict[str, Any]]


@pytest.fixture(scope="session")
def suite(request: pytest.FixtureRequest) -> Path:
    """Return the unpacked source distribution of the installed graphql-core, fetched once."""
    cache: Any = request.config.cache
    folder: Path = cache.mkdir(f"graphql-core-{VERSION}")
    unpacked = folder / f"graphql_core-{VERSION}"
    if not unpacked.is_dir():
        fetch(folder)
        with tarfile.open(folder / f"{unpacked.name}.tar.gz") as archive:
            archive.extractall(folder / "part", filter="data")
        (folder / "part" / unpacked.name).rename(unpacked)
    return unpacked


def fetch(folder: Path) -> None:
    """Download the source distribution with pip, from its configured index."""
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps"]
    command += ["--no-binary=graphql-core", f"--dest={folder}", f"graphql-core=={VERSION}"]
    finished = subprocess.run(command, capture_output=True, text=True, check=False)
    if finished.returncode != 0:
        pytest.fail(f"the tests of graphql-core cannot be fetched: {finished.stderr}")


def run(suite: Path, target: Path, *options: str) -> Outcomes:
    """Run the tests in a separate process and return their outcomes."""
    paths = os.pathsep.join([str(Path(__file__).parent), str(ROOT)])
    command = [sys.executable, "-m", "pytest", *OPTIONS, f"--outcomes={target}", *options, *SUITE]
    environment = {name: value for name, value in os.environ.items() if "PYTEST" not in name}
    finished = subprocess.run(
        command,
        cwd=suite,
        env={**environment, "PYTHONPATH": paths},
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    if not target.is_file():
        pytest.fail(f"the tests of graphql-core ended early:\n{finished.stdout}\n{finished.stderr}")
    outcomes: Outcomes = json.loads(target.read_text(encoding="utf-8"))
    return outcomes


def failed(outcomes: Outcomes) -> set[str]:
    """Return the names of the failed tests."""
    return {name for name, test in outcomes.items() if test["outcome"] == "failed"}


@pytest.fixture(scope="module")
def own(suite: Path) -> Outcomes:
    """Return the outcomes on graphql-core's executors, cached for each version of both."""
    target = suite.parent / f"own-{platform.python_version()}.json"
    if target.is_file():
        outcomes: Outcomes = json.loads(target.read_text(encoding="utf-8"))
        return outcomes
    return run(suite, target)


@pytest.fixture(scope="module")
def ours(suite: Path, tmp_path_factory: pytest.TempPathFactory) -> Outcomes:
    """Return the outcomes on this executor."""
    name = f"{BreadthFirstExecutor.__module__}:{BreadthFirstExecutor.__qualname__}"
    target = tmp_path_factory.mktemp("core") / "ours.json"
    return run(suite, target, f"--executor={name}", f"--failing={json.dumps([*EXCEPTIONS])}")


def test_the_same_tests_run_on_both_executors(own: Outcomes, ours: Outcomes) -> None:
    assert own.keys() == ours.keys()
    assert len(own) >= FEWEST_TESTS
    assert sum(test["outcome"] != "skipped" for test in ours.values()) >= FEWEST_TESTS


def test_most_of_the_tests_execute_something_on_our_executor(ours: Outcomes) -> None:
    executing = sum(test.get("executed", 0) > 0 for test in ours.values())
    assert executing >= FEWEST_EXECUTING


def test_the_tests_pass_on_graphql_core_itself(own: Outcomes) -> None:
    assert not failed(own)


def test_the_tests_pass_on_our_executor_but_for_the_listed_ones(ours: Outcomes) -> None:
    names = failed(ours)
    unlisted = {name: ours[name]["text"] for name in names - EXCEPTIONS.keys()}
    report = "\n\n".join(f"{name}\n{text}" for name, text in sorted(unlisted.items()))
    assert not unlisted, f"{len(unlisted)} fail:\n{report}"


def test_the_listed_tests_still_fail(ours: Outcomes) -> None:
    assert EXCEPTIONS.keys() - failed(ours) == set()
