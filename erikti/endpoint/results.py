"""What comes of an operation, one or many results, each as the bytes of a JSON object."""

from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from typing import Any

import orjson
from graphql import GraphQLError
from strawberry.types.graphql import OperationType

from erikti.endpoint.extensions import extensions
from erikti.endpoint.http.incremental_formats import Deliver
from erikti.endpoint.http.replies import dumped, extended, presented
from erikti.endpoint.operations import Operation, Operations
from erikti.guard.budget import BudgetError
from resolvers.errors import LimitError
from schema.engine.engine import Prepared
from schema.engine.event_streams import EndedError


async def results(
    operations: Operations, operation: Operation, prepared: Prepared, most: int
) -> AsyncGenerator[bytes, None]:
    """The results of an operation, each of at most so many bytes; to be closed.

    Raises EndedError where a subscription ends with errors.
    """
    if prepared.type is not OperationType.SUBSCRIPTION:
        data, errors = await operations.execute(operation, prepared)
        yield result(operation, data, errors, most)
        return
    try:
        async with aclosing(operations.events(operation, prepared)) as events:
            async for again, data, errors in events:
                yield result(again, data, errors, most)
    except BudgetError as error:
        raise EndedError([over(error)]) from None


async def parts(
    operations: Operations, operation: Operation, prepared: Prepared, most: int, deliver: Deliver
) -> AsyncGenerator[bytes, None]:
    """The parts of a result as its document wishes, all together of so many bytes; to be closed.

    Whose personal data a part may hold is recorded before it leaves.
    """
    size, ledger = 0, operation.context.ledger
    async with aclosing(operations.engine.parts(prepared)) as found:
        async for part in found:
            told = set(ledger.persons)
            if told or not size or operation.context.loaders.scope.read:
                _, refusals = await operations.disclosed(operation, part, ())
                if refusals:
                    raise EndedError(refusals)
                ledger.persons -= told
            if not part["hasNext"]:
                part["extensions"] = extensions(operation.context)
            body = orjson.dumps(deliver(part))
            size += len(body)
            if size > most:
                raise EndedError([too_large(most)])
            yield body


def result(operation: Operation, data: Any, errors: Sequence[GraphQLError], most: int) -> bytes:
    """One result with its extensions; an error instead where it would be too large."""
    body = dumped(data, errors)
    if len(body) > most:
        body = dumped(None, [too_large(most)])
    return extended(body, extensions(operation.context))


def failure(errors: Sequence[GraphQLError]) -> bytes:
    """A result of errors alone."""
    return orjson.dumps({"errors": presented(errors)})


def over(error: BudgetError) -> LimitError:
    """What a caller is told who has spent their budget."""
    return LimitError(str(error), **error.extensions, retryAfter=error.retry_after)


def too_large(most: int) -> LimitError:
    """What a caller is told of an answer that is not sent."""
    return LimitError(f"the answer would have more than {most} bytes: ask for less")
