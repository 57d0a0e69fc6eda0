"""GraphQL over HTTP and WebSocket: operations from bytes to bytes, past all guards."""

from endpoint.documents import KnownDocuments
from endpoint.door import LastDoor
from endpoint.negotiation import GRAPHQL_JSON
from endpoint.operations import Guards, Operations
from endpoint.requests import language
from endpoint.service import METHODS, Endpoint
from endpoint.sockets import Sockets

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
