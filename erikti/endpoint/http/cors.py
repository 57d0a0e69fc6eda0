"""Headers of requests from pages of other origins, which a browser asks about in a preflight."""

from collections.abc import Collection

from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware

from erikti.errors import MethodNotAllowedError

OWN = ("authorization", "content-type", "if-none-match", "x-purpose", "x-request-id")
# Sent by the libraries that pages use, whether the operation needs them or not.
OF_CLIENTS = (
    *("apollo-require-preflight", "apollographql-client-name", "apollographql-client-version"),
    *("x-apollo-operation-name", "x-apollo-operation-id", "x-apollo-operation-type"),
    *("apollo-federation-include-trace", "graphql-preflight", "x-graphql-client-name"),
    *("x-graphql-client-version", "x-graphql-event-stream-token", "x-requested-with"),
    *("cache-control", "last-event-id", "pragma"),
)
OF_TRACING = (
    *("traceparent", "tracestate", "baggage", "sentry-trace"),
    *("x-datadog-origin", "x-datadog-parent-id", "x-datadog-sampling-priority"),
    *("x-datadog-sampled", "x-datadog-tags", "x-datadog-trace-id"),
    *("b3", "x-b3-flags", "x-b3-parentspanid", "x-b3-sampled", "x-b3-spanid", "x-b3-traceid"),
)
# Those of responses that pages may read.
READABLE = ("age", "etag", "retry-after", "traceresponse", "www-authenticate", "x-request-id")


def cors(origins: Collection[str], more: Collection[str]) -> Middleware:
    """Return the middleware for pages of these origins, which may send ``more`` headers too.

    Credentials are not allowed, since there are no cookies: pages send a token or none.
    """
    return Middleware(
        CORSMiddleware,
        allow_origins=origins,
        allow_methods=MethodNotAllowedError.allowed,
        allow_headers=(*OWN, *OF_CLIENTS, *OF_TRACING, *more),
        expose_headers=READABLE,
    )
