"""The command ``erikti keys rotate``."""

import typer

from erikti.commands.database import configured, refuse_older, run
from erikti.commands.progress import progress
from erikti.database.connection import Database
from erikti.database.sealed import keyring
from erikti.sealing import HASH
from erikti.settings import Settings
from models.key_rotation import Rotated, rotate

app = typer.Typer(add_completion=False)


@app.command("rotate")
def rotate_command() -> None:
    """Reseal all values with the first key of ERIKTI_KEYS, while the server is running.

    It may be interrupted at any point and run again. Exits with 1 if a value is unreadable.
    """
    settings = configured()
    outcome = run(settings, _rotate(settings))
    for line in _summary(outcome, keyring().current):
        typer.echo(line)
    if outcome.unreadable:
        raise typer.Exit(1)


def _summary(outcome: Rotated, current: str) -> list[str]:
    lines = [f"{outcome.values:,} values sealed with the key {current!r}"]
    if outcome.hashes:
        lines.append(f"{outcome.hashes:,} values rehashed with the new key {HASH!r}")
    if outcome.unreadable:
        listed = ", ".join(map(str, sorted(outcome.unreadable)[:20]))
        lines.append(f"{len(outcome.unreadable):,} people have unreadable values: {listed}")
    else:
        lines.append(
            f"no value is sealed with another key: ERIKTI_KEYS needs only {current!r} and {HASH!r}"
        )
    return lines


async def _rotate(settings: Settings) -> Rotated:
    with progress("people") as update:
        async with Database(settings.database_url):
            await refuse_older(settings)
            return await rotate(lambda done, all_: update("sealed", done, done / all_))
