"""Addresses of peers in every notation, and clients behind trusted proxies."""

import socket
from ipaddress import ip_address

import pytest

from erikti.serving.addresses import NO_PROXIES, Proxies, address, counted_as, networks
from tests.support.clients import HEAD, one, rest, serving, status

PROXIES = Proxies(
    certifying=networks("10.9.0.1"), forwarding=networks("10.1.0.0/16, 2001:db8:1::/48")
)
PROXY, OUTSIDE = "10.1.2.3", "203.0.113.9"


def forwarded(*lines: str) -> list[tuple[bytes, bytes]]:
    """Return the headers of a request with these values of X-Forwarded-For."""
    return [(b"accept", b"*/*"), *((b"x-forwarded-for", line.encode("latin-1")) for line in lines)]


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("203.0.113.9", "203.0.113.9"),
        (" 203.0.113.9\t", "203.0.113.9"),
        ("203.0.113.9:51034", "203.0.113.9"),
        ("::ffff:203.0.113.9", "203.0.113.9"),
        ("[::ffff:203.0.113.9]:51034", "203.0.113.9"),
        ("::FFFF:cb00:7109", "203.0.113.9"),
        ("2001:db8::7", "2001:db8::7"),
        ("[2001:db8::7]", "2001:db8::7"),
        ("[2001:DB8::7]:443", "2001:db8::7"),
        ("fe80::1%eth0", "fe80::1"),
    ],
)
def test_one_address_is_read_in_every_way_that_it_is_written(text: str, plain: str) -> None:
    assert address(text) == ip_address(plain)


@pytest.mark.parametrize(
    "text",
    [
        *("", " ", "unknown", "_hidden", "203.0.113", "203.0.113.256", "203.0.113.9:", ":80", "[]"),
        *(
            "203.0.113.9:123456",
            "203.0.113.9:http",
            "[203.0.113.9",
            "2001:db8::g",
            "[2001:db8::7]x",
        ),
        *("203.0.113.9/32", "203.0.113.9 203.0.113.8", "proxy.example:80", "é", "unix:"),
    ],
)
def test_what_is_no_address_is_none(text: str) -> None:
    assert address(text) is None


def test_addresses_of_one_network_of_ipv6_are_one_client() -> None:
    one_, same, other = map(address, ("2001:db8::7", "[2001:db8::ffff:1]:80", "2001:db8:0:1::7"))
    assert counted_as(one_) == counted_as(same) != counted_as(other)
    assert counted_as(address("203.0.113.9")) != counted_as(address("203.0.113.8"))
    assert counted_as(address("::ffff:203.0.113.9")) == counted_as(address("203.0.113.9"))


@pytest.mark.parametrize("peer", [PROXY, f"::ffff:{PROXY}", "2001:db8:1::5"])
@pytest.mark.parametrize(
    "lines",
    [
        (OUTSIDE,),
        (f"{OUTSIDE}:51034",),
        (f"[::ffff:{OUTSIDE}]:51034",),
        (f"198.51.100.1, {OUTSIDE}",),
        (f"198.51.100.1, {OUTSIDE}, 10.1.9.9",),
        (f"198.51.100.1,{OUTSIDE}:443,  10.1.9.9:8080 , [2001:db8:1::9]",),
        ("198.51.100.1", OUTSIDE),
        (f"198.51.100.1, {OUTSIDE}", "::ffff:10.1.9.9"),
    ],
)
def test_the_client_is_the_last_that_trusted_proxies_name_and_do_not_belong_to(
    peer: str, lines: tuple[str, ...]
) -> None:
    assert PROXIES.client(peer, forwarded(*lines)) == counted_as(address(OUTSIDE))


@pytest.mark.parametrize("peer", [OUTSIDE, "10.9.0.1", "2001:db8:2::5", f"::ffff:{OUTSIDE}"])
def test_nothing_else_is_believed_about_addresses(peer: str) -> None:
    """This includes a proxy that forwards certificates and passes X-Forwarded-For through."""
    expected = counted_as(address(peer))
    assert PROXIES.client(peer, forwarded("198.51.100.1")) == expected
    assert NO_PROXIES.client(PROXY, forwarded("198.51.100.1")) == counted_as(address(PROXY))


@pytest.mark.parametrize(
    ("lines", "found"),
    [
        ((), PROXY),
        (("",), PROXY),
        (("unknown",), PROXY),
        ((f"{OUTSIDE}, unknown",), PROXY),
        ((f"{OUTSIDE}, unknown, 10.1.9.9",), "10.1.9.9"),
        (("10.1.7.7, 10.1.8.8",), "10.1.7.7"),
        (("," * 4000,), PROXY),
    ],
)
def test_behind_what_is_no_address_nothing_is_believed(lines: tuple[str, ...], found: str) -> None:
    assert PROXIES.client(PROXY, forwarded(*lines)) == counted_as(address(found))


def test_networks_of_ipv4_are_the_same_however_they_are_written() -> None:
    assert networks("::ffff:10.1.0.0/112, ::ffff:10.9.0.1") == networks("10.1.0.0/16, 10.9.0.1")
    assert networks(" , ") == ()
    for wrong in ("proxy.example", "10.0.0.1/8", "10.0.0.0/33"):
        with pytest.raises(ValueError, match=r"10\.0\.0|proxy\.example"):
            networks(wrong)


def test_a_socket_without_an_address_is_no_proxy() -> None:
    for nameless in ("", None):
        assert not Proxies(networks("0.0.0.0/0"), networks("::/0")).is_proxy(nameless)
        assert PROXIES.client(nameless, forwarded(OUTSIDE)) == counted_as(None)


@pytest.mark.usefixtures("processes")
@pytest.mark.parametrize("variable", ["ERIKTI_TRUSTED_PROXIES", "ERIKTI_FORWARDING_PROXIES"])
def test_connections_of_a_trusted_proxy_are_not_those_of_one_address(variable: str) -> None:
    most = 5
    with serving(extra={variable: "127.0.0.7/32"}, connections_per_address=most) as served:
        held: list[socket.socket] = []
        for number in range(3 * most):
            held.append(served.connect("127.0.0.7"))
            held[-1].sendall(HEAD + b"\r\n")
            assert status(one(held[-1])) == 200, number
        others = [served.connect("127.0.0.8") for _ in range(most)]
        with served.connect("127.0.0.8") as one_more:
            assert rest(one_more) == b""
        for connection in (*held, *others):
            connection.close()
