"""A fair share of few connections: no client can hold all of them, or make others wait for long."""

import asyncio
from collections import Counter, OrderedDict, deque

# QueueKey a place is: a client's, "" where there are none, as in a command, or the server's own,
# which asks whether the database answers and does not compete with clients.
OWN = None
QueueKey = str | None


class FairQueue:
    """Places that clients take in turn.

    A client holds all places but one at most. A place that gets free goes to the client that
    holds the fewest, and among those to the one that was served least recently: so a client
    waits for one operation of each other at most. ``seconds`` is the longest wait, None: as
    long as it takes.
    """

    def __init__(self, places: int, seconds: float | None = None) -> None:
        self._free = places
        self._most = max(places - 1, 1)
        self._seconds = seconds
        self._held: Counter[str] = Counter()
        self._waiting: OrderedDict[str, deque[asyncio.Future[None]]] = OrderedDict()
        self._own = asyncio.Semaphore(1)

    @property
    def taken(self) -> int:
        """How many places are held by clients."""
        return self._held.total()

    async def take(self, client: QueueKey) -> None:
        """Wait for a place; raises TimeoutError where there is none in time."""
        if client is OWN:
            async with asyncio.timeout(self._seconds):
                await self._own.acquire()
        elif self._free and not self._waiting and self._may(client):
            self._hold(client)
        else:
            await self._wait(client)

    def give_back(self, client: QueueKey) -> None:
        """Let another have the place."""
        if client is OWN:
            self._own.release()
            return
        self._free += 1
        self._held[client] -= 1
        if not self._held[client]:
            del self._held[client]
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
                self.give_back(client)  # it came too late
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
        """Give free places to those whose turn it is."""
        while self._free:
            able = [client for client in self._waiting if self._may(client)]
            if not able:
                return
            client = min(able, key=self._held.__getitem__)
            queue = self._waiting.pop(client)
            place = queue.popleft()
            if queue:
                self._waiting[client] = queue  # behind the others
            if not place.done():
                self._hold(client)
                place.set_result(None)

    def _may(self, client: str) -> bool:
        return not client or self._held[client] < self._most

    def _hold(self, client: str) -> None:
        self._free -= 1
        self._held[client] += 1
