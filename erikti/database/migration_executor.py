"""Tortoise's migrations, without what it hides and without copies that no operation looks at."""

from functools import cached_property
from typing import Any

from tortoise.backends.base.client import BaseDBAsyncClient
from tortoise.migrations.executor import MigrationExecutor
from tortoise.migrations.graph import MigrationKey
from tortoise.migrations.recorder import MigrationRecorder
from tortoise.migrations.schema_generator.state import ModelState, State
from tortoise.migrations.schema_generator.state_apps import StateApps

from erikti.database.connection import dialect, fetch


class Replayed(State):
    """The models as the migrations so far left them."""

    def clone(self) -> "Remembered":
        """The same as it is now, for the operation that comes next."""
        models = {key: model.clone() for key, model in self.models.items()}
        return Remembered(models, self.apps)


class Remembered(State):
    """A state of before; its models are made when one is asked for, which takes 0.1 s."""

    def __init__(self, models: dict[tuple[str, str], ModelState], apps: StateApps) -> None:
        self.models = models
        self._origin = apps

    @cached_property
    def apps(self) -> StateApps:  # type: ignore[override]
        """The models of the state."""
        return self._origin.clone(model_states=self.models)


class Recorder(MigrationRecorder):
    """Tortoise's takes every error for a database without migrations, even one that is away."""

    async def applied_migrations(self) -> list[MigrationKey]:
        """What the database has; raises what keeps it from being read."""
        found = await fetch(dialect().find_table, [self.table_name])
        if not found:
            return []
        rows = await fetch(f"SELECT app, name FROM {found[0][0]} ORDER BY applied_at, name")
        return [MigrationKey(app_label=app, name=name) for app, name in rows]


class Executor(MigrationExecutor):
    """Tortoise's, which copies all models before each of our hundred operations."""

    def __init__(self, connection: BaseDBAsyncClient, apps: dict[str, Any]) -> None:
        super().__init__(connection, apps)
        self.recorder = self.loader.recorder = Recorder(connection)

    async def _project_state(
        self, applied: set[MigrationKey], *, upto: MigrationKey | None = None
    ) -> State:
        state = await super()._project_state(applied, upto=upto)
        return Replayed(state.models, state.apps)
