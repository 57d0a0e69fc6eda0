"""A fair queue for few places: no client can hold all of them, or delay others for long."""

import asyncio
from collections import Counter, OrderedDict, deque

# Who holds a place: a client, "" without clients, as in a command, or the server itself, whose
# readiness check does not compete with clients.
OWN = None
QueueKey = str | None


class FairQueue:
    """A fixed number of places, shared fairly among clients.

    A client holds at most all places but one. A released place goes to the waiting client that
    holds the fewest, and among those to the one served least recently, so a client waits for at
    most one operation of each other. ``seconds`` is the longest wait; None: no limit.
    """

    def __init__(self, places: int, seconds: float | None = None) -> None:
        self._free = places
        self._most = max(places - 1, 1)
        self._seconds = seconds
        self._held: Counter[str] = Counter()
        self._waiting: OrderedDict[str, deque[asyncio.Future[None]]] = OrderedDict()
        self._own = asyncio.Semaphore(1)

    @property
    def in_use(self) -> int:
        """Return the number of places that clients hold."""
        return self._held.total()

    async def acquire(self, client: QueueKey) -> None:
        """Wait for a place; raises TimeoutError if none is free in time."""
        if client is OWN:
            async with asyncio.timeout(self._seconds):
                await self._own.acquire()
        elif not self.take(client):
            await self._wait(client)

    def take(self, client: str) -> bool:
        """Take a place at once; return False if the client has to wait for one."""
        if not self._free or self._waiting or not self._may(client):
            return False
        self._hold(client)
        return True

    def release(self, client: QueueKey) -> None:
        """Release a place, to the next client that waits."""
        if client is OWN:
            self._own.release()
            return
        self._free += 1
        self._held[client] -= 1
        if not self._held[client]:
            del self._held[client]
        if self._waiting:
            self._serve()

    async def _wait(self, client: str) -> None:
        place: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.setdefault(client, deque()).append(place)
        self._serve()
        try:
            async with asyncio.timeout(self._seconds):
                await place
        except BaseException:
            if place.done() and not place.cancelled():
                self.release(client)  # assigned too late
            else:
                self._leave(client, place)
            raise

    def _leave(self, client: str, place: asyncio.Future[None]) -> None:
        queue = self._waiting.get(client, deque())
        if place in queue:
            queue.remove(place)
            if not queue:
                del self._waiting[client]
        self._serve()

    def _serve(self) -> None:
        """Assign free places to waiting clients."""
        while self._free:
            eligible = [client for client in self._waiting if self._may(client)]
            if not eligible:
                return
            client = min(eligible, key=self._held.__getitem__)
            queue = self._waiting.pop(client)
            place = queue.popleft()
            if queue:
                self._waiting[client] = queue  # behind the others
            if not place.done():
                self._hold(client)
                place.set_result(None)

    def _may(self, client: str) -> bool:
        return not client or self._held.get(client, 0) < self._most

    def _hold(self, client: str) -> None:
        self._free -= 1
        self._held[client] = self._held.get(client, 0) + 1
