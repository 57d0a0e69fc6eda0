"""The commands ``erikti audit verify``, ``export`` and ``public-key``."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from erikti.audit import colocation_warning
from erikti.audit.export import export
from erikti.audit.signing_key import AuditKeyError, public_pem, signing_key
from erikti.audit.verifier import (
    DATABASE_ERRORS,
    Bundle,
    Report,
    UnusableError,
    check_manifest,
    checkpoint_files,
    opened_source,
    verify,
)
from erikti.settings import Settings, from_environment

WRONG, MISUSED = 1, 2
SHOWN = 100  # problems that are listed
DatabaseOption = Annotated[str | None, typer.Option(help="sqlite://PATH or postgres://...")]
CheckpointsOption = Annotated[Path | None, typer.Option(help="The folder with the checkpoints.")]
KeyOption = Annotated[
    list[Path] | None,
    typer.Option(help="A file with a public key; repeat the option if keys were changed."),
]
BundleOption = Annotated[Path | None, typer.Option(help="A folder written by erikti audit export.")]
FolderArgument = Annotated[Path, typer.Argument(help="A folder, which must not exist yet.")]
app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    help="Verify and export the access log.",
)


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
    with _failures():
        if bundle is not None:
            report = asyncio.run(_verify_bundle(bundle, _given(public_key)))
        else:
            report = _verify_here(from_environment(), database, checkpoints, public_key)
    show(report)
    if report.problems:
        raise typer.Exit(WRONG)


@app.command("export")
def export_command(folder: FolderArgument) -> None:
    """Write entries, checkpoints and public key to a folder, for verification elsewhere."""
    with _failures():
        typer.echo(f"{_export(from_environment(), folder):,} entries in {folder}")


@app.command("public-key")
def public_key_command() -> None:
    """Print the public key that verifies checkpoints."""
    with _failures():
        typer.echo(_own(from_environment().audit_key).decode(), nl=False)


def _verify_here(
    where: Settings, database: str | None, checkpoints: Path | None, keys: list[Path] | None
) -> Report:
    pems = _given(keys) if keys else [_own(where.audit_key)]
    url, folder = database or where.database_url, checkpoints or where.checkpoints
    if warning := colocation_warning(url, folder):
        typer.echo(warning, err=True)
    return asyncio.run(_verify_database(url, folder, pems))


def _export(where: Settings, folder: Path) -> int:
    key = signing_key(where.audit_key)
    return asyncio.run(export(where.database_url, where.checkpoints, key, folder))


@contextmanager
def _failures() -> Iterator[None]:
    """Print expected errors in one line and exit with 2."""
    try:
        yield
    except (UnusableError, AuditKeyError) as error:
        raise _failed(str(error)) from None
    except FileExistsError as error:
        raise _failed(f"{error.filename} already exists") from None
    except DATABASE_ERRORS as error:
        raise _failed(f"the log cannot be read: {type(error).__name__}") from None


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


def _own(path: Path) -> bytes:
    if not path.exists():
        raise UnusableError(f"{path} does not exist: give the public key with --public-key")
    try:
        return public_pem(signing_key(path))
    except (AuditKeyError, OSError) as error:
        raise UnusableError(f"{error}: give the public key with --public-key") from error


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


def _failed(message: str) -> typer.Exit:
    typer.echo(message, err=True)
    return typer.Exit(MISUSED)
