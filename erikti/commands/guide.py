"""The guide that ``erikti serve`` prints in demo mode: requests to paste into another shell."""

import json
import os
import shlex
import shutil
import sys
from pathlib import Path

from erikti.auth.demo_key import LIFETIME
from erikti.auth.roles import ROLES

# Variables that tokens depend on, which other shells must set to the server's values.
SHARED = ("ERIKTI_DATA", "ERIKTI_OIDC_AUDIENCE")
PUBLIC = "{ statistics(year: 2025) { figures { code counted published agrees } } }"
RECORDS = (
    "{ volunteers(first: 2) { totalCount nodes { hoursTotal registeredOn region { name } } } }"
)
PERSONAL = "{ volunteers(first: 2) { nodes { person { givenName familyName birthDate iin } } } }"


def guide(url: str) -> str:
    """Return example requests to the server at this URL, as shell commands."""
    command = _called()
    analyst, ministry = (
        f'"Authorization: Bearer $({command} token --as {role})"'
        for role in ("analyst", "ministry")
    )
    first, *others = (name for name, role in ROLES.items() if not role.bounds and not role.foreign)
    return f"""
Paste into another shell. Public data needs no token:

{_curl(url, PUBLIC)}

Counts and records, as an analyst of the ministry:

{_curl(url, RECORDS, analyst)}

Personal data, as the ministry's registrar, with a purpose; the access log records the request:

{_curl(url, PERSONAL, ministry, "'X-Purpose: REGISTRATION'")}

Tokens for every role, each valid for {LIFETIME // 60} minutes:

{command} token --as {first}  # or {", ".join(others)}
{command} token --as partner --country KG
{command} token --as region --region KZ-75
{command} token --as person --person ID
"""


def _curl(url: str, query: str, *headers: str) -> str:
    """Return a request as a shell command; the headers must be quoted."""
    lines = [f"curl -s {shlex.quote(url)}", "-H 'Content-Type: application/json'"]
    lines += [f"-H {header}" for header in headers]
    lines.append(f"-d {shlex.quote(json.dumps({'query': query}))}")
    return " \\\n  ".join(lines)


def _called() -> str:
    """Return the command line that called this command, for a shell in the same folder."""
    name = sys.argv[0]
    if shutil.which(Path(name).name) == name:
        called = [Path(name).name]
    else:
        # ``-P`` leaves the modules of the current folder out.
        called = [sys.executable, "-P", "-m", "erikti"] if name.endswith(".py") else [name]
    set_here = [
        f"{variable}={os.environ[variable]}" for variable in SHARED if variable in os.environ
    ]
    return shlex.join(called) if not set_here else f"env {shlex.join([*set_here, *called])}"
