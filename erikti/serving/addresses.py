"""Addresses of clients and proxies, from sockets and from ``X-Forwarded-For``.

Sockets and proxies write an address in several ways: with a port, in brackets, with a zone, or
as IPv4-mapped IPv6 (``::ffff:192.0.2.1``). All other modules use the functions here.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_address,
    ip_network,
)
from typing import Any, TypeAlias

Address: TypeAlias = IPv4Address | IPv6Address
Networks: TypeAlias = tuple[IPv4Network | IPv6Network, ...]
Headers: TypeAlias = Iterable[tuple[bytes, bytes]]
KNOWN = 10_000
SITE = 64  # bits of an IPv6 address that identify the network of a client
MAPPED = IPv6Network("::ffff:0:0/96")
# As proxies append it: ADDRESS, IPV4:PORT, [IPV6] or [IPV6]:PORT.
WRITTEN = re.compile(r"\[(?P<six>[^]]+)\](?::\d{1,5})?|(?P<four>[\d.]+):\d{1,5}|(?P<bare>.+)")


def networks(value: str) -> Networks:
    """Parse addresses or networks separated by commas; raise ValueError for anything else."""
    found = (ip_network(part.strip()) for part in value.split(",") if part.strip())
    return tuple(_unmapped(network) for network in found)


def _unmapped(network: IPv4Network | IPv6Network) -> IPv4Network | IPv6Network:
    """Return a network of IPv4-mapped addresses as one of IPv4."""
    if isinstance(network, IPv4Network) or not network.subnet_of(MAPPED):
        return network
    inner = IPv4Address(int(network.network_address) & 0xFFFFFFFF)
    return IPv4Network((inner, network.prefixlen - MAPPED.prefixlen))


def peer(scope: Mapping[str, Any]) -> str | None:
    """Return the address of the peer in an ASGI scope; None for a socket without addresses."""
    client = scope.get("client")
    return client[0] if client else None


@lru_cache(maxsize=KNOWN)
def address(text: str) -> Address | None:
    """Parse an address of a socket or proxy, with or without a port; None if it is invalid."""
    found = WRITTEN.fullmatch(text.strip())
    if found is None:
        return None
    return literal(found["six"] or found["four"] or found["bare"])


def literal(text: str) -> Address | None:
    """Parse an address without a port; drop its zone and return a mapped one as IPv4.

    Return None if it is invalid.
    """
    try:
        found = ip_address(text)
    except ValueError:
        return None
    if isinstance(found, IPv4Address):
        return found
    return found.ipv4_mapped or IPv6Address(int(found))


@lru_cache(maxsize=KNOWN)
def counted_as(found: Address | None) -> str:
    """Return the name under which an address is counted: for IPv6 that of its network."""
    if isinstance(found, IPv6Address):
        found = IPv6Network((found, SITE), strict=False)[0]
    return f"address:{found or ''}"


@dataclass(frozen=True)
class Proxies:
    """The trusted proxies: ``certifying`` ones set ``Client-Cert``, ``forwarding`` ones append to
    ``X-Forwarded-For``. Each has to replace or remove what a client sent in its header."""

    certifying: Networks = ()
    forwarding: Networks = ()

    def certifies(self, peer: str | None) -> bool:
        """Whether client certificates forwarded by this peer are trusted."""
        return _within(address(peer or ""), self.certifying)

    def is_proxy(self, peer: str | None) -> bool:
        """Whether this peer is a trusted proxy, which many clients share."""
        return _within(address(peer or ""), self.certifying + self.forwarding)

    def connection(self, peer: str | None) -> str | None:
        """Return the name under which a connection is counted, as ``client`` names clients.

        Return None for connections that are not counted: those of trusted proxies, and those
        without an address.
        """
        return None if peer is None or self.is_proxy(peer) else counted_as(address(peer))

    def client(self, peer: str | None, headers: Headers) -> str:
        """Return the name under which a request without a token is counted.

        Each trusted proxy, beginning with the peer, names the address before it. The first that
        is not trusted is the client; an invalid entry ends the search.
        """
        found = address(peer or "")
        if _within(found, self.forwarding):
            sent = b",".join(value for name, value in headers if name == b"x-forwarded-for")
            for part in reversed(sent.decode("latin-1").split(",")):
                before = address(part)
                if before is None:
                    break
                found = before
                if not _within(found, self.forwarding):
                    break
        return counted_as(found)


def _within(found: Address | None, trusted: Networks) -> bool:
    return found is not None and any(found in network for network in trusted)


NO_PROXIES = Proxies()
