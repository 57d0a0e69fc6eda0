"""Several changes of tables as one step of a migration, for which models are built once."""

from collections.abc import Iterable

from tortoise.migrations.operations import TortoiseOperation
from tortoise.migrations.schema_editor import BaseSchemaEditor
from tortoise.migrations.schema_generator.state import State


class Deferred(State):
    """A state whose models are built later: ``changed`` has their names."""

    def __init__(self, state: State) -> None:
        self.models = state.models
        self.apps = state.apps
        self.changed: set[tuple[str, str]] = set()

    def reload_model(self, app_label: str, model_name: str) -> None:
        """Remember a model that has to be built."""
        self.changed.add((app_label, model_name))

    def reload_models(self, model_tuples: Iterable[tuple[str, str]]) -> None:
        """Remember models that have to be built."""
        self.changed.update(model_tuples)


class Together(TortoiseOperation):
    """Changes that do not depend on each other: new columns, and indexes of them."""

    def __init__(self, *changes: TortoiseOperation) -> None:
        self.changes = changes

    def describe(self) -> str:
        """Return what Tortoise lists for the operation."""
        return f"{len(self.changes)} changes, such as: {self.changes[0].describe()}"

    def state_forward(self, app_label: str, state: State) -> None:
        """Apply all changes to the state."""
        deferred = Deferred(state)
        for change in self.changes:
            change.state_forward(app_label, deferred)
        state.reload_models(deferred.changed)

    async def database_forward(
        self,
        app_label: str,
        old_state: State,
        new_state: State,
        state_editor: BaseSchemaEditor | None = None,
    ) -> None:
        """Apply all changes to the database, with the models after the last of them."""
        for change in self.changes:
            await change.database_forward(app_label, old_state, new_state, state_editor)

    async def database_backward(
        self,
        app_label: str,
        old_state: State,
        new_state: State,
        state_editor: BaseSchemaEditor | None = None,
    ) -> None:
        """Revert all changes, the last first."""
        for change in reversed(self.changes):
            await change.database_backward(app_label, old_state, new_state, state_editor)
