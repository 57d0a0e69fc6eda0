"""Errors that a client may see: each has a code and an HTTP status.

ApiError
├── RequestError                  BAD_REQUEST             400  the request cannot be read
│   ├── InvalidParameterError     BAD_USER_INPUT          400  a parameter of the request is wrong
│   ├── MethodNotAllowedError     METHOD_NOT_ALLOWED      405
│   ├── NotAcceptableError        NOT_ACCEPTABLE          406
│   ├── RequestTimeoutError       REQUEST_TIMEOUT         408
│   ├── BodyTooLargeError         BODY_TOO_LARGE          413
│   ├── UrlTooLongError           URL_TOO_LONG            414
│   ├── UnsupportedMediaTypeError UNSUPPORTED_MEDIA_TYPE  415
│   ├── ExpectationFailedError    EXPECTATION_FAILED      417
│   ├── HeadersTooLargeError      HEADERS_TOO_LARGE       431
│   └── HttpVersionError          HTTP_VERSION            505
├── UnauthenticatedError          UNAUTHENTICATED         401  the token has since expired
│   └── InvalidTokenError         UNAUTHENTICATED         401  or 400: the token is not valid
├── BadUserInputError             BAD_USER_INPUT          400  an argument cannot be used
├── ForbiddenError                FORBIDDEN               403  the caller may not request this
├── LimitError                    LIMIT_EXCEEDED          400  it exceeds a limit
│   └── TooManyRequestsError      LIMIT_EXCEEDED          429  for now; the budget, open streams
├── TimeLimitError                TIMEOUT                 400  it takes longer than allowed
├── NotFoundError                 NOT_FOUND               400  it does not exist
├── UnknownDocumentError          PERSISTED_QUERY_NOT_FOUND      400
├── UnsupportedDocumentError      PERSISTED_QUERY_NOT_SUPPORTED  400
├── UnavailableError              UNAVAILABLE             503  a service behind it is down
│   └── ProviderUnavailableError  UNAVAILABLE             503  the identity provider is
└── InternalError                 INTERNAL                500  the cause is logged, never sent

Errors of a request that has no operation are answered with their status. Those of an operation
are in ``errors``; the status follows them in the media type application/graphql-response+json.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import ClassVar

import orjson
from graphql import GraphQLError, Node

REALM = "erikti"


class ApiError(GraphQLError):
    """An error with a code in ``extensions``; ``nodes`` are its places in the document."""

    code: ClassVar[str] = "INTERNAL"
    status: int = 400

    def __init__(
        self, message: str, *, nodes: Sequence[Node] | None = None, **extensions: object
    ) -> None:
        super().__init__(
            message, list(nodes) if nodes else None, extensions={"code": self.code, **extensions}
        )

    @property
    def headers(self) -> Mapping[str, str]:
        """HTTP headers of a response with this error alone."""
        return {}

    def body(self) -> bytes:
        """A GraphQL response with this error alone, JSON."""
        return orjson.dumps({"errors": [self.formatted]})


class RequestError(ApiError):
    """The request cannot be read, or holds no operation."""

    code = "BAD_REQUEST"


class InvalidParameterError(RequestError):
    """A parameter of the request is wrong; the message begins with its name."""

    code = "BAD_USER_INPUT"


class MethodNotAllowedError(RequestError):
    """The endpoint does not take the method, or not for this operation."""

    code, status = "METHOD_NOT_ALLOWED", 405
    allowed: ClassVar[tuple[str, ...]] = ("GET", "HEAD", "OPTIONS", "POST")

    @property
    def headers(self) -> Mapping[str, str]:
        """The methods that the endpoint takes."""
        return {"allow": ", ".join(self.allowed)}


class NotAcceptableError(RequestError):
    """The client accepts none of the media types of the response."""

    code, status = "NOT_ACCEPTABLE", 406


class RequestTimeoutError(RequestError):
    """The request did not arrive in time."""

    code, status = "REQUEST_TIMEOUT", 408


class BodyTooLargeError(RequestError):
    """The body has more bytes than allowed."""

    code, status = "BODY_TOO_LARGE", 413


class UrlTooLongError(RequestError):
    """The URL has more bytes than allowed."""

    code, status = "URL_TOO_LONG", 414


class UnsupportedMediaTypeError(RequestError):
    """The body is not plain JSON."""

    code, status = "UNSUPPORTED_MEDIA_TYPE", 415


class ExpectationFailedError(RequestError):
    """The request expects anything but 100-continue."""

    code, status = "EXPECTATION_FAILED", 417


class HeadersTooLargeError(RequestError):
    """The headers are too many or too long."""

    code, status = "HEADERS_TOO_LARGE", 431


class HttpVersionError(RequestError):
    """The request is not HTTP/1.1."""

    code, status = "HTTP_VERSION", 505


class UnauthenticatedError(ApiError):
    """The caller's token expired, or its key was withdrawn, while the operation went on."""

    code, status = "UNAUTHENTICATED", 401


class InvalidTokenError(UnauthenticatedError):
    """The token identifies no caller.

    ``error`` is a code of RFC 6750, ``description`` a fixed text that repeats nothing of the
    token. The status is 400 for a malformed request, 401 otherwise.
    """

    def __init__(self, description: str, error: str = "invalid_token") -> None:
        super().__init__(description)
        self.description, self.error = description, error
        self.status = 400 if error == "invalid_request" else 401

    @property
    def headers(self) -> Mapping[str, str]:
        """The challenge (RFC 6750, 3)."""
        described = f'error="{self.error}", error_description="{self.description}"'
        return {"www-authenticate": f'Bearer realm="{REALM}", {described}'}


class BadUserInputError(ApiError):
    """An argument cannot be used; ``argument`` is its path within the field's arguments."""

    code = "BAD_USER_INPUT"

    def __init__(self, argument: str, message: str, *, nodes: Sequence[Node] | None = None) -> None:
        super().__init__(f"{argument}: {message}", nodes=nodes, argument=argument)


class ForbiddenError(ApiError):
    """The caller may not request this."""

    code, status = "FORBIDDEN", 403


class LimitError(ApiError):
    """The operation exceeds a limit."""

    code = "LIMIT_EXCEEDED"

    @classmethod
    def exceeded(
        cls, limit: str, requested: int, allowed: int, unit: str, *nodes: Node
    ) -> "LimitError":
        """The error of a document that requests more than the named limit allows."""
        message = f"{limit}: {requested} {unit} requested, at most {allowed} allowed"
        return cls(message, nodes=nodes, limit=limit, asked=requested, allowed=allowed)


class TooManyRequestsError(LimitError):
    """The client has spent its budget, or has too much open; it may try again later."""

    status = 429


class TimeLimitError(ApiError):
    """The operation takes longer than allowed."""

    code = "TIMEOUT"


class NotFoundError(ApiError):
    """The requested record does not exist, or the caller may not see it."""

    code = "NOT_FOUND"


class UnknownDocumentError(ApiError):
    """No document with this hash is known for this client."""

    code = "PERSISTED_QUERY_NOT_FOUND"


class UnsupportedDocumentError(ApiError):
    """Clients cannot register documents here."""

    code = "PERSISTED_QUERY_NOT_SUPPORTED"


class UnavailableError(ApiError):
    """A service behind the endpoint is down: the database, the access log."""

    code, status = "UNAVAILABLE", 503


class ProviderUnavailableError(UnavailableError):
    """The identity provider is down, so that no token can be verified."""

    def __init__(self, message: str = "the identity provider cannot be reached now") -> None:
        super().__init__(message)


class InternalError(ApiError):
    """An error that the client cannot correct; ``correlationId`` finds it in the log."""

    code, status = "INTERNAL", 500


class OperationError(Exception):
    """An operation has no result, or no further one, but these errors."""

    def __init__(self, errors: Sequence[GraphQLError]) -> None:
        super().__init__(len(errors))
        self.errors = errors


class ScalarError(ValueError):
    """A value that a scalar does not take; the text names the expected form."""


def _kinds(kind: type[ApiError]) -> Iterator[type[ApiError]]:
    for one in kind.__subclasses__():
        yield one
        yield from _kinds(one)


# By code, the first of each: every code that a response may hold.
STATUSES = {kind.code: kind.status for kind in reversed([*_kinds(ApiError)])}
