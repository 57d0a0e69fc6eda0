"""Migration of a database to the schema and reference data of this version."""

from tortoise.migrations.executor import PlanStep

from erikti.database.connection import config, connection, dialect, transaction
from erikti.database.migration_executor import Executor
from models import reference
from models.access import identify
from models.calendar import rebuild
from models.changes import keep, release
from models.key_rotation import seal_plaintext
from models.sealing_keys import record_current_keys
from models.texts import Progress, fill

LOCK = 0x6572696B  # any number, the same in every version


class NewerDatabaseError(Exception):
    """The database was migrated by a later version of Erikti than this one."""


async def migrate(url: str, progress: Progress | None = None) -> list[str]:
    """Apply missing migrations and write the reference data; return the applied names.

    Seals personal data that an earlier version left unsealed, counts rollups of another time zone
    anew, and computes what texts are searched and sorted by, in separate transactions; if
    interrupted, the next call continues.
    ``progress`` is called with the rows of texts that are done. Raises SealingError if the keys
    in use are not those of the database, and NewerDatabaseError, before any change, if the
    database has a migration that this version does not know.
    """
    async with dialect().advisory_lock(transaction, LOCK):
        executor = _executor(url)
        # First, since within a transaction a look into a table that is not there would end it.
        await executor.recorder.ensure_schema(executor._schema_editor(atomic=False))
        plan = await pending(url)
        if plan:
            await release()
        await executor.migrate(direction="forward")
        await keep()
        await reference.write()
        await identify()
    await rebuild()
    await fill(progress)
    await seal_plaintext()
    async with transaction():
        await record_current_keys()
    return [step.migration.name for step in plan]


async def pending(url: str) -> list[PlanStep]:
    """Return the migrations that the open database lacks; raises NewerDatabaseError."""
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
