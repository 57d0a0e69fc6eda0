"""docs/identity.md matches the code."""

import re
from pathlib import Path

from erikti.auth.claims import KNOWN, PREFIX
from erikti.auth.roles import ROLES
from erikti.settings import from_environment

PAGE = Path(__file__).parents[2].joinpath("docs/identity.md").read_text(encoding="utf-8")


def row(name: str) -> str:
    """Return the row of a role in the table."""
    role = ROLES[name]
    scopes = " ".join(f"`{scope}`" for scope in sorted(role.scopes))
    bounds = " ".join(f"`{PREFIX}{field}`" for field in role.bounds)
    bounds = "another `erikti_country`" if role.foreign else bounds
    return f"| `{name}` | {role.description} | {scopes} | {bounds} |"


def test_the_page_has_the_table_of_roles() -> None:
    shown = [line for line in PAGE.splitlines() if re.match(r"\| `[a-z]+` \| [A-Z]", line)]
    assert shown == [row(name) for name in ROLES]


def test_the_page_has_every_claim_of_ours_and_no_other() -> None:
    assert set(re.findall(rf"`({PREFIX}\w+)`", PAGE)) == KNOWN


def test_the_page_has_the_defaults() -> None:
    settings = from_environment()
    assert f"| `ERIKTI_OIDC_AUDIENCE` | `{settings.oidc_audience}` |" in PAGE
    assert f"| `ERIKTI_LIMIT_TOKEN_SECONDS` | {settings.limits.token_seconds:,.0f} |" in PAGE
    assert f"| `ERIKTI_LIMIT_TOKEN_BYTES` | {settings.limits.token_bytes:,} |" in PAGE
