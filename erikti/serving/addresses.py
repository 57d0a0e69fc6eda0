"""Addresses: who is at the other end of a connection, and for whom a trusted proxy asks there.

Sockets and proxies write one address in several ways: with a port, in brackets, with a zone, or
as IPv4 within IPv6 (``::ffff:192.0.2.1``). All of them are read here and nowhere else.
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
SITE = 64  # bits of an IPv6 address that name one client's network
MAPPED = IPv6Network("::ffff:0:0/96")
# As proxies append it: ADDRESS, IPV4:PORT, [IPV6] or [IPV6]:PORT.
WRITTEN = re.compile(r"\[(?P<six>[^]]+)\](?::\d{1,5})?|(?P<four>[\d.]+):\d{1,5}|(?P<bare>.+)")


def networks(value: str) -> Networks:
    """Addresses or networks, separated by commas; raises ValueError for what is neither."""
    found = (ip_network(part.strip()) for part in value.split(",") if part.strip())
    return tuple(_unmapped(network) for network in found)


def _unmapped(network: IPv4Network | IPv6Network) -> IPv4Network | IPv6Network:
    """A network of IPv4 addresses within IPv6 as one of IPv4."""
    if isinstance(network, IPv4Network) or not network.subnet_of(MAPPED):
        return network
    inner = IPv4Address(int(network.network_address) & 0xFFFFFFFF)
    return IPv4Network((inner, network.prefixlen - MAPPED.prefixlen))


def peer(scope: Mapping[str, Any]) -> str | None:
    """What is at the other end of the socket of a request (ASGI), as the socket names it."""
    client = scope.get("client")
    return client[0] if client else None


@lru_cache(maxsize=KNOWN)
def address(text: str) -> Address | None:
    """The address that a socket or a proxy names, IPv4 also where it is mapped; None for others."""
    found = WRITTEN.fullmatch(text.strip())
    if found is None:
        return None
    return literal(found["six"] or found["four"] or found["bare"])


def literal(text: str) -> Address | None:
    """Return an address that is written by itself, without its zone, and IPv4 where it is mapped.

    Return None for anything else.
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
    """Whose limits an address is under: its own, or its network's where it is one of IPv6."""
    if isinstance(found, IPv6Address):
        found = IPv6Network((found, SITE), strict=False)[0]
    return f"address:{found or ''}"


@dataclass(frozen=True)
class Proxies:
    """The proxies that are trusted: ``certifying`` ones set ``Client-Cert``, ``forwarding`` ones
    append to ``X-Forwarded-For``. Either replaces what a client sent of its header."""

    certifying: Networks = ()
    forwarding: Networks = ()

    def certifies(self, peer: str | None) -> bool:
        """Whether the other end of a socket is believed about client certificates."""
        return _within(address(peer or ""), self.certifying)

    def is_proxy(self, peer: str | None) -> bool:
        """Whether the other end of a socket is a proxy, whose connections are many clients'."""
        return _within(address(peer or ""), self.certifying + self.forwarding)

    def connection(self, peer: str | None) -> str | None:
        """Return whose connection a socket is: a client as ``client`` names it.

        Return None for connections that are not counted: those of proxies, which are shared by
        many clients, and of sockets without an address.
        """
        return None if peer is None or self.is_proxy(peer) else counted_as(address(peer))

    def client(self, peer: str | None, headers: Headers) -> str:
        """Whose limits a request without a token is under.

        From the other end of the socket each trusted proxy names the one before it. The first
        that is not trusted is the client; behind what is no address nothing is believed.
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
