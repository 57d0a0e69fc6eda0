"""A pytest plugin that runs graphql-core's tests on another executor and records the outcomes.

``test_core_suite.py`` loads it into a separate pytest process, outside this package.
"""

import importlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from graphql.execution import Executor

HANGING = 5  # seconds until a test that is known to fail is taken to hang
# The modules in which graphql-core looks up its default executor.
DEFAULTS = ("ExecutorThrowingOnIncremental", "IncrementalExecutor")


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add options for the executor and the file of outcomes."""
    parser.addoption("--executor", help="module:class of the executor instead of the default ones")
    parser.addoption("--outcomes", required=True, help="the JSON file to write")
    parser.addoption("--failing", default="[]", help="JSON: tests that fail, some for want of time")


def pytest_configure(config: pytest.Config) -> None:
    """Replace graphql-core's executor before any test is imported."""
    config.pluginmanager.register(Outcomes(Path(config.getoption("--outcomes"))), "outcomes")
    name = config.getoption("--executor")
    if name is None:
        return
    module, _, attribute = name.partition(":")
    replace_defaults(getattr(importlib.import_module(module), attribute))


def replace_defaults(executor: type[Executor[Any]]) -> None:
    """Make ``executor`` graphql-core's default."""
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
    """Set the timeout of each test, long enough for a slow machine."""
    failing = set(json.loads(config.getoption("--failing")))
    for item in items:
        item.own_markers = [mark for mark in item.own_markers if mark.name != "timeout"]
        if item.nodeid in failing:
            item.add_marker(pytest.mark.timeout(HANGING))


class Outcomes:
    """The outcomes of the tests, and which of them used the executor."""

    executed = 0

    def __init__(self, target: Path) -> None:
        self._target = target
        self._tests: dict[str, dict[str, Any]] = {}

    @pytest.hookimpl(hookwrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Iterator[None]:
        """Count the operations that a test executes."""
        before = Outcomes.executed
        yield
        self._tests[item.nodeid]["executed"] = Outcomes.executed - before

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Record the worst outcome of set-up, test and tear-down."""
        test = self._tests.setdefault(report.nodeid, {"outcome": "passed", "text": ""})
        if report.outcome != "passed":
            test["outcome"] = report.outcome
            test["text"] += report.longreprtext[-2000:]

    def pytest_sessionfinish(self) -> None:
        """Write the outcomes."""
        self._target.write_text(json.dumps(self._tests), encoding="utf-8")
