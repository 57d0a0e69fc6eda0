"""Groups of commands that import only the command that is called."""

import gc
from collections.abc import Mapping
from importlib import import_module
from types import ModuleType
from typing import Any, NamedTuple

from typer import Typer
from typer.core import TyperCommand, TyperGroup
from typer.main import get_command

PACKAGE = "erikti.commands"


class Entry(NamedTuple):
    """A command before its import: its module, with the command as ``app``, and its help."""

    module: str
    line: str

    @property
    def imported(self) -> ModuleType:
        """Return its module."""
        return import_module(f"{PACKAGE}.{self.module}")


class Table(TyperGroup):
    """A group of commands by name; its help needs no imports."""

    def __init__(self, entries: Mapping[str, Entry], line: str) -> None:
        unopened = {name: TyperCommand(name, help=entry.line) for name, entry in entries.items()}
        super().__init__(commands=dict(unopened), no_args_is_help=True, help=line)
        self.entries = entries

    def resolve_command(
        self, ctx: Any, args: list[str]
    ) -> tuple[str | None, Any, list[str]]:  # Any: typer keeps its own copy of click private
        """Import and return the called command; fails as usual if it does not exist."""
        name, found, rest = super().resolve_command(ctx, args)
        return name, load(self.entries[name]) if name else found, rest


def load(entry: Entry) -> Any:
    """Import a command.

    Garbage collection is paused, since imported modules are never freed.
    """
    gc.disable()
    try:
        app = entry.imported.app
    finally:
        gc.freeze()
        gc.enable()
    return get_command(app) if isinstance(app, Typer) else app
