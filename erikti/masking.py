"""Masking of errors: clients always see a code, and a text only if it is meant for them."""

import logging
from collections.abc import Iterable
from uuid import uuid4

from graphql import GraphQLError, GraphQLFormattedError

from erikti.database.errors import is_away, is_too_slow
from erikti.errors import (
    STATUSES,
    ApiError,
    InternalError,
    ScalarError,
    TimeLimitError,
    UnavailableError,
)
from erikti.telemetry.tracebacks import trace

LONGEST = 300  # characters of a message, which may repeat what the client sent
logger = logging.getLogger("erikti.errors")


def formatted(errors: Iterable[GraphQLError]) -> list[GraphQLFormattedError]:
    """Return errors in the format of a response; those without a documented code are masked."""
    known = ((error, (error.extensions or {}).get("code") in STATUSES) for error in errors)
    return [(error if ok else internal_error(error, error)).formatted for error, ok in known]


def masked(error: GraphQLError) -> GraphQLError:
    """Return the error of an operation in the form that its client may see."""
    cause = error.original_error
    while isinstance(cause, GraphQLError) and cause.original_error is not None:
        cause = cause.original_error
    if isinstance(error, ApiError) or isinstance(cause, ApiError):
        return error
    inner = cause or error
    if not _is_about_the_request(inner, executed=error.path is not None):
        return internal_error(inner, error)
    if isinstance(inner, ValueError) and not isinstance(inner, ScalarError):
        # Python's own text, for example about a number with too many digits.
        error = GraphQLError("This value cannot be read.", nodes=error.nodes)
    error.extensions = {"code": "BAD_USER_INPUT", **(error.extensions or {})}
    if len(error.message) > LONGEST:
        error.message = f"{error.message[: LONGEST - 1]}…"
    return error


def _is_about_the_request(error: BaseException, executed: bool) -> bool:
    """Whether an error is about the request: syntax, validation, arguments, variables.

    During execution an error without a place in the document is about a value in the database,
    for example one of the wrong type, and its text repeats that value.
    """
    if isinstance(error, GraphQLError):
        return bool(error.nodes) or not executed
    return isinstance(error, ValueError) and not executed


def internal_error(cause: BaseException, error: GraphQLError | None = None) -> ApiError:
    """Return the masked form of an internal error; ``error`` has its place in the response.

    The log gets the traceback without the message, which may hold personal data.
    """
    id_, nodes = str(uuid4()), error.nodes if error else None
    shown: ApiError
    if is_away(cause):
        logger.warning("database away, correlation id %s: %s", id_, type(cause).__name__)
        message = "The database cannot be reached now: retry later."
        shown = UnavailableError(message, nodes=nodes, correlationId=id_)
    elif is_too_slow(cause):
        logger.warning("statement too slow, correlation id %s", id_)
        shown = TimeLimitError(
            "A part of the operation takes too long.", nodes=nodes, correlationId=id_
        )
    else:
        logger.error("correlation id %s: %s", id_, trace(cause))
        shown = InternalError("internal error", nodes=nodes, correlationId=id_)
    shown.path = error.path if error else None
    return shown
