"""Write the migration from the committed ones to the current models.

``python -m erikti.database.makemigration [NAME]``; without a name it is named after the date.
With ``--check`` it writes nothing, and exits with 1 if a migration is missing.
"""

import argparse
import asyncio
import os
import sys

from tortoise import Tortoise
from tortoise.migrations.autodetector import MigrationAutodetector
from tortoise.migrations.writer import MigrationWriter

from erikti.database.connection import Database, config

URL = "sqlite://:memory:"  # Tortoise needs only the models


async def needed(name: str | None = None) -> list[MigrationWriter]:
    """Return the writers of the migration; none if the models have not changed."""
    async with Database(URL):
        found = await MigrationAutodetector(Tortoise.apps, config(URL)["apps"]).changes()
    for writer in found if name else ():
        number, _, _ = writer.name.partition("_")
        writer.name = f"{number}_{name}"
    return found


def main(arguments: list[str] | None = None) -> int:
    """Write the migration, or check that none is needed; return the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m erikti.database.makemigration", description=__doc__
    )
    parser.add_argument("name", nargs="?", metavar="NAME")
    parser.add_argument("--check", action="store_true", help="write nothing; exit with 1 instead")
    options = parser.parse_args(arguments)
    writers = asyncio.run(needed(options.name))
    if not writers:
        print("The migrations agree with the models.")
    elif options.check:
        print("The models lack a migration: run make migration NAME=...", file=sys.stderr)
        return 1
    for writer in writers:
        path = os.path.relpath(writer.write())
        print(f"wrote {path}: read it before you commit it")
    return 0


if __name__ == "__main__":
    sys.exit(main())
