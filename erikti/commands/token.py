"""The command ``erikti token``."""

from base64 import b64decode
from typing import Annotated

import typer

from erikti.auth.demo import DemoKeys
from erikti.auth.demo_key import LIFETIME
from erikti.auth.roles import ROLES
from erikti.commands.errors import CommandError
from erikti.errors import InvalidTokenError
from erikti.settings import Settings, from_environment

app = typer.Typer(add_completion=False)


@app.command("token")
def token(
    role: Annotated[str, typer.Option("--as", help=f"One of: {', '.join(ROLES)}.")],
    country: Annotated[str, typer.Option(help="For partner: an ISO 3166-1 code, such as KG.")] = "",
    region: Annotated[
        str, typer.Option(help="For region: an ISO 3166-2 code, such as KZ-75.")
    ] = "",
    person: Annotated[str, typer.Option(help="For person: the person's global ID or UUID.")] = "",
    programme: Annotated[
        str, typer.Option(help="For liaison: the programme's global ID or UUID.")
    ] = "",
    organisation: Annotated[str, typer.Option(help="The caller's organisation.")] = "",
    source_system: Annotated[
        str, typer.Option(help="The code of the system whose own identifiers it may read.")
    ] = "",
    seconds: Annotated[int, typer.Option(min=1, help="Seconds for which it is valid.")] = LIFETIME,
) -> None:
    """Print a token for trying out the API, only in demo mode."""
    given = {
        "country": country,
        "region": region,
        "person": _key(person, "Person"),
        "programme": _key(programme, "Programme"),
        "organisation": organisation,
        "source_system": source_system,
    }
    bounds = {field: value for field, value in given.items() if value}
    typer.echo(_token(from_environment(), role, bounds, seconds))


def _token(settings: Settings, role: str, bounds: dict[str, str], seconds: int) -> str:
    if settings.oidc_issuer is not None:
        raise CommandError(
            "ERIKTI_OIDC_ISSUER is set: get tokens from it; demo tokens are not accepted"
        )
    if role not in ROLES:
        raise CommandError(f"--as must be one of {', '.join(ROLES)}")
    if seconds > settings.limits.token_seconds:
        raise CommandError(f"--seconds must be at most {settings.limits.token_seconds:g}")
    try:
        return DemoKeys(settings.data).token(role, settings.oidc_audience, bounds, seconds)
    except InvalidTokenError as error:
        raise CommandError(f"the server would reject the token: {error.description}") from error


def _key(value: str, kind: str) -> str:
    """Return the UUID in a global ID, or the value unchanged if it is none."""
    try:
        name, _, key = b64decode(value, validate=True).decode().partition(":")
    except ValueError:
        return value
    return key if name == kind else value
