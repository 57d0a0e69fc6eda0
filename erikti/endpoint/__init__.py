"""GraphQL over HTTP and WebSocket: operations from bytes to bytes, past all guards."""

from erikti.endpoint.http.error_boundary import LastDoor
from erikti.endpoint.http.negotiation import GRAPHQL_JSON
from erikti.endpoint.http.service import METHODS, Endpoint
from erikti.endpoint.operations import Guards, Operations
from erikti.endpoint.requests import language
from erikti.endpoint.websocket.sockets import Sockets
from erikti.trusted_documents.known import KnownDocuments

__all__ = [
    "GRAPHQL_JSON",
    "METHODS",
    "Endpoint",
    "Guards",
    "KnownDocuments",
    "LastDoor",
    "Operations",
    "Sockets",
    "language",
]
