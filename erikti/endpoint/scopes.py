"""ASGI middleware: the database of a request, and an application at a port of its own."""

from dataclasses import dataclass

from starlette.types import ASGIApp, Receive, Scope, Send

from erikti.database.connection import Database


@dataclass(frozen=True)
class DatabaseScope:
    """Makes a database current in every request and socket of an application."""

    app: ASGIApp
    database: Database

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on a request, a socket, or the start and end of the application (ASGI)."""
        if scope["type"] == "lifespan":
            await self.app(scope, receive, send)
            return
        entered = self.database.enter()
        try:
            await self.app(scope, receive, send)
        finally:
            self.database.leave(entered)


@dataclass(frozen=True)
class PortScope:
    """Serves ``other`` at its own port, and ``app`` at every other one."""

    app: ASGIApp
    port: int
    other: ASGIApp

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on a request to the application of its port (ASGI)."""
        here = scope.get("server")
        app = self.other if here and here[1] == self.port else self.app
        await app(scope, receive, send)
