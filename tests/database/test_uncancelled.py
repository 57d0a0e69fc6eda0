"""Work that goes on without its caller: what is logged of its errors."""

import asyncio
import gc
import logging

import asyncpg
import pytest

from erikti.database.uncancelled import finished, shielded


@pytest.mark.usefixtures("database")
@pytest.mark.parametrize(
    ("error", "level"),
    [
        (asyncpg.QueryCanceledError("a value"), logging.DEBUG),
        (ConnectionResetError("a value"), logging.DEBUG),
        (ArithmeticError("a value"), logging.ERROR),
    ],
    ids=lambda value: type(value).__name__,
)
async def test_the_error_of_abandoned_work_is_logged_without_its_text(
    caplog: pytest.LogCaptureFixture, error: Exception, level: int
) -> None:
    begun, proceed = asyncio.Event(), asyncio.Event()

    async def failing() -> None:
        begun.set()
        await proceed.wait()
        raise error

    caller = asyncio.create_task(shielded(failing()))
    await begun.wait()
    caller.cancel()
    with pytest.raises(asyncio.CancelledError):
        await caller
    with caplog.at_level(logging.DEBUG):
        proceed.set()
        await finished()
        await asyncio.sleep(0)
        gc.collect()  # the event loop logs errors that were not retrieved
    (logged,) = (record for record in caplog.records if record.name != "erikti.sql")
    assert (logged.name, logged.levelno) == ("erikti.errors", level)
    assert type(error).__name__ in logged.getMessage()
    assert "a value" not in caplog.text
