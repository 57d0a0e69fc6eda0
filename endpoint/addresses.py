"""Addresses of callers: whom to believe about them, and whose budget they are."""

from functools import lru_cache
from ipaddress import IPv4Network, IPv6Address, IPv6Network, ip_address

KNOWN = 10_000


def within(peer: str, networks: tuple[IPv4Network | IPv6Network, ...]) -> bool:
    """Whether an address lies in one of the networks."""
    try:
        address = ip_address(peer)
    except ValueError:
        return False
    return any(address in network for network in networks)


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
