"""Migration operations of rollups."""

from tortoise.migrations.operations import TortoiseOperation
from tortoise.migrations.schema_editor import BaseSchemaEditor
from tortoise.migrations.schema_generator.state import State

from erikti.database.lanes import busy_lanes, move
from erikti.database.rollup import Rollup
from erikti.database.triggers import SPELLINGS, Triggers, keep, maintain, run


class Keep(TortoiseOperation):
    """Fill an existing rollup table, and maintain it from then on."""

    def __init__(self, rollup: Rollup) -> None:
        self.rollup = rollup

    def describe(self) -> str:
        """Return what Tortoise lists for the operation."""
        return f"Maintain {self.rollup.table}"

    async def database_forward(
        self,
        app_label: str,
        old_state: State,
        new_state: State,
        state_editor: BaseSchemaEditor | None = None,
    ) -> None:
        """Create the triggers first: their locks block other writers until all is counted."""
        if state_editor is None:
            return
        await run(state_editor.client, keep(_spelling(state_editor), self.rollup))

    async def database_backward(
        self,
        app_label: str,
        old_state: State,
        new_state: State,
        state_editor: BaseSchemaEditor | None = None,
    ) -> None:
        """Stop maintaining it; the table stays."""
        if state_editor is not None:
            await run(state_editor.client, _spelling(state_editor).drop(self.rollup))


class Stop(TortoiseOperation):
    """Stop maintaining a rollup, so that its table can change."""

    def __init__(self, rollup: Rollup) -> None:
        self.rollup = rollup

    def describe(self) -> str:
        """Return what Tortoise lists for the operation."""
        return f"Stop maintaining {self.rollup.table}"

    async def database_forward(
        self,
        app_label: str,
        old_state: State,
        new_state: State,
        state_editor: BaseSchemaEditor | None = None,
    ) -> None:
        """Drop the triggers and indexes; what is counted stays."""
        if state_editor is not None:
            await run(state_editor.client, _spelling(state_editor).drop(self.rollup))

    async def database_backward(
        self,
        app_label: str,
        old_state: State,
        new_state: State,
        state_editor: BaseSchemaEditor | None = None,
    ) -> None:
        """Create them."""
        if state_editor is not None:
            await run(state_editor.client, maintain(_spelling(state_editor), self.rollup))


class Resume(Stop):
    """Maintain a stopped rollup again, in the same migration, now with lanes."""

    def describe(self) -> str:
        """Return what Tortoise lists for the operation."""
        return f"Maintain {self.rollup.table}"

    async def database_forward(
        self,
        app_label: str,
        old_state: State,
        new_state: State,
        state_editor: BaseSchemaEditor | None = None,
    ) -> None:
        """Create the triggers and indexes."""
        await super().database_backward(app_label, old_state, new_state, state_editor)

    async def database_backward(
        self,
        app_label: str,
        old_state: State,
        new_state: State,
        state_editor: BaseSchemaEditor | None = None,
    ) -> None:
        """Add up the lanes and drop them."""
        if state_editor is not None:
            _, lanes = await state_editor.client.execute_query(busy_lanes(self.rollup))
            merging = [move(self.rollup, lane[0], 0) for lane in lanes]
            await run(state_editor.client, merging)
            await super().database_forward(app_label, old_state, new_state, state_editor)


def _spelling(editor: BaseSchemaEditor) -> Triggers:
    return SPELLINGS[editor.client.capabilities.dialect]
