"""Succession: a running process signs and closes the chains of killed ones."""

import asyncio
import logging
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from erikti.audit.chain import MARK, NOTHING
from erikti.audit.checkpoints import CheckpointFile
from erikti.audit.entries import chained, opening
from erikti.audit.stores import MOST, Store, Tail, store

logger = logging.getLogger("erikti.audit")


class Succession:
    """Closes the chains of killed processes, recognised by their unlocked files."""

    def __init__(self, url: str, folder: Path, key: Ed25519PrivateKey, version: str) -> None:
        self._url = url
        self._folder = folder
        self._key = key
        self._version = version
        self._closed: set[Path] = set()  # including those not to be closed by this process
        self._database: UUID | None = None
        self._failed = False

    async def close_dead(self) -> None:
        """Close the chains of killed processes; failures are retried at the next call."""
        where: Store | None = None
        try:
            for path in self._folder.glob("*.jsonl"):
                if path not in self._closed:
                    where = where or store(self._url)
                    await self._close_where_dead(where, path)
        except Exception as error:
            if not self._failed:
                logger.error("a killed chain cannot be closed: %s", type(error).__name__)
            self._failed = True
        else:
            self._failed = False
        finally:
            if where is not None:
                await where.close()

    async def _close_where_dead(self, where: Store, path: Path) -> None:
        self._database = self._database or await where.identity()
        try:
            taken = await asyncio.to_thread(CheckpointFile.taken, path, self._key, self._database)
        except BlockingIOError:
            return  # its writer is running
        if taken is not None:
            file, head = taken
            try:
                await self._close(where, file, head)
            finally:
                file.close()
        self._closed.add(path)

    async def _close(self, where: Store, file: CheckpointFile, head: Tail) -> None:
        """Sign the entries after the head and a final entry, which this process adds.

        The final entry takes the number of an entry that may still be in flight. If there are
        more entries than a process can leave, none of them is signed.
        """
        behind = await where.rest(file.writer, head[0] - 1)
        left = _unbroken(head[0], behind)
        if len(left) > MOST or (head != NOTHING and behind[:1] != [head]):
            left = []  # more than a process can leave, or the database is an old copy
        else:
            left.append(await self._end(where, file.writer, (left or [head])[-1]))
        marks = [found[:MARK].hex() for _, found in left]
        sequence, previous = (left or [head])[-1]
        await asyncio.to_thread(file.add, sequence, previous, marks, closed=True)

    async def _end(self, where: Store, writer: UUID, tail: Tail) -> Tail:
        ending = opening(self._version, datetime.now(UTC))
        end = chained(writer, tail[0] + 1, tail[1], ending)
        await where.insert([end])
        return end.sequence, end.hash


def _unbroken(head: int, found: list[Tail]) -> list[Tail]:
    """Return the entries after a head, up to the first missing number."""
    behind = [one for one in found if one[0] > head]
    return [one for number, one in enumerate(behind, head + 1) if one[0] == number]
