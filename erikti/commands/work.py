"""The command ``erikti work``."""

import asyncio
import signal
from contextlib import suppress
from typing import Annotated

import typer

from erikti.commands.database import configured, prepared, run
from erikti.commands.errors import CommandError
from erikti.work.worker import Worker, worker_of

app = typer.Typer(add_completion=False)


@app.command("work")
def work(
    once: Annotated[bool, typer.Option("--once", help="Do what is due now, and end.")] = False,
) -> None:
    """Do background work until a signal stops it; `erikti serve` does it as well."""
    settings = configured()
    run(settings, prepared(settings))
    worker = worker_of(settings.database_url)
    if not once:
        run(settings, _until_stopped(worker))
        return
    match run(settings, worker.once()):
        case None:
            typer.echo("another process does the background work")
        case False:
            raise CommandError("a job failed; see the log")


async def _until_stopped(worker: Worker) -> None:
    task = asyncio.create_task(worker.run())
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, task.cancel)
    typer.echo("background work: waiting to lead, stop with SIGTERM")
    with suppress(asyncio.CancelledError):
        await task
