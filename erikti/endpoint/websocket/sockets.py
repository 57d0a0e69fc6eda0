"""GraphQL over WebSocket: the sockets of all clients, each a session."""

from starlette.types import Receive, Scope, Send

from erikti.endpoint.concurrency import ConcurrencyLimit
from erikti.endpoint.operations import Guards, Operations
from erikti.endpoint.requests import request_id
from erikti.endpoint.websocket.transport_ws import PROTOCOL, Closing, Session, SocketClient
from erikti.serving.addresses import peer

NOT_ACCEPTABLE = 4406


class Sockets:
    """The endpoint of WebSockets (ASGI), which speaks graphql-transport-ws.

    Origins are not checked: there are no cookies, so a page of another origin can do no more
    than any client without a token.
    """

    def __init__(self, operations: Operations, guards: Guards) -> None:
        self._operations = operations
        self._guards = guards
        self._open = ConcurrencyLimit(guards.limits.sockets, guards.limits.client_sockets)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one socket until it is closed."""
        await receive()  # websocket.connect
        spoken = PROTOCOL in scope["subprotocols"]
        await send({"type": "websocket.accept", "subprotocol": PROTOCOL if spoken else None})
        try:
            if not spoken:
                raise Closing(NOT_ACCEPTABLE, "Subprotocol not acceptable")
            client = self._client(scope)
            session = Session(self._operations, self._guards, self._open.taken, client)
            await session.run(receive, send)
        except Closing as closing:
            await send({"type": "websocket.close", "code": closing.code, "reason": str(closing)})
        except OSError:
            pass  # the client is gone

    def _client(self, scope: Scope) -> SocketClient:
        headers = {n.decode("latin-1"): v.decode("latin-1") for n, v in scope["headers"]}
        found = peer(scope)
        address = self._guards.proxies.client(found, scope["headers"])
        number = request_id(headers.get("x-request-id"))
        return SocketClient(number, found, address, scope["headers"], scope["query_string"])
