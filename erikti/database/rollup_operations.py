"""Migration operations of rollups."""

from tortoise.backends.base.client import BaseDBAsyncClient as Client

from erikti.database.lanes import busy_lanes, move
from erikti.database.operations import SqlOperation
from erikti.database.rollup import Rollup
from erikti.database.triggers import SPELLINGS, Triggers, keep, maintain, run


class Keep(SqlOperation):
    """Fill an existing rollup table, and maintain it from then on."""

    def __init__(self, rollup: Rollup) -> None:
        self.rollup = rollup

    def describe(self) -> str:
        """Return what Tortoise lists for the operation."""
        return f"Maintain {self.rollup.table}"

    async def forward(self, client: Client) -> None:
        """Create the triggers first: their locks block other writers until all is counted."""
        await run(client, keep(_spelling(client), self.rollup))

    async def backward(self, client: Client) -> None:
        """Stop maintaining it; the table stays."""
        await run(client, _spelling(client).drop(self.rollup))


class Stop(SqlOperation):
    """Stop maintaining a rollup, so that its table can change."""

    def __init__(self, rollup: Rollup) -> None:
        self.rollup = rollup

    def describe(self) -> str:
        """Return what Tortoise lists for the operation."""
        return f"Stop maintaining {self.rollup.table}"

    async def forward(self, client: Client) -> None:
        """Drop the triggers and indexes; what is counted stays."""
        await run(client, _spelling(client).drop(self.rollup))

    async def backward(self, client: Client) -> None:
        """Create them."""
        await run(client, maintain(_spelling(client), self.rollup))


class Resume(Stop):
    """Maintain a stopped rollup again, in the same migration, now with lanes."""

    def describe(self) -> str:
        """Return what Tortoise lists for the operation."""
        return f"Maintain {self.rollup.table}"

    async def forward(self, client: Client) -> None:
        """Create the triggers and indexes; the days of instants are counted anew.

        They may have been counted in another time zone, which only the dropped triggers knew.
        """
        if any(column.instant for column in self.rollup.columns):
            counted = keep(_spelling(client), self.rollup)
            await run(client, [f"DELETE FROM {self.rollup.table}", *counted])
        else:
            await super().backward(client)

    async def backward(self, client: Client) -> None:
        """Add up the lanes and drop them."""
        _, lanes = await client.execute_query(busy_lanes(self.rollup))
        await run(client, [move(self.rollup, lane[0], 0) for lane in lanes])
        await super().forward(client)


def _spelling(client: Client) -> Triggers:
    return SPELLINGS[client.capabilities.dialect]
