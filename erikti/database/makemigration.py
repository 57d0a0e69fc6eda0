"""Write the migration from the committed ones to the current models.

``python -m erikti.database.makemigration [NAME]``; without a name it is named after the date.
"""

import asyncio
import os
import sys

from tortoise import Tortoise
from tortoise.migrations.autodetector import MigrationAutodetector
from tortoise.migrations.writer import MigrationWriter

from erikti.database.connection import config, opened

URL = "sqlite://:memory:"  # Tortoise needs only the models


async def needed(name: str | None = None) -> list[MigrationWriter]:
    """Return the writers of the migration; none if the models have not changed."""
    async with opened(URL):
        found = await MigrationAutodetector(Tortoise.apps, config(URL)["apps"]).changes()
    for writer in found if name else ():
        number, _, _ = writer.name.partition("_")
        writer.name = f"{number}_{name}"
    return found


if __name__ == "__main__":
    writers = asyncio.run(needed(*sys.argv[1:]))
    for one in writers:
        print(f"wrote {os.path.relpath(one.write())}: read it before you commit it")
    if not writers:
        print("The migrations agree with the models.")
