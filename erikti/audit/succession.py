"""Who comes after a killed process signs for what it left, so that nothing can be added to it."""

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
    """Closes the chains of killed processes, of which the files are not locked any more."""

    def __init__(self, url: str, folder: Path, key: Ed25519PrivateKey, version: str) -> None:
        self._url = url
        self._folder = folder
        self._key = key
        self._version = version
        self._closed: set[Path] = set()  # or not ours to close
        self._database: UUID | None = None
        self._failed = False

    async def close_dead(self) -> None:
        """Close what is there to close; what fails is tried again at the next call."""
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
            return  # it lives
        if taken is not None:
            file, head = taken
            try:
                await self._close(where, file, head)
            finally:
                file.close()
        self._closed.add(path)

    async def _close(self, where: Store, file: CheckpointFile, head: Tail) -> None:
        """Sign for the entries behind the head, and one of ours that ends them.

        That one takes the number of an entry which may still be on its way to the database.
        What is more than a process leaves is not signed for: it stays behind a closed chain.
        """
        behind = await where.rest(file.writer, head[0] - 1)
        left = _unbroken(head[0], behind)
        if len(left) > MOST or (head != NOTHING and behind[:1] != [head]):
            left = []  # more than a process leaves, or the database is an old copy
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
    """The entries behind a head, up to where a number is missing."""
    behind = [one for one in found if one[0] > head]
    return [one for number, one in enumerate(behind, head + 1) if one[0] == number]
