"""A cache of responses, in memory or in a Valkey that several processes share."""

from erikti.cache.answers import Answer, Reading, request_key
from erikti.cache.responses import EVERYTHING, Compute, Place, ResponseCache
from erikti.cache.valkey import Valkey

__all__ = [
    "EVERYTHING",
    "Answer",
    "Compute",
    "Place",
    "Reading",
    "ResponseCache",
    "Valkey",
    "request_key",
]
