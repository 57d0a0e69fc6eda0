"""Who a caller is and what they may do; knows tokens, not tables."""

from collections.abc import Iterable
from ipaddress import IPv4Network, IPv6Network
from pathlib import Path

from auth import demo
from auth.authenticator import Authenticator, Bound
from auth.demo import DemoKeys
from auth.errors import InvalidToken, ProviderUnavailable
from auth.principal import HOME, PUBLIC, UNITED_NATIONS, Principal
from auth.provider import Provider
from auth.roles import ROLES, Role
from auth.scopes import Scope
from auth.single_use import Spent
from auth.tokens import Rules, Verifier

__all__ = [
    "HOME",
    "PUBLIC",
    "ROLES",
    "UNITED_NATIONS",
    "Authenticator",
    "Bound",
    "DemoKeys",
    "InvalidToken",
    "Principal",
    "ProviderUnavailable",
    "Role",
    "Scope",
    "authenticator",
]


def authenticator(
    issuer: str | None,
    audience: str,
    data: Path,
    *,
    trusted_proxies: Iterable[IPv4Network | IPv6Network] = (),
    bound: str = Bound.NONE,
    lifetime: float = 3600,
    size: int = 8192,
) -> Authenticator:
    """What identifies the callers of a server: by the provider ``issuer``, or in demo mode.

    ``data`` is the server's folder, ``lifetime`` the most seconds and ``size`` the most bytes
    of a token.
    """
    keys = Provider(issuer) if issuer else DemoKeys(data)
    rules = Rules(issuer or demo.ISSUER, audience, lifetime=lifetime, size=size)
    return Authenticator(
        Verifier(keys, rules), Spent(data / "spent.db"), trusted_proxies, Bound(bound)
    )
