"""The command ``erikti serve``."""

import sys
from typing import Annotated

import typer

from erikti.audit import OtherDatabaseError, check_database, colocation_warning
from erikti.audit.signing_key import AuditKeyError, signing_key
from erikti.audit.verifier import DATABASE_ERRORS
from erikti.auth.demo_key import NOTICE, demo_key
from erikti.commands.database import configured, prepared, run
from erikti.commands.errors import CommandError, DatabaseUnusableError
from erikti.commands.guide import guide
from erikti.database.connection import Database
from erikti.serving.supervisor import listen, supervise
from erikti.settings import Settings, is_loopback
from models.issuers import ServedBeforeError, check_issuer

WORKER = [sys.executable, "-P", "-m", "erikti.commands.worker"]
NOT_ANYWHERE = (
    "demo mode listens only on this machine, not at {}: set ERIKTI_OIDC_ISSUER, or set "
    "ERIKTI_DEMO=anywhere if everyone may see the whole database"
)
app = typer.Typer(add_completion=False)


@app.command("serve")
def serve(
    workers: Annotated[int, typer.Option(min=1, help="Number of worker processes.")] = 1,
) -> None:
    """Serve the API at the variables HOST and PORT (127.0.0.1:8000)."""
    settings = configured()
    if settings.embedded and workers > 1:
        raise CommandError(
            "the embedded database serves one worker: set DATABASE_URL to a PostgreSQL database"
        )
    _check_keys(settings)
    try:
        run(settings, _check_database(settings))
        run(settings, _check_checkpoints(settings))
    except DatabaseUnusableError as error:
        if settings.embedded:
            raise
        # It may become available while the server is running; readiness reports it.
        typer.echo(f"{error}; the server starts without it and waits for it", err=True)
    try:
        listener = listen(settings.host, settings.port)
    except OSError as error:
        raise CommandError(
            f"cannot listen at {settings.host}:{settings.port}: {error.strerror}"
        ) from error
    address, port = listener.getsockname()[:2]
    if settings.oidc_issuer is None and settings.demo == "local" and not is_loopback(address):
        raise CommandError(NOT_ANYWHERE.format(settings.host))
    url = f"http://{settings.host}:{port}/graphql"
    if warning := colocation_warning(settings.database_url, settings.checkpoints):
        typer.echo(warning, err=True)
    typer.echo(f"GraphQL at {url} (GraphiQL in a browser)")
    if settings.oidc_issuer is None:
        typer.echo(NOTICE, err=True)
        typer.echo(guide(url))
    supervise(WORKER, listener, workers, settings.limits)


async def _check_database(settings: Settings) -> None:
    await prepared(settings)
    async with Database(settings.database_url):
        try:
            await check_issuer(settings.oidc_issuer)
        except ServedBeforeError as error:
            raise CommandError(str(error)) from error


def _check_keys(settings: Settings) -> None:
    """Check that every key can be used, before workers start.

    Raises CommandError or SealingError with the file of the key.
    """
    settings.signing_key()
    settings.person_key()
    if settings.oidc_issuer is None:
        demo_key(settings.data)
    try:
        signing_key(settings.audit_key)
    except AuditKeyError as error:
        raise CommandError(str(error)) from error


async def _check_checkpoints(settings: Settings) -> None:
    """Check that the checkpoints of the access log were written for this database."""
    try:
        await check_database(settings.database_url, settings.checkpoints)
    except OtherDatabaseError as error:
        raise CommandError(str(error)) from error
    except DATABASE_ERRORS:
        return  # the access log checks again before it writes
