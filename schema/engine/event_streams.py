"""Where the events of a subscription come from, as its field's resolver says."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import aclosing, asynccontextmanager
from typing import Any

from graphql import ExecutionResult, GraphQLError, create_source_event_stream
from graphql.execution import Executor
from strawberry.utils.await_maybe import await_maybe

from resolvers.errors import TimeLimitError
from schema.engine.errors import hidden, presentable


class EndedError(Exception):
    """An operation has no result, or no more of them, but these errors, for its caller to see."""

    def __init__(self, errors: Sequence[GraphQLError]) -> None:
        super().__init__(len(errors))
        self.errors = errors


@asynccontextmanager
async def source(executor: Executor[Any], seconds: float) -> AsyncIterator[AsyncIterator[Any]]:
    """The events of a subscription, each the root of an execution.

    The first may take ``seconds`` to be there to wait for. Raises EndedError.
    """
    found = await _made(executor, seconds)
    try:
        async with aclosing(_told(found)) as told:
            yield told
    finally:
        await found.aclose()


async def _made(executor: Executor[Any], seconds: float) -> Any:
    try:
        async with asyncio.timeout(seconds) as timer:
            found = await await_maybe(create_source_event_stream(executor))
    except Exception as error:
        if isinstance(error, TimeoutError) and timer.expired():
            late = TimeLimitError(f"this takes longer than {seconds:g} seconds")
            raise EndedError([late]) from None
        raise EndedError([hidden(error)]) from None
    if isinstance(found, ExecutionResult):
        raise EndedError([presentable(error) for error in found.errors or ()])
    return found


async def _told(events: AsyncIterator[Any]) -> AsyncGenerator[Any, None]:
    try:
        async for event in events:
            yield event
    except GraphQLError as error:
        raise EndedError([presentable(error)]) from None
    except Exception as error:
        raise EndedError([hidden(error)]) from None
