"""The command ``erikti token``, and what demo mode tells a newcomer about it."""

import json
import os
import shlex
import shutil
import sys
from base64 import b64decode
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

from auth.demo import LIFETIME, DemoKeys
from auth.errors import InvalidToken
from auth.roles import ROLES
from settings import Settings

# What a token depends on: other shells have to set it as the server's does.
SHARED = ("ERIKTI_DATA", "ERIKTI_OIDC_AUDIENCE")
PUBLIC = "{ statistics(year: 2025) { figures { code counted published agrees } } }"
RECORDS = (
    "{ volunteers(first: 2) { totalCount nodes { hoursTotal region { name } "
    "person { displayName } } } }"
)
PERSONAL = "{ people(first: 2) { nodes { givenName familyName birthDate iin } } }"


class NoTokenError(Exception):
    """Why no token is printed."""


def token_command(place: Callable[[], Settings]) -> Callable[..., None]:
    """The command, for the server whose settings ``place`` gives when it runs.

    It raises NoTokenError.
    """

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
        typer.echo(_token(place(), role, bounds, seconds))

    return token


def _token(settings: Settings, role: str, bounds: dict[str, str], seconds: int) -> str:
    if settings.oidc_issuer is not None:
        raise NoTokenError(
            "tokens come from ERIKTI_OIDC_ISSUER: there are no demo tokens beside it"
        )
    if role not in ROLES:
        raise NoTokenError(f"--as is one of {', '.join(ROLES)}")
    if seconds > settings.limits.token_seconds:
        raise NoTokenError(f"--seconds is at most {settings.limits.token_seconds:g}")
    try:
        return DemoKeys(settings.data).token(role, settings.oidc_audience, bounds, seconds)
    except InvalidToken as error:
        raise NoTokenError(f"no server would take such a token: {error.description}") from error


def _key(value: str, kind: str) -> str:
    """The UUID in a global id; anything else as it is."""
    try:
        name, _, key = b64decode(value, validate=True).decode().partition(":")
    except ValueError:
        return value
    return key if name == kind else value


def guide(url: str) -> str:
    """How to ask the server at this URL in demo mode: lines to paste into another shell."""
    command = _called()
    analyst, ministry = (
        f'"Authorization: Bearer $({command} token --as {role})"'
        for role in ("analyst", "ministry")
    )
    first, *others = (name for name, role in ROLES.items() if not role.bounds and not role.foreign)
    return f"""
Paste into another shell. What is public needs no token:

{_curl(url, PUBLIC)}

Counts and records, as an analyst of the ministry:

{_curl(url, RECORDS, analyst)}

Personal data, as its registrar, with a purpose; the access log keeps who asked:

{_curl(url, PERSONAL, ministry, "'X-Purpose: REGISTRATION'")}

Tokens of every role, each good for {LIFETIME // 60} minutes:

{command} token --as {first}  # or {", ".join(others)}
{command} token --as partner --country KG
{command} token --as region --region KZ-75
{command} token --as person --person ID
"""


def _curl(url: str, query: str, *headers: str) -> str:
    """A request as a shell takes it; headers come quoted."""
    lines = [f"curl -s {shlex.quote(url)}", "-H 'Content-Type: application/json'"]
    lines += [f"-H {header}" for header in headers]
    lines.append(f"-d {shlex.quote(json.dumps({'query': query}))}")
    return " \\\n  ".join(lines)


def _called() -> str:
    """How this command was called, for a shell in the same folder."""
    name = sys.argv[0]
    if shutil.which(Path(name).name) == name:
        called = [Path(name).name]
    else:
        called = [sys.executable, name] if name.endswith(".py") else [name]
    set_here = [
        f"{variable}={os.environ[variable]}" for variable in SHARED if variable in os.environ
    ]
    return shlex.join(called) if not set_here else f"env {shlex.join([*set_here, *called])}"
