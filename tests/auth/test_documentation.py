"""docs/identity.md matches the code."""

import re

from erikti.auth.claims import KNOWN, PREFIX
from erikti.auth.documentation import PAGE, page
from erikti.auth.roles import ROLES
from erikti.settings import from_environment

TEXT = PAGE.read_text(encoding="utf-8")


def test_the_page_has_the_table_of_roles() -> None:
    assert page() == PAGE.read_text(encoding="utf-8"), "run make docs"
    assert all(f"| `{name}` | {role.description} |" in TEXT for name, role in ROLES.items())


def test_the_page_has_every_claim_of_ours_and_no_other() -> None:
    assert set(re.findall(rf"`({PREFIX}\w+)`", TEXT)) == KNOWN


def test_the_page_has_the_defaults() -> None:
    settings = from_environment()
    assert f"| `ERIKTI_OIDC_AUDIENCE` | `{settings.oidc_audience}` |" in TEXT
    assert f"| `ERIKTI_LIMIT_TOKEN_SECONDS` | {settings.limits.token_seconds:,.0f} |" in TEXT
    assert f"| `ERIKTI_LIMIT_TOKEN_BYTES` | {settings.limits.token_bytes:,} |" in TEXT
