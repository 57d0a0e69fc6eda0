"""One change in a process of its own: the module as changed, and the tests until one fails."""

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

MEMORY = 6 << 30  # bytes that a change may take before it counts as noticed
REWRITTEN = "ignore::pytest.PytestAssertRewriteWarning"  # plugins were imported before
OPTIONS = ("-x", "-q", "-p", "no:cacheprovider", "-n", "0", "-W", REWRITTEN)


class Changed(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Gives one module its changed tree."""

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
        """Run the changed tree."""
        exec(compile(self._tree, self._path, "exec"), module.__dict__)


def trial(change: Change | None, tests: tuple[str, ...], seconds: int, output: str) -> int:
    """Run the tests on a change, or on none, in this process; pytest's exit status.

    Other Python processes that tests start run the product as it is.
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
    # The limit of a test takes the alarm of the process, and its own is a longer one.
    return int(pytest.main([*OPTIONS, f"--timeout={seconds}", *tests]))
