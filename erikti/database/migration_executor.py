"""Tortoise's migrations, without its hidden errors and unused copies of models."""

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
    """The models after the migrations that were replayed so far."""

    def clone(self) -> "Remembered":
        """Return the current state, for the next operation."""
        models = {key: model.clone() for key, model in self.models.items()}
        return Remembered(models, self.apps)


class Remembered(State):
    """An earlier state; its models are built on first use, which takes 0.1 s."""

    def __init__(self, models: dict[tuple[str, str], ModelState], apps: StateApps) -> None:
        self.models = models
        self._origin = apps

    @cached_property
    def apps(self) -> StateApps:  # type: ignore[override]
        """The models of the state."""
        return self._origin.clone(model_states=self.models)


class Recorder(MigrationRecorder):
    """Reads applied migrations; Tortoise's own takes any error for a database without any."""

    async def applied_migrations(self) -> list[MigrationKey]:
        """Return the applied migrations; raises the error of the database."""
        found = await fetch(dialect().find_table, [self.table_name])
        if not found:
            return []
        rows = await fetch(f"SELECT app, name FROM {found[0][0]} ORDER BY applied_at, name")
        return [MigrationKey(app_label=app, name=name) for app, name in rows]


class Executor(MigrationExecutor):
    """Tortoise's executor, without its copy of all models before each operation."""

    def __init__(self, connection: BaseDBAsyncClient, apps: dict[str, Any]) -> None:
        super().__init__(connection, apps)
        self.recorder = self.loader.recorder = Recorder(connection)

    async def _project_state(
        self, applied: set[MigrationKey], *, upto: MigrationKey | None = None
    ) -> State:
        state = await super()._project_state(applied, upto=upto)
        return Replayed(state.models, state.apps)
