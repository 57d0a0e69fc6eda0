"""Requests that the endpoint has answered, and what it found out about them once for all.

The endpoint teaches them to the fast path, which therefore repeats none of its rules.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

from erikti.cache import Answer, Place
from schema.engine.written.repeated import Repeated

# A key of the ASGI scope: what the endpoint calls with a request that it has answered.
LEARN = "erikti.learn"
CACHE_HIT = 1  # points of a cached response


@dataclass(frozen=True, slots=True)
class KnownRequest:
    """A query that its caller may request, whose response is cached at ``place``, or is the
    ``constant`` one if it depends on no record.

    Responses to others of its kind can be written as ``repeated``; if they are ``cacheable``, only
    the first one to each request, so that the second one is cached.

    ``text`` is that of its document, ``requested`` its cost before execution and ``actual`` that of
    the cached response, in points.
    """

    text: str
    requested: int
    actual: int
    place: Place | None = None
    constant: Answer | None = None
    repeated: Repeated | None = None
    cacheable: bool = False


Learn: TypeAlias = Callable[[KnownRequest], None]
