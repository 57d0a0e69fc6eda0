"""The claims of a verified token, and the principal that they describe."""

import re
from collections.abc import Callable, Mapping
from uuid import UUID

from erikti.auth.principal import HOME, Principal
from erikti.auth.roles import ROLES, Role
from erikti.auth.scopes import Scope
from erikti.errors import InvalidTokenError

PREFIX = "erikti_"
SINGLE_USE = f"{PREFIX}single_use"
LONGEST = 255  # characters of a name
COUNTRY = re.compile(r"[A-Z]{2}")
REGION = re.compile(rf"{HOME}-[0-9A-Z]{{1,3}}")
SCOPES = {str(scope): scope for scope in Scope}


def principal(claims: Mapping[str, object]) -> Principal:
    """Return the principal; raise InvalidTokenError if a claim is malformed, unknown or missing.

    Unknown claims with the prefix are rejected, because a misspelt bound would have no effect.
    """
    if any(name.startswith(PREFIX) and name not in KNOWN for name in claims):
        raise InvalidTokenError(f"a claim with the prefix {PREFIX} is unknown")
    name = claims.get(f"{PREFIX}role")
    if not isinstance(name, str) or name not in ROLES:
        raise InvalidTokenError(f"the claim {PREFIX}role is not a known role")
    role = ROLES[name]
    bounds = {
        field: read(claims[f"{PREFIX}{field}"], f"{PREFIX}{field}")
        for field, read in BOUNDS.items()
        if f"{PREFIX}{field}" in claims
    }
    _check(role, bounds)
    return Principal(
        client=text(claims.get("client_id"), "client_id"),
        subject=text(claims.get("sub"), "sub"),
        role=name,
        scopes=_scopes(claims) & role.scopes,
        expires_at=float(instant(claims, "exp")),
        **bounds,
    )


def single_use(claims: Mapping[str, object]) -> bool:
    """Whether the token may be used only once."""
    marked = claims.get(SINGLE_USE, False)
    if not isinstance(marked, bool):
        raise InvalidTokenError(f"the claim {SINGLE_USE} is neither true nor false")
    return marked


def thumbprint(claims: Mapping[str, object]) -> str | None:
    """Return the SHA-256 (base64url) of the certificate that the token is bound to (RFC 8705).

    Raise InvalidTokenError for a token bound to anything else, such as a DPoP key.
    """
    if "cnf" not in claims:
        return None
    bound = claims["cnf"]
    if not isinstance(bound, dict) or bound.keys() != {"x5t#S256"}:
        raise InvalidTokenError("the claim cnf does not bind the token to a certificate")
    return text(bound["x5t#S256"], "cnf")


def instant(claims: Mapping[str, object], claim: str) -> float:
    """Return the Unix time in a claim; raise InvalidTokenError if it is malformed."""
    found = claims[claim]
    if not isinstance(found, int | float):
        raise InvalidTokenError(f"the claim {claim} is malformed")
    return found


def text(value: object, claim: str) -> str:
    """Return a name in a claim; raise InvalidTokenError if it is malformed."""
    if not isinstance(value, str) or not 0 < len(value) <= LONGEST or not value.isprintable():
        raise InvalidTokenError(f"the claim {claim} is malformed")
    return value


def _check(role: Role, bounds: Mapping[str, str]) -> None:
    for field in ("country", *role.bounds):
        if field not in bounds:
            raise InvalidTokenError(f"the role needs the claim {PREFIX}{field}")
    if role.foreign == (bounds["country"] == HOME):
        raise InvalidTokenError(f"the claim {PREFIX}country does not fit the role")


def _scopes(claims: Mapping[str, object]) -> frozenset[Scope]:
    granted = claims.get("scope", "")
    if not isinstance(granted, str):
        raise InvalidTokenError("the claim scope is malformed")
    return frozenset(SCOPES[name] for name in granted.split(" ") if name in SCOPES)


def _matching(pattern: re.Pattern[str]) -> Callable[[object, str], str]:
    def read(value: object, claim: str) -> str:
        if not isinstance(value, str) or not pattern.fullmatch(value):
            raise InvalidTokenError(f"the claim {claim} is malformed")
        return value

    return read


def _uuid(value: object, claim: str) -> str:
    try:
        return str(UUID(text(value, claim)))
    except ValueError:
        raise InvalidTokenError(f"the claim {claim} is malformed") from None


BOUNDS: dict[str, Callable[[object, str], str]] = {
    "country": _matching(COUNTRY),
    "region": _matching(REGION),
    "programme": _uuid,
    "person": _uuid,
    "organisation": text,
    "source_system": text,
}
KNOWN = {SINGLE_USE, f"{PREFIX}role", *(f"{PREFIX}{field}" for field in BOUNDS)}
