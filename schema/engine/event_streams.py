"""The events of a subscription, from the resolver of its field."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing, asynccontextmanager
from typing import Any

from graphql import ExecutionResult, GraphQLError, create_source_event_stream
from graphql.execution import Executor
from strawberry.utils.await_maybe import await_maybe

from erikti.errors import OperationError, TimeLimitError
from erikti.masking import internal_error, masked


@asynccontextmanager
async def source(executor: Executor[Any], seconds: float) -> AsyncIterator[AsyncIterator[object]]:
    """Open the events of a subscription, each the root of an execution.

    The resolver has ``seconds`` to return the stream. Raises OperationError.
    """
    found = await _created(executor, seconds)
    try:
        async with aclosing(_masked_errors(found)) as events:
            yield events
    finally:
        await found.aclose()


async def _created(executor: Executor[Any], seconds: float) -> Any:
    try:
        async with asyncio.timeout(seconds) as timer:
            found = await await_maybe(create_source_event_stream(executor))
    except Exception as error:
        if isinstance(error, TimeoutError) and timer.expired():
            late = TimeLimitError(f"The operation takes longer than {seconds:g} seconds.")
            raise OperationError([late]) from None
        raise OperationError([internal_error(error)]) from None
    if isinstance(found, ExecutionResult):
        raise OperationError([masked(error) for error in found.errors or ()])
    return found


async def _masked_errors(events: AsyncIterator[object]) -> AsyncGenerator[object, None]:
    try:
        async for event in events:
            yield event
    except GraphQLError as error:
        raise OperationError([masked(error)]) from None
    except Exception as error:
        raise OperationError([internal_error(error)]) from None
