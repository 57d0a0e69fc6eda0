"""A pytest plugin for graphql-core's own tests: runs them on another executor, and notes how each went.

It is loaded by ``test_core_suite.py`` into a pytest of its own, outside this package.
"""

import importlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from graphql.execution import Executor

HANGING = 5  # seconds until a test that is known to fail is taken to hang
# Where graphql-core looks up the executor of a caller that names none.
DEFAULTS = ("ExecutorThrowingOnIncremental", "IncrementalExecutor")


def pytest_addoption(parser: pytest.Parser) -> None:
    """Say which executor to use, and where to write what came of it."""
    parser.addoption("--executor", help="module:class of the executor instead of the default ones")
    parser.addoption("--outcomes", required=True, help="the JSON file to write")
    parser.addoption("--failing", default="[]", help="JSON: tests that fail, some for want of time")


def pytest_configure(config: pytest.Config) -> None:
    """Put the executor in the place of graphql-core's, before any test is imported."""
    config.pluginmanager.register(Outcomes(Path(config.getoption("--outcomes"))), "outcomes")
    name = config.getoption("--executor")
    if name is None:
        return
    module, _, attribute = name.partition(":")
    replace_defaults(getattr(importlib.import_module(module), attribute))


def replace_defaults(executor: type[Executor[Any]]) -> None:
    """Make ``executor`` what graphql-core uses where the caller names none."""
    module = importlib.import_module("graphql.execution.execute")
    for name in DEFAULTS:
        assert issubclass(getattr(module, name), Executor)
        setattr(module, name, executor)
    original = executor.execute_operation

    def counted(self: Executor[Any], *args: Any, **kwargs: Any) -> Any:
        Outcomes.executed += 1
        return original(self, *args, **kwargs)

    executor.execute_operation = counted  # type: ignore[method-assign]


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Give each test the time that the run allows: a slow machine must not fail one."""
    failing = set(json.loads(config.getoption("--failing")))
    for item in items:
        item.own_markers = [mark for mark in item.own_markers if mark.name != "timeout"]
        if item.nodeid in failing:
            item.add_marker(pytest.mark.timeout(HANGING))


class Outcomes:
    """How each test went, and which of them executed an operation on the executor."""

    executed = 0

    def __init__(self, target: Path) -> None:
        self._target = target
        self._tests: dict[str, dict[str, Any]] = {}

    @pytest.hookimpl(hookwrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Iterator[None]:
        """Count what a test executes."""
        before = Outcomes.executed
        yield
        self._tests[item.nodeid]["executed"] = Outcomes.executed - before

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Note the worst outcome of set-up, test and tear-down."""
        test = self._tests.setdefault(report.nodeid, {"outcome": "passed", "text": ""})
        if report.outcome != "passed":
            test["outcome"] = report.outcome
            test["text"] += report.longreprtext[-2000:]

    def pytest_sessionfinish(self) -> None:
        """Write the notes."""
        self._target.write_text(json.dumps(self._tests), encoding="utf-8")
