"""GraphQL over HTTP: one operation a request, from bytes to bytes, past all guards."""

from endpoint.door import LastDoor
from endpoint.operations import Guards
from endpoint.requests import language
from endpoint.service import Endpoint

__all__ = ["Endpoint", "Guards", "LastDoor", "language"]
