"""Responses in parts over HTTP: each sent at once, with keep-alive signs between them."""

import asyncio
import time
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing, suppress
from dataclasses import dataclass
from typing import Any, TypeAlias

from starlette.types import Receive, Send

from erikti.endpoint.concurrency import ConcurrencyLimit
from erikti.endpoint.disconnect import ClientGoneError, until_disconnected
from erikti.endpoint.http.negotiation import JSON
from erikti.endpoint.http.replies import VARY, rejected
from erikti.endpoint.http.stream_formats import Form
from erikti.endpoint.operations import Operation, Operations
from erikti.endpoint.results import failure, parts, results
from erikti.errors import ApiError, OperationError, TooManyRequestsError, UnauthenticatedError
from erikti.guard.limits import Limits
from erikti.masking import internal_error
from erikti.serving.http_protocol import ENDING
from erikti.telemetry.trace_context import trace_response
from schema.engine.engine import Prepared

Future: TypeAlias = asyncio.Future[Any]
Again: TypeAlias = Callable[[], Awaitable[object]]


@dataclass(frozen=True)
class Streams:
    """The open streams."""

    operations: Operations
    limits: Limits
    places: ConcurrencyLimit

    def reply(
        self,
        form: Form,
        operation: Operation,
        prepared: Prepared,
        receive: Receive,
        state: object,
        again: Again,
    ) -> "Stream":
        """The response to an admitted operation; ``state`` is the application's.

        ``again`` authenticates the caller once more.
        """
        most = self.limits.response_bytes
        if form.deliver is None:
            found = results(self.operations, operation, prepared, most)
        else:
            found = parts(self.operations, operation, prepared, most, form.deliver)
        ending = state.get(ENDING) if isinstance(state, dict) else None
        return Stream(self, form, operation, found, receive, ending or asyncio.Event(), again)


@dataclass(frozen=True)
class Stream:
    """One response in parts.

    It ends when the client disconnects, its token expires or its key is withdrawn, or the
    server stops.
    """

    streams: Streams
    form: Form
    operation: Operation
    found: AsyncGenerator[bytes, None]
    receive: Receive
    ending: asyncio.Event
    again: Again

    async def send(self, request_id: str, media: str | None, send: Send) -> None:
        """Send the whole stream (ASGI)."""
        places = self.streams.places
        with places.taken(self.operation.payer) as free:
            if not free:
                text = f"streams: {places.most} are open for this client, close one"
                await rejected(TooManyRequestsError(text)).send(request_id, JSON, send)
                return
            headers = [
                (b"content-type", self.form.media.encode()),
                (b"cache-control", b"no-store"),
                (b"x-accel-buffering", b"no"),
                (b"vary", VARY),
                (b"x-request-id", request_id.encode()),
            ]
            if trace := trace_response():
                headers.append((b"traceresponse", trace.encode()))
            await send({"type": "http.response.start", "status": 200, "headers": headers})
            with suppress(ClientGoneError):
                await until_disconnected(self.receive, self._sent(send), after=0)

    async def _sent(self, send: Send) -> None:
        form = self.form

        async def put(body: bytes, last: bool = False) -> None:
            await send({"type": "http.response.body", "body": body, "more_body": not last})

        await put(form.head)
        ending: Future = asyncio.ensure_future(self.ending.wait())
        try:
            async with aclosing(self._bodies(ending)) as bodies:
                async for body in bodies:
                    await put(form.sign if body is None else form.part(body))
            # Without the end mark clients reconnect, to another process.
            await put(b"" if ending.done() else form.end, last=True)
        except OperationError as ended:
            await put(form.failed(failure(ended.errors)) + form.end, last=True)
        except ApiError as error:
            await put(form.failed(failure([error])) + form.end, last=True)
        except Exception as error:
            await put(form.failed(failure([internal_error(error)])) + form.end, last=True)
        finally:
            ending.cancel()

    async def _bodies(self, ending: Future) -> AsyncGenerator[bytes | None, None]:
        """Yield results, and None after a pause without any; raises OperationError."""
        async with aclosing(self.found):
            pending: Future = asyncio.ensure_future(anext(self.found, None))
            try:
                while not ending.done():
                    pause = min(self.streams.limits.ping_seconds, self._left())
                    if pause <= 0:
                        raise OperationError([UnauthenticatedError("The token has expired.")])
                    await asyncio.wait(
                        {pending, ending}, timeout=pause, return_when=asyncio.FIRST_COMPLETED
                    )
                    if pending.done():
                        body = pending.result()
                        if body is None:
                            return
                        await self._identify()
                        yield body
                        pending = asyncio.ensure_future(anext(self.found, None))
                    elif not ending.done() and self._left() > 0:
                        await self._identify()
                        yield None
            finally:
                pending.cancel()
                await asyncio.gather(pending, return_exceptions=True)

    async def _identify(self) -> None:
        """Raise OperationError if the token would be rejected by now."""
        try:
            await self.again()
        except ApiError as error:
            raise OperationError([error]) from error

    def _left(self) -> float:
        """Seconds until the caller's token expires."""
        expires = self.operation.context.principal.expires_at
        return float("inf") if expires is None else expires - time.time()
