"""Addresses of callers: whom to believe about them, and whose budget they are."""

from collections.abc import Mapping
from functools import lru_cache
from ipaddress import IPv4Network, IPv6Address, IPv6Network, ip_address
from typing import TypeAlias

from starlette.types import Scope

KNOWN = 10_000
Networks: TypeAlias = tuple[IPv4Network | IPv6Network, ...]


def within(peer: str, networks: Networks) -> bool:
    """Whether an address lies in one of the networks."""
    try:
        address = ip_address(peer)
    except ValueError:
        return False
    return any(address in network for network in networks)


def caller(scope: Scope, headers: Mapping[str, str], proxies: Networks) -> str:
    """Whom a request without a token counts for; ``proxies`` are believed about its address."""
    peer: str = scope["client"][0] if scope.get("client") else ""
    forwarded = headers.get("x-forwarded-for")
    if forwarded and within(peer, proxies):
        peer = forwarded.rpartition(",")[2].strip()
    return counted_as(peer)


@lru_cache(maxsize=KNOWN)
def counted_as(peer: str) -> str:
    """Whose budget an address is: its own, or that of its network where it is one of IPv6."""
    try:
        address = ip_address(peer)
    except ValueError:
        return "address:"
    if isinstance(address, IPv6Address):
        address = address.ipv4_mapped or IPv6Network((address, 64), strict=False)[0]
    return f"address:{address}"
