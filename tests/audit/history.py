"""A log with a history: a closed chain, one of a killed process, and a later one."""

import json
from pathlib import Path
from typing import NamedTuple
from uuid import UUID

from tests.audit.places import Place, access, write_chain
from tests.audit.tampering import RECORDS
from tests.support.waiting import until


class History(NamedTuple):
    """The chains of a log, and its location."""

    place: Place
    closed: UUID
    killed: UUID
    newest: UUID

    def path(self, writer: UUID) -> Path:
        """Return the checkpoint file of a chain."""
        return self.place.checkpoints / f"{writer}.jsonl"

    def keep(self, writer: UUID, count: int) -> None:
        """Keep only the first checkpoints of a chain."""
        self.path(writer).write_text("".join(self.place.lines(writer)[:count]))

    async def update(self, writer: UUID, change: str, numbers: str) -> None:
        """Change entries of a chain whose numbers meet a condition such as ``> 4``."""
        of = f"writer = {self.place.uuid(writer)} AND sequence {numbers}"
        await self.place.tamper(f"UPDATE {RECORDS} SET {change} WHERE {of}")

    async def remove(self, writer: UUID, numbers: str) -> None:
        """Remove entries of a chain whose numbers meet a condition such as ``> 4``."""
        of = f"writer = {self.place.uuid(writer)} AND sequence {numbers}"
        await self.place.tamper(
            f"DELETE FROM access_persons WHERE record_id IN (SELECT id FROM {RECORDS} WHERE {of})",
            f"DELETE FROM {RECORDS} WHERE {of}",
        )


async def write_history(place: Place) -> History:
    """Write chains with entries 0 to 12, 0 to 13 (6 to 13 signed by a successor), and 0 to 3."""
    closed = await write_chain(place)
    killed = await write_chain(place)
    history = History(place, closed, killed, killed)
    history.keep(killed, 2)
    async with place.log() as log:
        await until(lambda: json.loads(place.lines(killed)[-1])["closed"])
        for n in range(3):
            await log.write(access(n))
        assert log._chain is not None
        newest = log._chain.writer
    return history._replace(newest=newest)
