"""The protocol graphql-transport-ws on one socket."""

import asyncio
import time
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, ExitStack, aclosing
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import orjson
from graphql import GraphQLFormattedError
from starlette.types import Message, Receive, Send
from strawberry.types.graphql import OperationType

from erikti.auth.principal import Principal
from erikti.endpoint.bodies import strict_json
from erikti.endpoint.operations import Guards, Operations
from erikti.endpoint.payers import Payer, payer
from erikti.endpoint.requests import plain_request
from erikti.endpoint.results import results
from erikti.errors import (
    ApiError,
    InvalidTokenError,
    LimitError,
    OperationError,
    ProviderUnavailableError,
    RequestError,
)
from erikti.guard.budget import BudgetError
from erikti.masking import formatted, internal_error

PROTOCOL = "graphql-transport-ws"
BAD_REQUEST = 4400
UNAUTHORIZED = 4401
FORBIDDEN = 4403
TIMEOUT = 4408
SUBSCRIBER_EXISTS = 4409
TOO_MANY_INITS = 4429
TOO_BIG = 1009
TRY_AGAIN = 1013
LONGEST_ID = 128
LONGEST_REASON = 120  # bytes
# HTTP headers that a payload may give instead, since browsers cannot set them.
AS_HEADERS = ("authorization", "x-purpose", "accept-language")
EVERY = tuple(OperationType)
Headers: TypeAlias = list[tuple[bytes, bytes]]


class Closing(Exception):  # noqa: N818 - a message of the protocol
    """The socket is to be closed with a code of the protocol."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(reason.encode()[:LONGEST_REASON].decode(errors="ignore"))
        self.code = code


@dataclass(frozen=True)
class SocketClient:
    """The client of a socket: the id of the request, the peer address, the address that is
    charged, the headers and the query string."""

    id: str
    peer: str | None
    address: str
    headers: Sequence[tuple[bytes, bytes]] = field(repr=False)
    query: bytes = field(repr=False)


class Session:
    """The session on one socket; ``places`` counts the open sockets of its client."""

    def __init__(
        self,
        operations: Operations,
        guards: Guards,
        places: Callable[[Payer], AbstractContextManager[bool]],
        client: SocketClient,
    ) -> None:
        self._operations = operations
        self._guards = guards
        self._limits = guards.limits
        self._places = places
        self._client = client
        self._headers = list(client.headers)
        self._most = guards.limits.body_bytes
        self._initialised = self._acknowledged = False
        self._running: dict[str, asyncio.Task[None]] = {}
        self._checking: asyncio.Task[None] | None = None
        self._place = ExitStack()
        self._closed = False
        self._send: Send

    async def run(self, receive: Receive, send: Send) -> None:
        """Serve until the client disconnects or the socket is closed."""
        self._send = send
        try:
            async with asyncio.timeout(self._limits.socket_init_seconds) as timer:
                while (message := await receive())["type"] != "websocket.disconnect":
                    await self._handle(self._read(message), timer)
        except TimeoutError:
            if not timer.expired():
                raise
            late = Closing(TIMEOUT, "Connection initialisation timeout")
            expired = Closing(FORBIDDEN, "The token has expired.")
            await self._close(expired if self._acknowledged else late)
        except Closing as closing:
            await self._close(closing)
        finally:
            tasks = [*self._running.values(), *([self._checking] if self._checking else [])]
            for task in tasks:
                task.cancel()
            self._place.close()
            self._closed = True
            await asyncio.gather(*tasks, return_exceptions=True)

    def _read(self, message: Message) -> dict[str, object]:
        text = message.get("text")
        if text is None:
            raise Closing(BAD_REQUEST, "Invalid message: send text.")
        body = text.encode()
        if len(body) > self._most:
            raise Closing(TOO_BIG, f"A message has at most {self._most} bytes.")
        try:
            return strict_json(body, self._limits.json_depth)
        except RequestError:
            raise Closing(BAD_REQUEST, "Invalid message: send a plain JSON object.") from None

    async def _handle(self, message: dict[str, Any], timer: asyncio.Timeout) -> None:
        kind, payload = message.get("type"), message.get("payload")
        if kind != "subscribe" and not isinstance(payload, dict | None):
            raise Closing(BAD_REQUEST, "Invalid message: the payload must be an object.")
        if kind == "connection_init":
            await self._init(payload or {}, timer)
        elif kind == "ping":
            await self._send_message("pong", payload=payload)
        elif kind == "subscribe":
            self._subscribe(_id(message), payload)
        elif kind == "complete":
            task = self._running.pop(_id(message), None)
            if task is not None:
                task.cancel()
        elif kind != "pong":
            raise Closing(BAD_REQUEST, "Invalid message: the type is unknown.")

    async def _init(self, payload: dict[str, object], timer: asyncio.Timeout) -> None:
        if self._initialised:
            raise Closing(TOO_MANY_INITS, "Too many initialisation requests")
        self._initialised = True
        self._headers = _with(self._headers, payload)
        principal = await self._principal(again=False)
        paying = payer(principal, self._client.address)
        if not self._place.enter_context(self._places(paying)):
            raise Closing(TRY_AGAIN, f"{self._limits.sockets} sockets are open for this client.")
        if principal.known:
            self._most = self._limits.bulk_body_bytes
        await self._send_message("connection_ack")
        self._acknowledged = True
        loop = asyncio.get_running_loop()
        expires = principal.expires_at
        left = None if expires is None else max(expires - time.time(), 0)
        timer.reschedule(None if left is None else loop.time() + left)
        if principal.known:
            self._checking = asyncio.create_task(self._recheck())

    async def _recheck(self) -> None:
        """Close the socket, within a ping interval, once its token would be rejected."""
        try:
            while not self._closed:
                await asyncio.sleep(self._limits.ping_seconds)
                await self._principal(again=True)
        except Closing as closing:
            await self._close(closing)

    async def _principal(self, again: bool) -> Principal:
        """Return the caller of the token; raises Closing."""
        client = self._client
        try:
            return await self._guards.authenticator(
                self._headers, client.peer, client.query, again=again
            )
        except InvalidTokenError as error:
            try:
                await self._operations.invalid_token(client.id, client.address)
            except BudgetError as spent:
                raise Closing(TRY_AGAIN, spent.message) from None
            raise Closing(FORBIDDEN, error.message) from None
        except ProviderUnavailableError as error:
            raise Closing(TRY_AGAIN, error.message) from None

    def _subscribe(self, id_: str, payload: object) -> None:
        if not self._acknowledged:
            raise Closing(UNAUTHORIZED, "Unauthorized")
        if not isinstance(payload, dict):
            raise Closing(BAD_REQUEST, "Invalid message: the payload must be an object.")
        if id_ in self._running:
            raise Closing(SUBSCRIBER_EXISTS, "Subscriber for this id already exists")
        self._running[id_] = asyncio.create_task(self._operate(id_, payload))

    async def _operate(self, id_: str, payload: dict[str, object]) -> None:
        try:
            errors = await self._execute(id_, payload)
        except Closing as closing:
            await self._close(closing)
            return
        except Exception as error:
            errors = formatted([internal_error(error)])
        if self._running.get(id_) is asyncio.current_task():
            del self._running[id_]  # the client may reuse the id after this message
            await self._send_message("error" if errors else "complete", id=id_, payload=errors)

    async def _execute(
        self, id_: str, payload: dict[str, object]
    ) -> list[GraphQLFormattedError] | None:
        """Send the results of an operation; return the errors that it ended with, if it did."""
        most, client = self._limits.socket_operations, self._client
        if len(self._running) > most:
            return formatted([LimitError(f"A socket runs at most {most} operations at once.")])
        principal = await self._principal(again=True)
        try:
            request = plain_request("POST", payload, self._plain_headers())
            operation = self._operations.begin(client.id, client.address, principal, request)
            prepared = await self._operations.admit(operation, EVERY)
            size = self._limits.response_bytes
            async with aclosing(results(self._operations, operation, prepared, size)) as found:
                async for body in found:
                    await self._principal(again=True)  # its key may have been withdrawn
                    await self._next(id_, body)
        except OperationError as ended:
            return formatted(ended.errors)
        except ApiError as error:
            return formatted([error])
        return None

    def _plain_headers(self) -> dict[str, str]:
        return {n.decode("latin-1"): v.decode("latin-1") for n, v in self._headers}

    async def _next(self, id_: str, body: bytes) -> None:
        text = b'{"id":%b,"type":"next","payload":%b}' % (orjson.dumps(id_), body)
        await self._put({"type": "websocket.send", "text": text.decode()})

    async def _send_message(self, kind: str, **parts: object) -> None:
        present = {name: part for name, part in parts.items() if part is not None}
        text = orjson.dumps({"type": kind, **present}).decode()
        await self._put({"type": "websocket.send", "text": text})

    async def _close(self, closing: Closing) -> None:
        message = {"type": "websocket.close", "code": closing.code, "reason": str(closing)}
        await self._put(message)

    async def _put(self, message: Message) -> None:
        if not self._closed:
            self._closed = message["type"] == "websocket.close"
            try:
                await self._send(message)
            except OSError:
                self._closed = True  # the client is gone


def _id(message: dict[str, object]) -> str:
    found = message.get("id")
    if not isinstance(found, str) or not 0 < len(found) <= LONGEST_ID:
        text = f"Invalid message: an id is a string of 1 to {LONGEST_ID} characters."
        raise Closing(BAD_REQUEST, text)
    return found


def _with(headers: Headers, payload: dict[str, object]) -> Headers:
    """Replace headers by those of a payload, or of its ``headers``.

    Two different tokens both stay, so that authentication rejects them.
    """
    nested = payload.get("headers")
    given = [*payload.items(), *(nested.items() if isinstance(nested, dict) else ())]
    for name, value in given:
        key = name.lower()
        if key not in AS_HEADERS or value is None:
            continue
        if not isinstance(value, str):
            raise Closing(BAD_REQUEST, f"Invalid message: {key} must be a string.")
        header = (key.encode(), value.encode("latin-1", "replace"))
        if key != "authorization":
            headers = [one for one in headers if one[0] != header[0]]
        if header not in headers:
            headers = [*headers, header]
    return headers
