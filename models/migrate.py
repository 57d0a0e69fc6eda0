"""Bring a database to the schema and the reference data of this version."""

from tortoise.migrations.executor import PlanStep

from erikti.database.connection import config, connection, dialect, transaction
from erikti.database.migration_executor import Executor
from models import reference
from models.access import identify
from models.key_rotation import seal_plaintext
from models.sealing_keys import enter

LOCK = 0x6572696B  # any number, the same in every version


class NewerDatabaseError(Exception):
    """The database was migrated by a later version of Erikti than this one."""


async def migrate(url: str) -> list[str]:
    """Apply what is missing, then write the reference data; return the names of what was applied.

    Personal data that a version of before left unsealed is sealed, in transactions of its own:
    cut off, it goes on with the next call. Raises SealingError where the keys in use are not
    those of the database.
    Raises NewerDatabaseError, and changes nothing, where the database knows a
    migration that this version does not.
    """
    async with dialect().advisory_lock(transaction, LOCK):
        executor = _executor(url)
        # First, since within a transaction a look into a table that is not there would end it.
        await executor.recorder.ensure_schema(executor._schema_editor(atomic=False))
        plan = await pending(url)
        await executor.migrate(direction="forward")
        await reference.write()
        await identify()
    await seal_plaintext()
    async with transaction():
        await enter()
    return [step.migration.name for step in plan]


async def pending(url: str) -> list[PlanStep]:
    """The migrations that the open database lacks; raises NewerDatabaseError."""
    executor = _executor(url)
    plan = await executor.plan()
    applied = {key.name for key in await executor.recorder.applied_migrations()}
    known = {key.name for key in executor.loader.graph.nodes}
    if unknown := sorted(applied - known):
        raise NewerDatabaseError(
            f"the database has migrations that this version of Erikti does not know: "
            f"{', '.join(unknown)}; upgrade Erikti, or restore a backup"
        )
    return plan


def _executor(url: str) -> Executor:
    return Executor(connection(), config(url)["apps"])
