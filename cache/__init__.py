"""Finished answers, kept for a while in memory or in a Valkey that several processes share."""

from cache.answers import Answer, Reading, request_key
from cache.responses import EVERYTHING, Compute, ResponseCache

__all__ = ["EVERYTHING", "Answer", "Compute", "Reading", "ResponseCache", "request_key"]
