"""The command ``erikti token``."""

from base64 import b64decode
from typing import Annotated

import typer

from erikti.auth.demo import LIFETIME, DemoKeys
from erikti.auth.roles import ROLES
from erikti.commands.errors import CommandError
from erikti.errors import InvalidTokenError
from erikti.settings import Settings, from_environment

app = typer.Typer(add_completion=False)


@app.command("token")
def token(
    role: Annotated[str, typer.Option("--as", help=f"One of: {', '.join(ROLES)}.")],
    country: Annotated[str, typer.Option(help="Of a partner: ISO 3166-1, such as KG.")] = "",
    region: Annotated[str, typer.Option(help="Of a region: ISO 3166-2, such as KZ-75.")] = "",
    person: Annotated[str, typer.Option(help="Of a person: their id, global or UUID.")] = "",
    programme: Annotated[str, typer.Option(help="Of a liaison: its id, global or UUID.")] = "",
    organisation: Annotated[str, typer.Option(help="For whom the caller works.")] = "",
    seconds: Annotated[int, typer.Option(min=1, help="How long it is good.")] = LIFETIME,
) -> None:
    """Print a token for trying the API out; demo mode alone has them."""
    given = {
        "country": country,
        "region": region,
        "person": _key(person, "Person"),
        "programme": _key(programme, "Programme"),
        "organisation": organisation,
    }
    bounds = {field: value for field, value in given.items() if value}
    typer.echo(_token(from_environment(), role, bounds, seconds))


def _token(settings: Settings, role: str, bounds: dict[str, str], seconds: int) -> str:
    if settings.oidc_issuer is not None:
        raise CommandError(
            "tokens come from ERIKTI_OIDC_ISSUER: there are no demo tokens beside it"
        )
    if role not in ROLES:
        raise CommandError(f"--as is one of {', '.join(ROLES)}")
    if seconds > settings.limits.token_seconds:
        raise CommandError(f"--seconds is at most {settings.limits.token_seconds:g}")
    try:
        return DemoKeys(settings.data).token(role, settings.oidc_audience, bounds, seconds)
    except InvalidTokenError as error:
        raise CommandError(f"no server would take such a token: {error.description}") from error


def _key(value: str, kind: str) -> str:
    """The UUID in a global id; anything else as it is."""
    try:
        name, _, key = b64decode(value, validate=True).decode().partition(":")
    except ValueError:
        return value
    return key if name == kind else value
