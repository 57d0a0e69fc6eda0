"""Around the application: clients see masked errors, and the log holds no value of theirs."""

import logging
from dataclasses import dataclass, field

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from erikti.endpoint.http.negotiation import preferred
from erikti.endpoint.http.replies import rejected
from erikti.masking import internal_error
from erikti.telemetry.trace_context import TRACED, traced

FAILURES = ("lifespan.startup.failed", "lifespan.shutdown.failed")
logging.getLogger("erikti.errors").addFilter(TRACED)


@dataclass(frozen=True)
class ErrorBoundary:
    """ASGI middleware around every route: no exception reaches the server's log.

    Starlette and uvicorn log exceptions with their messages, which may hold personal data.
    """

    app: ASGIApp

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on one request, or the start and end of the application."""
        with traced(scope):
            await self._pass(scope, receive, send)

    async def _pass(self, scope: Scope, receive: Receive, send: Send) -> None:
        sent = _Sent(send)
        try:
            await self.app(scope, receive, sent)
        except Exception as error:
            masked = internal_error(error)
            if scope["type"] == "http" and not sent.begun:
                media = preferred(Headers(scope=scope).get("accept", ""))
                correlation_id = str((masked.extensions or {})["correlationId"])
                await rejected(masked).send(correlation_id, media, send)
            # A response that has begun is not completed: the server closes the connection.


@dataclass
class _Sent:
    """Whether a response has begun; the reason of a failed start goes to the own log only."""

    send: Send
    begun: bool = field(default=False)

    async def __call__(self, message: Message) -> None:
        self.begun = self.begun or message["type"] == "http.response.start"
        if message["type"] in FAILURES:
            message = {"type": message["type"]}
        await self.send(message)
