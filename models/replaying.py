"""Migrations applied without the copies of all models that no operation looks at."""

from functools import cached_property

from tortoise.migrations.executor import MigrationExecutor
from tortoise.migrations.graph import MigrationKey
from tortoise.migrations.schema_generator.state import ModelState, State
from tortoise.migrations.schema_generator.state_apps import StateApps


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


class Executor(MigrationExecutor):
    """Tortoise's, which copies all models before each of our hundred operations."""

    async def _project_state(
        self, applied: set[MigrationKey], *, upto: MigrationKey | None = None
    ) -> State:
        state = await super()._project_state(applied, upto=upto)
        return Replayed(state.models, state.apps)
