"""The command ``erikti audit verify``."""

import asyncio
from pathlib import Path
from typing import Annotated

import typer

from erikti.audit import colocation_warning
from erikti.audit.verifier import (
    Bundle,
    Report,
    UnusableError,
    check_manifest,
    checkpoint_files,
    opened_source,
    verify,
)
from erikti.commands.audit_shared import failures, own_key
from erikti.settings import Settings, from_environment

WRONG = 1
SHOWN = 100  # problems that are listed
DatabaseOption = Annotated[str | None, typer.Option(help="sqlite://PATH or postgres://...")]
CheckpointsOption = Annotated[Path | None, typer.Option(help="The folder with the checkpoints.")]
KeyOption = Annotated[
    list[Path] | None,
    typer.Option(help="A file with a public key; repeat the option if keys were changed."),
]
BundleOption = Annotated[Path | None, typer.Option(help="A folder written by erikti audit export.")]
app = typer.Typer(add_completion=False)


@app.command("verify")
def verify_command(
    database: DatabaseOption = None,
    checkpoints: CheckpointsOption = None,
    public_key: KeyOption = None,
    bundle: BundleOption = None,
) -> None:
    """Verify the log and print the first problem of each chain.

    Exits with 1 if there is a problem, with 2 if the log cannot be read.
    """
    with failures():
        if bundle is not None:
            report = asyncio.run(_verify_bundle(bundle, _given(public_key)))
        else:
            report = _verify_here(from_environment(), database, checkpoints, public_key)
    show(report)
    if report.problems:
        raise typer.Exit(WRONG)


def _verify_here(
    where: Settings, database: str | None, checkpoints: Path | None, keys: list[Path] | None
) -> Report:
    pems = _given(keys) if keys else [own_key(where.audit_key)]
    url, folder = database or where.database_url, checkpoints or where.checkpoints
    if warning := colocation_warning(url, folder):
        typer.echo(warning, err=True)
    return asyncio.run(_verify_database(url, folder, pems))


async def _verify_database(url: str, folder: Path, pems: list[bytes]) -> Report:
    files = checkpoint_files(folder, pems)  # before the entries, which must not be older
    async with opened_source(url) as source:
        return await verify(source, files)


async def _verify_bundle(folder: Path, pems: list[bytes]) -> Report:
    bundle = Bundle(folder)
    files = checkpoint_files(bundle.checkpoints, pems)
    report = await verify(bundle, files)
    report.problems += check_manifest(folder, pems)
    return report


def _given(paths: list[Path] | None) -> list[bytes]:
    if not paths:
        # The key in the bundle would prove nothing.
        raise UnusableError("give the public key with --public-key: not the one in the bundle")
    try:
        return [path.read_bytes() for path in paths]
    except OSError as error:
        raise UnusableError(f"a public key cannot be read: {error}") from error


def show(report: Report) -> None:
    """Print a report."""
    for problem in report.problems[:SHOWN]:
        typer.echo(str(problem), err=True)
    for writer, count in report.uncovered.items():
        typer.echo(f"not yet covered by a checkpoint: the last {count:,} of chain {writer}")
    outcome = f"{len(report.problems):,} PROBLEMS" if report.problems else "no problems"
    typer.echo(
        f"{report.entries:,} entries with {report.persons:,} persons in {report.chains:,} chains, "
        f"{report.checkpoints:,} checkpoints: {outcome}"
    )
