"""What comes of an operation, one or many results, each as the bytes of a JSON object."""

from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from typing import Any

import orjson
from graphql import GraphQLError
from strawberry.types.graphql import OperationType

from endpoint.extensions import extensions
from endpoint.operations import Asked, Operations
from endpoint.replies import dumped, extended, presented
from guard.budget import BudgetError
from resolvers.errors import LimitError
from schema.federation import Prepared
from schema.sources import EndedError


async def results(
    operations: Operations, asked: Asked, prepared: Prepared, most: int
) -> AsyncGenerator[bytes, None]:
    """The results of an operation, each of at most so many bytes; to be closed.

    Raises EndedError where a subscription ends with errors.
    """
    if prepared.type is not OperationType.SUBSCRIPTION:
        data, errors = await operations.execute(asked, prepared)
        yield result(asked, data, errors, most)
        return
    try:
        async with aclosing(operations.events(asked, prepared)) as events:
            async for again, data, errors in events:
                yield result(again, data, errors, most)
    except BudgetError as error:
        raise EndedError([over(error)]) from None


def result(asked: Asked, data: Any, errors: Sequence[GraphQLError], most: int) -> bytes:
    """One result with its extensions; an error instead where it would be too large."""
    body = dumped(data, errors)
    if len(body) > most:
        body = dumped(None, [too_large(most)])
    return extended(body, extensions(asked.context))


def failure(errors: Sequence[GraphQLError]) -> bytes:
    """A result of errors alone."""
    return orjson.dumps({"errors": presented(errors)})


def over(error: BudgetError) -> LimitError:
    """What a caller is told who has spent their budget."""
    return LimitError(str(error), retryAfter=error.retry_after)


def too_large(most: int) -> LimitError:
    """What a caller is told of an answer that is not sent."""
    return LimitError(f"the answer would have more than {most} bytes: ask for less")
