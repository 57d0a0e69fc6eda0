"""Generates the table of roles in docs/identity.md."""

from pathlib import Path

from erikti.auth.claims import PREFIX
from erikti.auth.roles import ROLES, Role

PAGE = Path(__file__).parents[2] / "docs" / "identity.md"
HEADER = "| role | purpose | scopes | required claim |\n|---|---|---|---|\n"


def page() -> str:
    """Return the text of docs/identity.md with the table of roles as the code has it."""
    before, header, rest = PAGE.read_text(encoding="utf-8").partition(HEADER)
    _, blank, after = rest.partition("\n\n")
    rows = "\n".join(_row(name, role) for name, role in ROLES.items())
    return f"{before}{header}{rows}{blank}{after}"


def _row(name: str, role: Role) -> str:
    scopes = " ".join(f"`{scope}`" for scope in sorted(role.scopes))
    bounds = " ".join(f"`{PREFIX}{field}`" for field in role.bounds)
    bounds = f"another `{PREFIX}country`" if role.foreign else bounds
    return f"| `{name}` | {role.description} | {scopes} | {bounds} |"
