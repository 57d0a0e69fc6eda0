"""A proxy that can discard all data in both directions."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

SIZE = 65536


class BlackHole:
    """A proxy that forwards until ``swallow``, which kills its connections for good."""

    def __init__(self, target: int) -> None:
        self.port = 0
        self._swallowing = False
        self._streams: list[list[bool]] = []
        self._target = target
        self._writers: set[asyncio.StreamWriter] = set()

    def swallow(self) -> None:
        """Forget the connections that there are, and forward nothing."""
        self._swallowing = True
        for lost in self._streams:
            lost[0] = True

    def forward(self) -> None:
        """Forward what comes by new connections."""
        self._swallowing = False

    async def accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Forward data between a client and the server."""
        back, forth = await asyncio.open_connection("127.0.0.1", self._target)
        self._writers |= {writer, forth}
        lost = [self._swallowing]
        self._streams.append(lost)
        with suppress(ConnectionError):
            await asyncio.gather(self._carry(reader, forth, lost), self._carry(back, writer, lost))

    async def _carry(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, lost: list[bool]
    ) -> None:
        while data := await reader.read(SIZE):
            if not lost[0]:
                writer.write(data)
                await writer.drain()
        if not lost[0]:
            writer.close()

    def close(self) -> None:
        """Cut all connections."""
        for writer in self._writers:
            writer.close()


@asynccontextmanager
async def black_hole(target: int) -> AsyncIterator[BlackHole]:
    """A proxy to a port of this machine."""
    proxy = BlackHole(target)
    server = await asyncio.start_server(proxy.accept, "127.0.0.1", 0)
    proxy.port = server.sockets[0].getsockname()[1]
    try:
        yield proxy
    finally:
        server.close()
        proxy.close()
