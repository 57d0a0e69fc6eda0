"""What a caller sees of an error: a code always, the text only where it is meant for them."""

import logging
from collections.abc import Iterator
from uuid import uuid4

from graphql import GraphQLError
from strawberry.extensions import SchemaExtension

from models.database import is_away
from resolvers.errors import ApiError, InternalError, UnavailableError

logger = logging.getLogger("erikti.errors")


class ErrorCodes(SchemaExtension):
    """Give every error its code, and hide what went wrong inside behind a correlation id."""

    def on_operation(self) -> Iterator[None]:
        """Rewrite the errors of an operation once it is over."""
        yield
        result = self.execution_context.result
        if result and result.errors:
            result.errors = [presentable(error) for error in result.errors]


def presentable(error: GraphQLError) -> GraphQLError:
    """The error as a caller may see it."""
    cause = error.original_error
    while isinstance(cause, GraphQLError) and cause.original_error is not None:
        cause = cause.original_error
    if isinstance(error, ApiError) or isinstance(cause, ApiError):
        return error
    before_execution = error.path is None and isinstance(cause, ValueError)
    if cause is None or isinstance(cause, GraphQLError) or before_execution:
        # Syntax, validation, values of arguments and variables: texts for the caller.
        error.extensions = {"code": "BAD_USER_INPUT", **(error.extensions or {})}
        return error
    return _hidden(error, cause)


def _hidden(error: GraphQLError, cause: BaseException) -> GraphQLError:
    correlation_id = str(uuid4())
    shown: ApiError
    if is_away(cause):
        logger.warning("database away, correlation id %s: %s", correlation_id, type(cause).__name__)
        shown = UnavailableError("the database cannot be reached now", correlationId=correlation_id)
    else:
        logger.error("correlation id %s", correlation_id, exc_info=cause)
        shown = InternalError("internal error", correlationId=correlation_id)
    return GraphQLError(
        shown.message, nodes=error.nodes, path=error.path, extensions=shown.extensions
    )
