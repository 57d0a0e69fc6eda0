"""Groups of commands of which only the one that is called gets imported."""

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
    """A command before it is imported: its module, with the command as ``app``, and its help."""

    module: str
    line: str

    @property
    def imported(self) -> ModuleType:
        """Its module."""
        return import_module(f"{PACKAGE}.{self.module}")


class Table(TyperGroup):
    """A group of commands by their names; its help is made of their lines alone."""

    def __init__(self, entries: Mapping[str, Entry], **options: Any) -> None:
        unopened = {name: TyperCommand(name, help=entry.line) for name, entry in entries.items()}
        super().__init__(commands=dict(unopened), no_args_is_help=True, **options)
        self.entries = entries

    def resolve_command(
        self, ctx: Any, args: list[str]
    ) -> tuple[str | None, Any, list[str]]:  # Any: typer keeps its own copy of click private
        """The command that was called, imported; the usual error where there is none."""
        name, found, rest = super().resolve_command(ctx, args)
        return name, load(self.entries[name]) if name else found, rest


def load(entry: Entry) -> Any:
    """Import a command.

    Imported modules stay for good, so that collections while they are made only cost time.
    """
    gc.disable()
    try:
        app = entry.imported.app
    finally:
        gc.freeze()
        gc.enable()
    return get_command(app) if isinstance(app, Typer) else app
