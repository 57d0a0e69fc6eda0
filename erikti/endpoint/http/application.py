"""The application: routes with their middleware, and the fast path before them."""

from collections.abc import Callable

from starlette.applications import Starlette
from starlette.types import ASGIApp, Receive, Scope, Send

from erikti.endpoint.http.fast_path.entrance import FastPath


class Application(Starlette):
    """Starlette's application, whose requests may take a fast path."""

    fast_path: FastPath | None = None

    def open(self, make: Callable[[ASGIApp], FastPath]) -> None:
        """Open the fast path that is made for the full way."""
        self.fast_path = make(self.full_way)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request or socket, or the start and end of the application (ASGI)."""
        await (self.fast_path or self.full_way)(scope, receive, send)

    async def full_way(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve through the middleware (ASGI)."""
        await super().__call__(scope, receive, send)
