"""The last door: whatever goes wrong behind it, a caller sees a masked error, the log no value."""

import logging
from dataclasses import dataclass, field
from uuid import uuid4

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from erikti.endpoint.http.negotiation import preferred
from erikti.endpoint.http.replies import refused
from erikti.guard.refusals import Refusal
from erikti.telemetry.trace_context import TRACED, traced
from erikti.telemetry.tracebacks import trace

FAILURES = ("lifespan.startup.failed", "lifespan.shutdown.failed")
logger = logging.getLogger("erikti.errors")
logger.addFilter(TRACED)


@dataclass(frozen=True)
class ErrorBoundary:
    """Around every route (ASGI): nothing that is raised behind it reaches the server's own log.

    Starlette and uvicorn log exceptions with their messages, which may hold anybody's data.
    """

    app: ASGIApp

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let one request, or the start and end of the application, pass."""
        with traced(scope):
            await self._pass(scope, receive, send)

    async def _pass(self, scope: Scope, receive: Receive, send: Send) -> None:
        told = _Told(send)
        try:
            await self.app(scope, receive, told)
        except Exception as error:
            correlation_id = str(uuid4())
            logger.error("correlation id %s: %s", correlation_id, trace(error))
            if scope["type"] == "http" and not told.begun:
                refusal = Refusal(500, "INTERNAL", "internal error", correlationId=correlation_id)
                reply = refused(refusal)
                media = preferred(Headers(scope=scope).get("accept", ""))
                await reply.send(correlation_id, media, send)
            # An answer that was begun stays without its end: the server closes the connection.


@dataclass
class _Told:
    """What has been sent so far; the reason of a failed start is for our own log alone."""

    send: Send
    begun: bool = field(default=False)

    async def __call__(self, message: Message) -> None:
        self.begun = self.begun or message["type"] == "http.response.start"
        if message["type"] in FAILURES:
            message = {"type": message["type"]}
        await self.send(message)
