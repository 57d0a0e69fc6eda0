"""Results of an operation, one or many, each as the bytes of a JSON object."""

from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from contextlib import aclosing
from typing import TypeAlias

import orjson
from graphql import GraphQLError
from strawberry.types.graphql import OperationType

from erikti.endpoint.extensions import extensions
from erikti.endpoint.operations import Operation, Operations
from erikti.errors import LimitError, OperationError
from erikti.masking import formatted
from schema.engine.engine import Prepared
from schema.engine.incremental import Part

# Converts one part to the format that its client accepts.
Deliver: TypeAlias = Callable[[Part], Part]


async def results(
    operations: Operations, operation: Operation, prepared: Prepared, most: int
) -> AsyncGenerator[bytes, None]:
    """Yield the results of an operation, each of at most ``most`` bytes; the caller closes it.

    Raises OperationError and BudgetError if a subscription ends with errors.
    """
    if prepared.type is not OperationType.SUBSCRIPTION:
        data, errors = await operations.execute(operation, prepared)
        yield result(operation, data, errors, most)
        return
    async with aclosing(operations.events(operation, prepared)) as events:
        async for again, data, errors in events:
            yield result(again, data, errors, most)


async def parts(
    operations: Operations, operation: Operation, prepared: Prepared, most: int, deliver: Deliver
) -> AsyncGenerator[bytes, None]:
    """Yield the parts of a result, together of at most ``most`` bytes; the caller closes it.

    Access to personal data in a part is recorded before it is sent.
    """
    size, ledger = 0, operation.context.ledger
    async with aclosing(operations.engine.parts(prepared)) as found:
        async for part in found:
            disclosed = set(ledger.persons)
            if disclosed or not size or operation.context.loaders.scope.read:
                _, refusals = await operations.disclosed(operation, part, ())
                if refusals:
                    raise OperationError(refusals)
                ledger.persons -= disclosed
            if not part["hasNext"]:
                part["extensions"] = extensions(operation.context)
            body = orjson.dumps(deliver(part))
            size += len(body)
            if size > most:
                raise OperationError([too_large(most)])
            yield body


def result(operation: Operation, data: object, errors: Sequence[GraphQLError], most: int) -> bytes:
    """Return one result with its extensions; an error instead if it would be too large."""
    body = dumped(data, errors)
    if len(body) > most:
        body = dumped(None, [too_large(most)])
    return extended(body, extensions(operation.context))


def failure(errors: Sequence[GraphQLError]) -> bytes:
    """Return a result of only errors."""
    return orjson.dumps({"errors": formatted(errors)})


def dumped(data: object, errors: Sequence[GraphQLError]) -> bytes:
    """Return the bytes of a result."""
    shown: dict[str, object] = {"data": data}
    if errors:
        shown["errors"] = formatted(errors)
    return orjson.dumps(shown)


def extended(body: bytes, extensions: Mapping[str, object]) -> bytes:
    """Return a result's bytes with extensions, which are different for each caller."""
    return body[:-1] + ending(extensions) if extensions else body


def ending(extensions: Mapping[str, object]) -> bytes:
    """Return what takes the place of the last brace of a result to add its extensions."""
    return b',"extensions":%b}' % orjson.dumps(extensions)


def too_large(most: int) -> LimitError:
    """Return the error in place of a response that is too large."""
    return LimitError(f"The response would have more than {most} bytes: request less.")
