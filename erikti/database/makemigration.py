"""Write the migration that leads from the committed ones to the models as they are."""

import asyncio

from tortoise import Tortoise
from tortoise.migrations.autodetector import MigrationAutodetector

from erikti.database.connection import config

if __name__ == "__main__":
    apps = config("sqlite://:memory:")["apps"]
    written = asyncio.run(MigrationAutodetector(Tortoise.apps, apps).write())
    print("\n".join(written) or "the migrations agree with the models")
