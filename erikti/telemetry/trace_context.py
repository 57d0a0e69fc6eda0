"""Distributed traces (W3C Trace Context): a request continues the trace of its caller.

By OpenTelemetry's API: without its SDK nothing is recorded, but the caller's trace id is still in
responses and logs.
"""

import logging
import re
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from opentelemetry import trace
from opentelemetry.trace import SpanKind, format_span_id, format_trace_id
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator
from starlette.types import Scope

# Its other forms, such as later versions, are rare.
USUAL = re.compile(rb"00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}")
CARRIED = (b"traceparent", b"tracestate")
PROPAGATOR = TraceContextTextMapPropagator()
TRACER = trace.get_tracer("erikti")
_carried: ContextVar[bytes | None] = ContextVar("carried", default=None)


@contextmanager
def traced(scope: Scope) -> Iterator[None]:
    """Run a request as part of the trace in its headers; ignore a malformed one.

    A span has the method and the duration, but nothing of the request.
    """
    headers: list[tuple[bytes, bytes]] = scope.get("headers", [])
    carried = {n.decode(): v.decode("latin-1") for n, v in headers if n in CARRIED}
    if not carried and not records():
        yield  # the caller sent no trace, and none is recorded
        return
    with TRACER.start_as_current_span(
        scope.get("method", scope["type"]),
        PROPAGATOR.extract(carried),
        kind=SpanKind.SERVER,
        record_exception=False,
        set_status_on_exception=False,
    ):
        yield


def is_usual(traceparent: bytes) -> bool:
    """Whether a header needs no parsing to be returned, while no spans are recorded."""
    return USUAL.fullmatch(traceparent) is not None


class Carried:
    """Runs a request as part of the trace in its header, which is usual; records no span."""

    __slots__ = ("_token", "_traceparent")

    def __init__(self, traceparent: bytes | None) -> None:
        self._traceparent = traceparent

    def __enter__(self) -> None:
        self._token = _carried.set(self._traceparent)

    def __exit__(self, *_: object) -> None:
        _carried.reset(self._token)


def records() -> bool:
    """Whether spans are recorded: OpenTelemetry's SDK is installed."""
    return not isinstance(trace.get_tracer_provider(), trace.ProxyTracerProvider)


def trace_id() -> str | None:
    """Return the id of the current trace in 32 hexadecimal digits; None without one."""
    found = trace_response()
    return None if found is None else found.split("-")[1]


def trace_response() -> str | None:
    """Return the value of the response header ``traceresponse``; None without a trace."""
    found = trace.get_current_span().get_span_context()
    if not found.is_valid:
        traceparent = _carried.get()
        return None if traceparent is None else traceparent.decode()
    flags = f"{found.trace_flags:02x}"
    return f"00-{format_trace_id(found.trace_id)}-{format_span_id(found.span_id)}-{flags}"


class _Traced(logging.Filter):
    """Adds the current trace to log records."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Return True: every record is logged."""
        found = trace_id()
        if found is not None:
            record.msg = f"trace {found}, {record.msg}"
        return True


TRACED = _Traced()
