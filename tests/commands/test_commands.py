"""The table of commands matches the commands, and light commands import little."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from erikti.commands.main import app
from erikti.commands.table import Table, load
from tests.support.processes import environment, erikti

pytestmark = pytest.mark.usefixtures("processes")

HEAVY = ("asyncpg", "graphql", "httpx", "redis", "strawberry", "tortoise", "uvicorn")
SCHEMA = ("schema", "strawberry", "resolvers", "uvicorn")
# Runs a command like the entry point and prints the imported modules.
RUN = """
import atexit, sys

atexit.register(lambda: print("\\nimported", *sys.modules))
sys.argv[0] = "erikti"
from erikti.commands.main import main
main()
"""


def entries(table: Table, path: tuple[str, ...] = ()) -> Iterator[tuple[str, str, Any]]:
    """Yield the full name, the table's help and the command for every entry of a table."""
    for name, entry in table.entries.items():
        found = load(entry)
        yield " ".join((*path, name)), entry.line, found
        if isinstance(found, Table):
            yield from entries(found, (*path, name))


def test_every_command_matches_the_table() -> None:
    listed = list(entries(app))
    assert {"import", "keys", "keys new", "serve"} <= {name for name, _, _ in listed}
    for name, line, command in listed:
        assert (command.help or "").split("\n\n")[0].replace("\n", " ") == line, name
        # Groups have their name only in the table.
        assert not command.name or command.name == name.split()[-1]


def test_a_command_that_is_not_there_gets_the_nearest_one() -> None:
    for arguments, word in ((("worker",), "'worker'"), (("serv",), "Did you mean 'serve'?")):
        ended = erikti(*arguments)
        assert (ended.returncode, word in ended.stderr) == (2, True), ended.stderr


@pytest.mark.parametrize(
    "arguments",
    [
        "--help",
        "keys --help",
        "keys new",
        "token --help",
        "token --as analyst",
        "token --as king",
        "unknown",
    ],
)
def test_a_light_command_imports_no_framework(tmp_path: Path, arguments: str) -> None:
    imported = modules(tmp_path, arguments)
    assert "erikti.commands.main" in imported
    # Errors that clients may see are GraphQL errors, those of tokens too.
    allowed = {"graphql"} if arguments.startswith("token") else set()
    assert imported.isdisjoint(set(HEAVY) - allowed)


def modules(tmp_path: Path, arguments: str) -> set[str]:
    """Return the modules that a command imports."""
    ended = subprocess.run(
        [sys.executable, "-c", RUN, *arguments.split()],
        env=environment(ERIKTI_DATA=str(tmp_path)),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert "imported" in ended.stdout, ended.stderr
    return set(ended.stdout.rpartition("\nimported ")[2].split())


@pytest.mark.parametrize("arguments", ["documents list", "documents revoke 0"])
def test_a_look_at_documents_makes_no_schema(tmp_path: Path, arguments: str) -> None:
    imported = modules(tmp_path, arguments)
    assert "erikti.commands.documents_shared" in imported
    assert imported.isdisjoint(SCHEMA)
