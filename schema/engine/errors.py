"""What a caller sees of an error: a code always, the text only where it is meant for them."""

import logging
from uuid import uuid4

from graphql import GraphQLError

from erikti.database.errors import is_away, is_too_slow
from erikti.telemetry.tracebacks import trace
from resolvers.errors import ApiError, InternalError, TimeLimitError, UnavailableError
from schema.building.scalars import ScalarError

LONGEST = 300  # characters of a text that may hold what the caller sent
logger = logging.getLogger("erikti.errors")


def presentable(error: GraphQLError) -> GraphQLError:
    """The error as a caller may see it."""
    cause = error.original_error
    while isinstance(cause, GraphQLError) and cause.original_error is not None:
        cause = cause.original_error
    if isinstance(error, ApiError) or isinstance(cause, ApiError):
        return error
    inner = cause or error
    if not _is_the_callers(inner, executed=error.path is not None):
        return hidden(inner, error)
    if isinstance(inner, ValueError) and not isinstance(inner, ScalarError):
        # Python's own text, as of a number with more digits than it reads.
        error = GraphQLError("this value cannot be read", nodes=error.nodes)
    error.extensions = {"code": "BAD_USER_INPUT", **(error.extensions or {})}
    if len(error.message) > LONGEST:
        error.message = f"{error.message[: LONGEST - 1]}…"
    return error


def _is_the_callers(error: BaseException, executed: bool) -> bool:
    """Whether a text is about what the caller sent: syntax, validation, arguments, variables.

    Once an operation is executed, an error that names no place in the document is about a
    value of ours, such as one that does not fit its type, and its text shows that value.
    """
    if isinstance(error, GraphQLError):
        return bool(error.nodes) or not executed
    return isinstance(error, ValueError) and not executed


def hidden(cause: BaseException, error: GraphQLError | None = None) -> GraphQLError:
    """What a caller sees of an error inside; ``error`` says at which place of the answer.

    The log gets where it came from, without a message: it may hold anybody's data.
    """
    correlation_id = str(uuid4())
    shown: ApiError
    if is_away(cause):
        logger.warning("database away, correlation id %s: %s", correlation_id, type(cause).__name__)
        shown = UnavailableError("the database cannot be reached now", correlationId=correlation_id)
    elif is_too_slow(cause):
        logger.warning("statement too slow, correlation id %s", correlation_id)
        shown = TimeLimitError("a part of this takes too long", correlationId=correlation_id)
    else:
        logger.error("correlation id %s: %s", correlation_id, trace(cause))
        shown = InternalError("internal error", correlationId=correlation_id)
    return GraphQLError(
        shown.message,
        nodes=error.nodes if error else None,
        path=error.path if error else None,
        extensions=shown.extensions,
    )
