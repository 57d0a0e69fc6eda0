"""Migration operations whose SQL is their own."""

from abc import ABC, abstractmethod

from tortoise.backends.base.client import BaseDBAsyncClient as Client
from tortoise.migrations.operations import TortoiseOperation
from tortoise.migrations.schema_editor import BaseSchemaEditor
from tortoise.migrations.schema_generator.state import State


class SqlOperation(TortoiseOperation, ABC):
    """An operation that changes the database, and no model."""

    @abstractmethod
    async def forward(self, client: Client) -> None:
        """Apply it to the database."""

    @abstractmethod
    async def backward(self, client: Client) -> None:
        """Revert it."""

    async def database_forward(
        self,
        app_label: str,
        old_state: State,
        new_state: State,
        state_editor: BaseSchemaEditor | None = None,
    ) -> None:
        """Apply it, unless only the models are migrated."""
        if state_editor is not None:
            await self.forward(state_editor.client)

    async def database_backward(
        self,
        app_label: str,
        old_state: State,
        new_state: State,
        state_editor: BaseSchemaEditor | None = None,
    ) -> None:
        """Revert it, unless only the models are migrated."""
        if state_editor is not None:
            await self.backward(state_editor.client)
