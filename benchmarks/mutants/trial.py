"""A trial of one change in its own process: runs the tests until one fails."""

import ast
import importlib.abc
import importlib.util
import io
import os
import resource
import signal
import sys
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any

import pytest

from benchmarks.mutants.changes import ROOT, Change, changed

MEMORY = 6 << 30  # bytes of memory that a change may use before it counts as detected
REWRITTEN = "ignore::pytest.PytestAssertRewriteWarning"  # plugins are already imported
OPTIONS = ("-x", "-q", "-p", "no:cacheprovider", "-n", "0", "-W", REWRITTEN)


class Changed(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """An import hook that loads one module from its changed tree."""

    def __init__(self, name: str, path: str, tree: ast.Module) -> None:
        self._name = name
        self._path = path
        self._tree = tree

    def find_spec(self, fullname: str, *_: Any) -> ModuleSpec | None:
        """Find only this module."""
        if fullname != self._name:
            return None
        return importlib.util.spec_from_file_location(fullname, self._path, loader=self)

    def exec_module(self, module: ModuleType) -> None:
        """Execute the changed tree."""
        exec(compile(self._tree, self._path, "exec"), module.__dict__)


def trial(change: Change | None, tests: tuple[str, ...], seconds: int, output: str) -> int:
    """Run the tests with a change, or without, in this process; return pytest's exit status.

    Python processes that tests start use the unchanged product.
    """
    os.setsid()
    signal.alarm(seconds)
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    with open(output, "wb") as file:
        os.dup2(file.fileno(), 1)
        os.dup2(file.fileno(), 2)
    sys.stdout = io.TextIOWrapper(io.BufferedWriter(io.FileIO(1, "w", closefd=False)))
    sys.stderr = io.TextIOWrapper(io.BufferedWriter(io.FileIO(2, "w", closefd=False)))
    if change is not None:
        name = change.path.removesuffix(".py").replace("/", ".")
        assert name not in sys.modules, name
        sys.meta_path.insert(0, Changed(name, str(ROOT / change.path), changed(change)))
    # The timeout of a single test uses the process's alarm and is longer.
    return int(pytest.main([*OPTIONS, f"--timeout={seconds}", *tests]))
