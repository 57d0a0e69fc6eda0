"""The command ``erikti serve``."""

import sys
from typing import Annotated

import typer

from erikti.audit import OtherDatabaseError, check_database, colocation_warning
from erikti.audit.signing_key import AuditKeyError, signing_key
from erikti.audit.verifier import DATABASE_ERRORS
from erikti.auth.demo import NOTICE, DemoKeys
from erikti.commands.database import configured, prepared, run
from erikti.commands.errors import CommandError, DatabaseUnusableError
from erikti.commands.guide import guide
from erikti.database.connection import opened
from erikti.serving.supervisor import listen, supervise
from erikti.settings import Settings, is_loopback
from models.issuers import ServedBeforeError, check_issuer

WORKER = [sys.executable, "-P", "-m", "erikti.commands.worker"]
NOT_ANYWHERE = (
    "demo mode listens to this machine alone, not at {}: set ERIKTI_OIDC_ISSUER, or say "
    "ERIKTI_DEMO=anywhere where everyone may see, with any role, what the database holds"
)
app = typer.Typer(add_completion=False)


@app.command("serve")
def serve(
    workers: Annotated[int, typer.Option(min=1, help="How many processes answer.")] = 1,
) -> None:
    """Answer queries at HOST and PORT (127.0.0.1:8000)."""
    settings = configured()
    if settings.embedded and workers > 1:
        raise CommandError(
            "the embedded database serves one worker: set DATABASE_URL to a PostgreSQL database"
        )
    _check_keys(settings)
    try:
        run(settings, _fitted(settings))
        run(settings, _placed(settings))
    except DatabaseUnusableError as error:
        if settings.embedded:
            raise
        # It may come while the server serves; readiness tells when.
        typer.echo(f"{error}; it is waited for", err=True)
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


async def _fitted(settings: Settings) -> None:
    await prepared(settings)
    async with opened(settings.database_url):
        try:
            await check_issuer(settings.oidc_issuer)
        except ServedBeforeError as error:
            raise CommandError(str(error)) from error


def _check_keys(settings: Settings) -> None:
    """See that every key can be used, before a worker that would have to end finds out.

    Raises Refusal or SealingError with the file of the key.
    """
    settings.signing_key()
    settings.person_key()
    if settings.oidc_issuer is None:
        DemoKeys(settings.data)
    try:
        signing_key(settings.audit_key)
    except AuditKeyError as error:
        raise CommandError(str(error)) from error


async def _placed(settings: Settings) -> None:
    """See that the database is the one that the checkpoints of the access log were written for."""
    try:
        await check_database(settings.database_url, settings.checkpoints)
    except OtherDatabaseError as error:
        raise CommandError(str(error)) from error
    except DATABASE_ERRORS:
        return  # readiness tells when it is back, and the log looks before it writes
