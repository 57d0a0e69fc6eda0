"""Certificates, forwarded addresses and connection limits agree on the addresses of peers."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from ipaddress import ip_address
from pathlib import Path
from typing import Any, cast

import pytest
import uvicorn
from uvicorn.server import ServerState

from erikti.auth.authenticator import Authenticator
from erikti.auth.principal import PUBLIC
from erikti.auth.single_use import UsedTokenIds
from erikti.auth.tokens import Verified, Verifier
from erikti.errors import InvalidTokenError
from erikti.guard.limits import Limits
from erikti.serving.addresses import Proxies, address, counted_as, networks
from erikti.serving.http_protocol import protocol
from erikti.settings import is_loopback

CLIENT = "203.0.113.9"
Asks = Callable[[str, str | None, Path], bool]


def believes_certificates(trusted: str, peer: str | None, folder: Path) -> bool:
    """Return whether certificates forwarded by the peer are used."""

    class Keys:
        def find(self, key_id: object) -> str:
            return "key"

    class Stub:
        keys = Keys()

        async def __call__(self, token: str) -> Verified:
            key: Any = "key"
            return Verified(PUBLIC, key, key, 2e10, "id", "thumbprint", False)

    spent = UsedTokenIds(folder / "spent.db")
    verifier: Any = Stub()
    made = Authenticator(cast(Verifier, verifier), spent, Proxies(certifying=networks(trusted)))
    try:
        with pytest.raises(InvalidTokenError) as refused:
            asyncio.run(made.principal("token", b":AAAA:", peer))
        return "malformed" in str(refused.value)
    finally:
        spent.close()


def believes_addresses(trusted: str, peer: str | None, folder: Path) -> bool:
    """Return whether addresses forwarded by the peer are used."""
    proxies = Proxies(forwarding=networks(trusted))
    found = proxies.client(peer, [(b"x-forwarded-for", CLIENT.encode())])
    return found == counted_as(address(CLIENT))


def believes_a_chain(trusted: str, peer: str | None, folder: Path) -> bool:
    """Return whether the peer counts as a proxy within X-Forwarded-For."""
    proxies = Proxies(forwarding=networks(f"192.0.2.1,{trusted}"))
    found = proxies.client("192.0.2.1", [(b"x-forwarded-for", f"{CLIENT}, {peer}".encode())])
    return found == counted_as(address(CLIENT))


class _Socket:
    def __init__(self, peer: str | None) -> None:
        self._peer = peer

    def getpeername(self) -> object:
        return "" if self._peer is None else (self._peer, 443, 0, 0)

    def getsockname(self) -> object:
        return ("::", 8000, 0, 0)


@contextmanager
def connected(proxies: Proxies, peer: str | None) -> Iterator[dict[str, int]]:
    """A connection from a peer, and the connections that are counted."""

    class Transport:
        aborted = False

        def get_extra_info(self, name: str) -> object:
            return _Socket(peer) if name == "socket" else None

        def is_closing(self) -> bool:
            return False

        write = close = abort = set_protocol = lambda *_: None

    async def app(scope: object, receive: object, send: object) -> None:
        raise AssertionError

    kind = protocol(Limits(), proxies)
    loop = asyncio.new_event_loop()
    try:
        config = uvicorn.Config(cast(Any, app), log_config=None)
        made = kind(config, ServerState(), {}, loop)
        made.connection_made(cast(asyncio.Transport, Transport()))
        yield kind.open_by_address
    finally:
        loop.close()


def passes_over_certifying(trusted: str, peer: str | None, folder: Path) -> bool:
    """Return whether connections of a certifying peer are exempt from the limit."""
    with connected(Proxies(certifying=networks(trusted)), peer) as counted:
        return not counted


def passes_over_forwarding(trusted: str, peer: str | None, folder: Path) -> bool:
    """Return whether connections of a forwarding peer are exempt from the limit."""
    with connected(Proxies(forwarding=networks(trusted)), peer) as counted:
        return not counted


ALL = (
    believes_certificates,
    believes_addresses,
    believes_a_chain,
    passes_over_certifying,
    passes_over_forwarding,
)
TRUST = [
    ("127.0.0.1", "127.0.0.1", True),
    ("127.0.0.1", "::ffff:127.0.0.1", True),
    ("127.0.0.1", "::FFFF:7f00:1", True),
    ("127.0.0.1", "0:0:0:0:0:ffff:127.0.0.1", True),
    ("127.0.0.1", "::ffff:127.0.0.2", False),
    ("127.0.0.1", "::1", False),
    ("::ffff:127.0.0.1", "127.0.0.1", True),
    ("10.0.0.0/8", "::ffff:10.1.2.3", True),
    ("10.0.0.0/8", "::ffff:11.1.2.3", False),
    ("::ffff:10.0.0.0/104", "10.1.2.3", True),
    ("::ffff:10.0.0.0/104", "::ffff:10.1.2.3", True),
    ("::/0", "10.1.2.3", False),
    ("::/0", "::ffff:10.1.2.3", False),
    ("0.0.0.0/0", "::10.1.2.3", False),
    ("fe80::1", "fe80::1%eth0", True),
    ("fe80::1%eth0", "fe80::1", True),
    ("fe80::1%eth0", "fe80::1%eth1", True),
    ("fe80::/64", "fe80::2%eth0", True),
    ("10.1.2.3", "::ffff:10.1.2.3%eth0", True),
    ("10.1.2.3", "10.1.2.3%eth0", False),
    ("fe80::1", "fe80::1%", False),
    ("10.1.2.3", "10.1.2.3:443", True),
    ("10.1.2.3", "[::ffff:10.1.2.3]:443", True),
    ("10.1.2.3", "::ffff:10.1.2.3:443", False),
    ("10.1.2.3", "10.1.2", False),
    ("10.1.2.3", "10.1.2.3/32", False),
    ("10.1.2.3", "010.1.2.3", False),
    ("0.0.0.0/0,::/0", "proxy.example", False),
    ("0.0.0.0/0,::/0", "unix:/run/proxy.sock", False),
    ("0.0.0.0/0,::/0", "", False),
]


@pytest.mark.parametrize("asks", ALL)
@pytest.mark.parametrize(("trusted", "peer", "expected"), TRUST)
def test_all_trust_the_same_peers(
    tmp_path: Path, asks: Asks, trusted: str, peer: str, expected: bool
) -> None:
    assert asks(trusted, peer, tmp_path) is expected


@pytest.mark.parametrize("asks", [believes_certificates, believes_addresses])
def test_a_unix_socket_is_no_trusted_proxy(tmp_path: Path, asks: Asks) -> None:
    assert not asks("0.0.0.0/0,::/0", None, tmp_path)


def test_connections_of_a_unix_socket_are_not_counted() -> None:
    with connected(Proxies(), None) as counted:
        assert not counted


@pytest.mark.parametrize("peer", ["127.0.0.1", "::ffff:127.0.0.1", "::7", "fe80::1%eth0", "no"])
def test_a_connection_counts_for_the_client_that_pays(peer: str) -> None:
    with connected(Proxies(), peer) as counted:
        assert dict(counted) == {Proxies().client(peer, []): 1}


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("localhost", True),
        ("127.0.0.1", True),
        ("::1", True),
        ("::1%lo", True),
        ("::ffff:127.0.0.1", True),
        ("::ffff:127.8.9.10", True),
        ("::ffff:10.1.2.3", False),
        ("0.0.0.0", False),
        ("::", False),
        ("127.0.0.1:80", False),
        ("[::1]:80", False),
        ("127.0.0.1%lo", False),
        ("", False),
        (None, False),
    ],
)
def test_the_same_reading_says_what_is_this_machine(host: str | None, expected: bool) -> None:
    assert is_loopback(host) is expected


@pytest.mark.parametrize("text", ["fe80::1%eth0", "[fe80::1%eth0]:80", "FE80::1%25eth0"])
def test_zones_are_no_part_of_an_address(text: str) -> None:
    assert address(text) == ip_address("fe80::1")


@pytest.mark.parametrize("text", ["203.0.113.9%eth0", "203.0.113.9%eth0:80", "fe80::1%", "%"])
def test_a_zone_belongs_to_ipv6(text: str) -> None:
    assert address(text) is None
