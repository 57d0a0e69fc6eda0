"""GraphQL over HTTP: one operation a request, from bytes to bytes, past all guards."""

from endpoint.door import LastDoor
from endpoint.negotiation import GRAPHQL_JSON
from endpoint.operations import Guards
from endpoint.requests import language
from endpoint.service import METHODS, Endpoint

__all__ = ["GRAPHQL_JSON", "METHODS", "Endpoint", "Guards", "LastDoor", "language"]
