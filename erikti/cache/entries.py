"""Where responses are cached: as objects in this process, or sealed in a Valkey.

Each tag has a generation, a random token. A response is stored with the generations that were
current before its computation began, and is valid under no others. So a response that was computed
during an invalidation is never served, and a lost token cannot make an old response valid again.
"""

import secrets
from collections.abc import Collection, Sequence
from typing import NamedTuple, Protocol

from cachetools import LRUCache

from erikti.cache.answers import Answer, Sealer, State, entry_bytes
from erikti.cache.backends import OVERHEAD, TOKEN, Backend

LONGEST = 30 * 86_400.0  # seconds that a position is stored; no response is cached as long


class Found(NamedTuple):
    """A cached response, and the state to store a new one with; None if unavailable."""

    answer: Answer | None
    state: State | None


NOTHING = Found(None, None)


class Entries(Protocol):
    """Responses by the digest of their key."""

    async def find(self, digest: bytes, tags: Sequence[str]) -> Found:
        """Return the response if it is valid, and the generations of its tags."""

    async def store(self, digest: bytes, state: State, answer: Answer) -> bool:
        """Store a response; return False if it is too large."""

    async def renew(self, tags: Collection[str]) -> None:
        """Begin new generations of these tags, all in one step."""

    async def read_position(self, lineage: str) -> int | None:
        """Return the stored position of a lineage; None if there is none."""

    async def write_position(self, lineage: str, position: int) -> None:
        """Store the position of a lineage."""


class OwnEntries:
    """Responses in the memory of this process, at most ``most`` bytes, each of ``each`` bytes.

    They need no seal, which would hash each response at each hit.
    """

    def __init__(self, most: int, each: int) -> None:
        self._each = each
        self._generations: dict[str, bytes] = {}
        self._positions: dict[str, int] = {}
        self._stored: LRUCache[bytes, tuple[State, Answer]] = LRUCache(most, _size)

    async def find(self, digest: bytes, tags: Sequence[str]) -> Found:
        """Return the response if it is valid, and the generations of its tags."""
        generations = self._generations
        try:
            state = tuple([generations[tag] for tag in tags])
        except KeyError:
            state = tuple([generations.setdefault(tag, _token()) for tag in tags])
        stored = self._stored.get(digest)
        if stored is None or stored[0] != state or stored[1].fresh_for <= 0:
            return Found(None, state)
        return Found(stored[1], state)

    async def store(self, digest: bytes, state: State, answer: Answer) -> bool:
        """Store a response; return False if it is too large."""
        entry = (state, answer)
        if entry_bytes(answer) > self._each:
            return False
        if _size(entry) <= self._stored.maxsize:
            self._stored[digest] = entry
        return True

    async def renew(self, tags: Collection[str]) -> None:
        """Begin new generations of these tags."""
        self._generations.update((tag, _token()) for tag in tags)

    async def read_position(self, lineage: str) -> int | None:
        """Return the stored position of a lineage; None if there is none."""
        return self._positions.get(lineage)

    async def write_position(self, lineage: str, position: int) -> None:
        """Store the position of a lineage."""
        self._positions[lineage] = position


class SealedEntries:
    """Responses in a backend that others may write to, each of at most ``each`` bytes."""

    def __init__(self, backend: Backend, sealer: Sealer, each: int) -> None:
        self._backend = backend
        self._sealer = sealer
        self._each = each

    async def find(self, digest: bytes, tags: Sequence[str]) -> Found:
        """Return the response if it is valid, and the generations of its tags."""
        backend, names = self._backend, [_tag(tag) for tag in tags]
        entry, *tokens = await backend.read([_entry(digest), *names])
        if None in tokens:
            for name, token in zip(names, tokens, strict=True):
                if token is None:
                    await backend.begin(name)
            entry, tokens = None, await backend.read(names)
        state = (backend.server, *(token for token in tokens if token is not None))
        if len(state) <= len(tokens):
            return NOTHING
        return Found(self._sealer.open(digest, state, entry, backend.ahead), state)

    async def store(self, digest: bytes, state: State, answer: Answer) -> bool:
        """Store a response; return False if it is too large."""
        entry = self._sealer.seal(digest, state, answer, self._backend.ahead)
        if len(entry) > self._each:
            return False
        await self._backend.write(_entry(digest), entry, answer.fresh_for)
        return True

    async def renew(self, tags: Collection[str]) -> None:
        """Begin new generations of these tags, all in one step."""
        await self._backend.renew([_tag(tag) for tag in tags])

    async def read_position(self, lineage: str) -> int | None:
        """Return the stored position of a lineage; None if there is none."""
        (found,) = await self._backend.read([_position(lineage)])
        return int(found) if found is not None and found.isdigit() else None

    async def write_position(self, lineage: str, position: int) -> None:
        """Store the position of a lineage."""
        await self._backend.write(_position(lineage), b"%d" % position, LONGEST)


def _size(entry: tuple[State, Answer]) -> int:
    return entry_bytes(entry[1]) + OVERHEAD


def _token() -> bytes:
    return secrets.token_bytes(TOKEN)


def _tag(tag: str) -> str:
    return f"tag:{tag}"


def _entry(digest: bytes) -> str:
    return f"answer:{digest.hex()}"


def _position(lineage: str) -> str:
    return f"position:{lineage}"
