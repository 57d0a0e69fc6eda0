"""A server behind nginx, with the configuration in ``deploy/nginx``."""

import re
from base64 import b64encode, urlsafe_b64encode
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from ssl import PEM_cert_to_DER_cert
from urllib.parse import unquote

import pytest

from tests.support.clients import rest, status
from tests.support.issuer import Issuer, running
from tests.support.processes import erikti
from tests.support.talking import Talking, talking

pytestmark = pytest.mark.usefixtures("processes")

CONFIGURATION = Path(__file__).parents[2] / "deploy" / "nginx" / "erikti.conf"
SETTING = re.compile(r"proxy_set_header\s+(\S+)\s+(\S+);")
# $ssl_client_escaped_cert as nginx 1.22.1 sent it.
ESCAPED = (
    "-----BEGIN%20CERTIFICATE-----%0A"
    "MIIBeTCCAR%2BgAwIBAgIUCxH0t8AwjkX5m%2FOhWi3jSgu8JtkwCgYIKoZIzj0EAwIw%0A"
    "EjEQMA4GA1UEAwwHcGFydG5lcjAeFw0yNjExMjkxNDQ5MjlaFw0yNjExMzAxNDQ5%0A"
    "MjlaMBIxEDAOBgNVBAMMB3BhcnRuZXIwWTATBgcqhkjOPQIBBggqhkjOPQMBBwNC%0A"
    "AARcdRb4P%2Bqk1vzuFHVw0zzrzTf%2BPzLKvbiz3xrq9CYKazRL41L0R7MFopi3T6uf%0A"
    "BI3%2F%2FF%2BPWdSc%2FK%2F4zEvE6gzoo1MwUTAdBgNVHQ4EFgQUh0VkMe6ZeMidaMw9GaKR%0A"
    "ovQ6PRgwHwYDVR0jBBgwFoAUh0VkMe6ZeMidaMw9GaKRovQ6PRgwDwYDVR0TAQH%2F%0A"
    "BAUwAwEB%2FzAKBggqhkjOPQQDAgNIADBFAiEA47XhCGzEYwNJv4wJCQi7IKszI%2BuE%0A"
    "VzXBnfd2xma%2F3WYCIDpgna1BwIZErTyBPomj%2BIsy4tCPjHD1rBOE9fPGeqlM%0A"
    "-----END%20CERTIFICATE-----%0A"
)
DER = PEM_cert_to_DER_cert(unquote(ESCAPED))
OTHER_DER = DER[:-1] + bytes([DER[-1] ^ 1])
REGIONS = b"".join(b"%c:regions{code}" % name for name in b"abcd")
QUERY = b"GET /graphql?query={" + REGIONS + b"} HTTP/1.1\r\n"
POINTS = 100  # a budget that QUERY, or a bad token, fits into once
FORGED = {"X-Forwarded-For": "198.51.100.1", "Client-Cert": f":{b64encode(DER).decode()}:"}


def through_nginx(address: str, certificate: str = "", **sent: str) -> bytes:
    """The headers that nginx makes of those of a client: what it sets replaces what was sent, and
    what it sets to nothing is left out."""
    values = {
        "$host": "erikti.example",
        "$http_upgrade": "",
        "$erikti_connection": "",
        "$remote_addr": address,
        "$ssl_client_escaped_cert": certificate,
    }
    found = SETTING.findall(CONFIGURATION.read_text(encoding="utf-8"))
    kept = {n: v for n, v in sent.items() if n.lower() not in {name.lower() for name, _ in found}}
    given = {name: values[value] for name, value in found} | kept
    return "".join(f"{name}: {value}\r\n" for name, value in given.items() if value).encode()


def answered(server: Talking, headers: bytes) -> tuple[int, str]:
    """Return the status and text of the response to a query with these headers."""
    with server.connect() as connection:
        connection.sendall(QUERY + headers + b"Connection: close\r\n\r\n")
        found = rest(connection)
    return status(found), found.decode()


@pytest.fixture(scope="module")
def issuer() -> Iterator[Issuer]:
    """A provider."""
    with running() as found:
        yield found


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a data folder without records."""
    found = tmp_path_factory.mktemp("data")
    assert erikti("migrate", ERIKTI_DATA=str(found)).returncode == 0
    return found


BEHIND = {"ERIKTI_TRUSTED_PROXIES": "127.0.0.1", "ERIKTI_FORWARDING_PROXIES": "127.0.0.1"}


@pytest.fixture(scope="module")
def server(folder: Path, issuer: Issuer) -> Iterator[Talking]:
    """A server with settings for this configuration of nginx."""
    text = CONFIGURATION.read_text(encoding="utf-8")
    assert all(f"{name}={value} " in text for name, value in BEHIND.items())
    # A kept answer would cost one point.
    limits = {
        "ERIKTI_RESPONSE_CACHE": "off",
        "ERIKTI_LIMIT_PUBLIC_BUDGET": str(POINTS),
        "ERIKTI_LIMIT_BUDGET_SECONDS": "3600",
    }
    with talking(folder, ERIKTI_OIDC_ISSUER=issuer.url, **BEHIND, **limits) as found:
        yield found


def bearer(issuer: Issuer) -> dict[str, str]:
    """The header of a caller whose token is bound to the certificate."""
    digest = urlsafe_b64encode(sha256(DER).digest()).rstrip(b"=").decode()
    return {"Authorization": f"Bearer {issuer.token(cnf={'x5t#S256': digest})}"}


def test_nginx_sets_each_header_that_is_believed() -> None:
    """These are values of nginx, and none from the client."""
    found = dict(SETTING.findall(CONFIGURATION.read_text(encoding="utf-8")))
    assert found["X-Forwarded-For"] == "$remote_addr"
    assert found["Client-Cert"] == "$ssl_client_escaped_cert"


def test_a_bound_token_is_taken_with_the_certificate_that_nginx_saw(
    server: Talking, issuer: Issuer
) -> None:
    token = bearer(issuer)
    assert answered(server, through_nginx("203.0.113.1", ESCAPED, **token))[0] == 200
    found, text = answered(server, through_nginx("203.0.113.2", **token, **FORGED))
    assert found == 401
    assert "the token is bound to a client certificate" in text


MALFORMED = [
    "-----BEGIN%20CERTIFICATE-----",
    ESCAPED[:-40],
    ESCAPED + ESCAPED,
    ESCAPED.replace("%0A", ""),
    ESCAPED.replace("%0A", "%0D%0A"),
    ESCAPED.replace("MII", "AAA", 1),
    unquote(ESCAPED).replace("\n", " "),
    b64encode(DER).decode(),
    f":{b64encode(DER[:-1]).decode()}:",
    f":{b64encode(DER + bytes(1)).decode()}:",
    f":{urlsafe_b64encode(DER).decode()}!:",
    ":A:",
    "::",
    ":AAAA:",
    f":{b64encode(DER).decode()}:, :{b64encode(DER).decode()}:",
]


@pytest.mark.parametrize("number", range(len(MALFORMED)))
def test_a_malformed_certificate_is_called_malformed(
    server: Talking, issuer: Issuer, number: int
) -> None:
    """Otherwise an operator would search for another certificate."""
    found, text = answered(
        server, through_nginx(f"192.0.2.{number}", MALFORMED[number], **bearer(issuer))
    )
    assert found == 401
    assert "the proxy forwarded a malformed client certificate" in text


def test_another_certificate_is_called_another(server: Talking, issuer: Issuer) -> None:
    value = f":{b64encode(OTHER_DER).decode()}:"
    found, text = answered(server, through_nginx("203.0.113.3", value, **bearer(issuer)))
    assert found == 401
    assert "the token is bound to another client certificate" in text


def test_each_client_of_nginx_has_a_budget_and_cannot_take_another(server: Talking) -> None:
    for address in ("203.0.113.4", "2001:db8::4"):
        assert answered(server, through_nginx(address, **FORGED))[0] == 200
        for number in range(3):
            forged = {"X-Forwarded-For": f"198.51.100.{number}"}
            assert answered(server, through_nginx(address, **forged))[0] == 429


def test_addresses_are_not_believed_of_a_proxy_that_forwards_certificates_alone(
    folder: Path, issuer: Issuer
) -> None:
    """Without a setting nginx passes on the header of its client."""
    variables = {
        "ERIKTI_OIDC_ISSUER": issuer.url,
        "ERIKTI_RESPONSE_CACHE": "off",
        "ERIKTI_TRUSTED_PROXIES": "127.0.0.1",
        "ERIKTI_LIMIT_PUBLIC_BUDGET": str(POINTS),
        "ERIKTI_LIMIT_BUDGET_SECONDS": "3600",
    }
    with talking(folder, **variables) as server:
        statuses = [
            answered(server, b"Host: e\r\nX-Forwarded-For: 198.51.100.%d\r\n" % number)[0]
            for number in range(4)
        ]
    assert statuses == [200, 429, 429, 429]
