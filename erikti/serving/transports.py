"""Transports for the code of uvicorn."""

import asyncio
from collections.abc import Callable


class Door:
    """A transport for uvicorn's code, which closes it through this protocol."""

    __slots__ = ("close", "is_closing", "write")

    def __init__(self, transport: asyncio.Transport, close: Callable[[], None]) -> None:
        self.write = transport.write
        self.is_closing = transport.is_closing
        self.close = close
