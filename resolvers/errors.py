"""Errors that a caller is meant to read.

ApiError
├── BadUserInputError   BAD_USER_INPUT   an argument cannot be used
├── ForbiddenError      FORBIDDEN        the caller may not ask this
├── LimitError          LIMIT_EXCEEDED   it costs more than the caller may spend
├── TimeLimitError      TIMEOUT          it takes longer than it may
├── NotFoundError       NOT_FOUND        what was asked for is not there
├── UnknownDocumentError   PERSISTED_QUERY_NOT_FOUND       no document has this hash
├── UnsupportedDocumentError   PERSISTED_QUERY_NOT_SUPPORTED   nobody may register documents
├── UnavailableError    UNAVAILABLE      the database cannot be reached
├── ExpiredError        UNAUTHENTICATED  the caller's token has expired while this went on
└── InternalError       INTERNAL         anything else; its cause is logged, never shown
"""

from typing import Any

from graphql import GraphQLError


class ApiError(GraphQLError):
    """An error with a code in ``extensions``, and the place where that helps."""

    code = "INTERNAL"

    def __init__(self, message: str, **place: Any) -> None:
        super().__init__(message, extensions={"code": self.code, **place})


class BadUserInputError(ApiError):
    """An argument cannot be used; ``argument`` is its path within the field's arguments."""

    code = "BAD_USER_INPUT"

    def __init__(self, argument: str, message: str) -> None:
        super().__init__(f"{argument}: {message}", argument=argument)


class NotFoundError(ApiError):
    """What was asked for is not there."""

    code = "NOT_FOUND"


class UnknownDocumentError(ApiError):
    """No document with this hash is known to this client."""

    code = "PERSISTED_QUERY_NOT_FOUND"


class UnsupportedDocumentError(ApiError):
    """Documents cannot be registered here."""

    code = "PERSISTED_QUERY_NOT_SUPPORTED"


class ForbiddenError(ApiError):
    """The caller may not ask this."""

    code = "FORBIDDEN"


class LimitError(ApiError):
    """It costs more than the caller may spend."""

    code = "LIMIT_EXCEEDED"


class TimeLimitError(ApiError):
    """It takes longer than it may."""

    code = "TIMEOUT"


class UnavailableError(ApiError):
    """The database cannot be reached now."""

    code = "UNAVAILABLE"


class ExpiredError(ApiError):
    """The caller's token has expired while this went on."""

    code = "UNAUTHENTICATED"


class InternalError(ApiError):
    """An error that the caller cannot mend; ``correlationId`` finds it in the log."""


# What may stand in ``extensions.code`` of an answer to an operation.
CODES = frozenset(kind.code for kind in ApiError.__subclasses__())
