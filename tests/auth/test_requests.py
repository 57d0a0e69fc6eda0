"""From a request's headers to a principal: tokens, certificates, single use."""

import asyncio
import time
from base64 import b64encode, urlsafe_b64encode
from datetime import UTC, datetime, timedelta
from functools import cache
from hashlib import sha256
from multiprocessing import get_context
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ed25519
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from erikti.auth.authenticator import Bound
from erikti.auth.principal import PUBLIC
from erikti.auth.provider import Pace
from erikti.auth.single_use import UsedTokenIds
from erikti.errors import InvalidTokenError, ProviderUnavailableError
from tests.auth.making import Make, bearer
from tests.support.issuer import Issuer

PROXY = "10.1.2.3"
CLIENT = "203.0.113.9"


async def test_without_a_token_the_caller_is_the_public(running_issuer: Issuer, make: Make) -> None:
    authenticator = make(running_issuer)
    assert await authenticator([], None) is PUBLIC
    others = [(b"accept", b"*/*"), (b"client-cert", b":AAAA:")]
    assert await authenticator(others, CLIENT, b"query=%7Bregions%7D&token=1") is PUBLIC


@pytest.mark.parametrize("scheme", [b"Bearer ", b"bearer ", b"BEARER   "])
async def test_a_bearer_token_is_read(running_issuer: Issuer, make: Make, scheme: bytes) -> None:
    headers = [(b"authorization", scheme + running_issuer.token().encode())]
    assert (await make(running_issuer)(headers, CLIENT)).client == "registry"


@pytest.mark.parametrize(
    "value",
    [
        b"",
        b" ",
        b"Bearer",
        b"Bearer ",
        b"Basic cmVnaXN0cnk6c2VjcmV0",
        b"DPoP TOKEN",
        b"TOKEN",
        b"Bearer TOKEN TOKEN",
        b"Bearer TOKEN, Bearer TOKEN",
        b"Bearer TOKEN,",
        b"Bearer\tTOKEN",
        b"Bearer TOKEN\n",
        b'Bearer "TOKEN"',
        b"Bearer TOKEN\xff",
        b"Bearer Bearer TOKEN",
        b"Bearer undefined",
        b"Bearer null",
    ],
)
async def test_a_header_with_anything_else_is_refused(
    running_issuer: Issuer, make: Make, value: bytes
) -> None:
    shown = value.replace(b"TOKEN", running_issuer.token().encode())
    with pytest.raises(InvalidTokenError) as caught:
        await make(running_issuer)([(b"authorization", shown)], CLIENT)
    assert caught.value.status == 401
    assert caught.value.headers["www-authenticate"].startswith(
        'Bearer realm="erikti", error="invalid_token", '
    )


async def test_two_headers_and_tokens_in_the_url_are_malformed_requests(
    running_issuer: Issuer, make: Make
) -> None:
    authenticator = make(running_issuer)
    token = running_issuer.token()
    good = bearer(token)
    requests = [
        (good + good, b""),
        ([*good, (b"authorization", b"")], b""),
        ([], b"access_token=" + token.encode()),
        (good, b"query=%7Ba%7D&access_token=" + token.encode()),
        ([], b"access%5Ftoken=1"),
        ([], b"access_token"),
    ]
    for headers, query in requests:
        with pytest.raises(InvalidTokenError) as caught:
            await authenticator(headers, CLIENT, query)
        assert (caught.value.status, caught.value.error) == (400, "invalid_request")


@cache
def certificate() -> bytes:
    """A client's certificate (DER)."""
    key = ed25519.Ed25519PrivateKey.generate()
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "partner")])
    now = datetime.now(UTC)
    made = x509.CertificateBuilder(name, name, key.public_key(), 1, now, now + timedelta(1))
    return made.sign(key, None).public_bytes(Encoding.DER)


def forwarded(der: bytes) -> tuple[bytes, bytes]:
    """The header by which a proxy forwards it."""
    return (b"client-cert", b":" + b64encode(der) + b":")


def bound_to(issuer: Issuer, der: bytes) -> str:
    """A token that is bound to a certificate."""
    digest = urlsafe_b64encode(sha256(der).digest()).rstrip(b"=").decode()
    return issuer.token(cnf={"x5t#S256": digest})


@pytest.mark.parametrize("peer", [PROXY, f"::ffff:{PROXY}", "2001:db8::7"])
async def test_a_bound_token_is_taken_with_its_certificate(
    running_issuer: Issuer, make: Make, peer: str
) -> None:
    authenticator = make(running_issuer, trusted=("10.1.0.0/16", "2001:db8::/64"))
    headers = bearer(bound_to(running_issuer, certificate()), forwarded(certificate()))
    for _ in range(2):
        assert (await authenticator(headers, peer)).known


@pytest.mark.parametrize("peer", [CLIENT, "10.2.0.1", "2001:db9::7", "", "unix", None])
async def test_a_certificate_from_whoever_is_no_trusted_proxy_counts_for_nothing(
    running_issuer: Issuer, make: Make, peer: str | None
) -> None:
    authenticator = make(running_issuer, trusted=("10.1.0.0/16", "2001:db8::/64"))
    headers = bearer(bound_to(running_issuer, certificate()), forwarded(certificate()))
    assert (await authenticator(headers, PROXY)).known
    with pytest.raises(InvalidTokenError, match="bound to a client certificate"):
        await authenticator(headers, peer)
    assert (await authenticator(bearer(running_issuer.token(), headers[1]), peer)).known


@pytest.mark.parametrize(
    "shown",
    [
        [],
        [(b"client-cert", b"")],
        [(b"client-cert", b"::")],
        [forwarded(certificate() + b"\0")],
        [(b"client-cert", b64encode(certificate()))],
        [(b"client-cert", b":" + urlsafe_b64encode(certificate()) + b"!:")],
        [(b"client-cert", b":A:")],
        [forwarded(certificate()), forwarded(certificate())],
        [(b"client-cert", forwarded(certificate())[1] + b", " + forwarded(certificate())[1])],
        [(b"x-client-cert", forwarded(certificate())[1])],
    ],
)
async def test_a_bound_token_without_its_certificate_is_refused_also_when_it_was_seen(
    running_issuer: Issuer, make: Make, shown: list[tuple[bytes, bytes]]
) -> None:
    authenticator = make(running_issuer, trusted=("10.1.0.0/16",))
    token = bound_to(running_issuer, certificate())
    for _ in range(2):
        with pytest.raises(InvalidTokenError, match="client certificate"):
            await authenticator(bearer(token, *shown), PROXY)
        assert (await authenticator(bearer(token, forwarded(certificate())), PROXY)).known


async def test_callers_can_be_made_to_bind_their_tokens(running_issuer: Issuer, make: Make) -> None:
    ours = running_issuer.token()
    foreign = running_issuer.token(erikti_role="partner", erikti_country="KG")
    for bound, refused in (
        (Bound.NONE, []),
        (Bound.FOREIGN, [foreign]),
        (Bound.ALL, [ours, foreign]),
    ):
        authenticator = make(running_issuer, bound=bound)
        for token in (ours, foreign):
            if token in refused:
                with pytest.raises(InvalidTokenError, match="must be bound"):
                    await authenticator(bearer(token), CLIENT)
            else:
                assert (await authenticator(bearer(token), CLIENT)).known


async def test_a_token_that_was_seen_is_refused_when_it_has_expired(
    running_issuer: Issuer, make: Make
) -> None:
    authenticator = make(running_issuer, leeway=0)
    now = int(time.time())
    token = running_issuer.token(iat=now, exp=now + 2)
    assert (await authenticator(bearer(token), CLIENT)).expires_at == now + 2
    await asyncio.sleep(now + 2.05 - time.time())
    with pytest.raises(InvalidTokenError, match="exp"):
        await authenticator(bearer(token), CLIENT)


async def test_tokens_are_kept_in_bounded_number_and_by_digest(issuer: Issuer, make: Make) -> None:
    authenticator = make(issuer, kept=3)
    tokens = [issuer.token("Ed25519", sub=f"user-{n}").encode() for n in range(6)]
    for token in (*tokens, *reversed(tokens)):
        found = await authenticator.principal(token)
        assert found.subject == f"user-{tokens.index(token)}"
    assert len(authenticator._verified) == 3
    kept = b"".join(authenticator._verified)
    assert len(kept) == 3 * 32
    assert await authenticator.principal(tokens[0]) is await authenticator.principal(tokens[0])


async def test_a_token_for_single_use_is_used_once(running_issuer: Issuer, make: Make) -> None:
    authenticator = make(running_issuer)
    token = running_issuer.token(erikti_single_use=True).encode()
    assert (await authenticator.principal(token)).known
    for _ in range(2):
        with pytest.raises(InvalidTokenError, match="used only once"):
            await authenticator.principal(token)
    again = running_issuer.token(erikti_single_use=False).encode()
    for _ in range(2):
        assert (await authenticator.principal(again)).known


async def test_of_many_at_once_one_uses_it(running_issuer: Issuer, make: Make) -> None:
    authenticator = make(running_issuer)
    token = running_issuer.token(erikti_single_use=True).encode()
    found = await asyncio.gather(
        *(authenticator.principal(token) for _ in range(20)), return_exceptions=True
    )
    assert sum(not isinstance(item, InvalidTokenError) for item in found) == 1


async def test_a_refused_attempt_does_not_use_the_token_up(
    running_issuer: Issuer, make: Make
) -> None:
    authenticator = make(running_issuer, trusted=(PROXY,))
    digest = urlsafe_b64encode(sha256(certificate()).digest()).rstrip(b"=").decode()
    token = running_issuer.token(erikti_single_use=True, cnf={"x5t#S256": digest})
    with pytest.raises(InvalidTokenError, match="client certificate"):
        await authenticator(bearer(token), CLIENT)
    assert (await authenticator(bearer(token, forwarded(certificate())), PROXY)).known


def use(path: Path, names: list[str]) -> list[bool]:
    """Return what a process reports about a single-use token."""
    spent = UsedTokenIds(path)
    found = [spent.first(name, time.time() + 60) for name in names]
    spent.close()
    return found


def test_processes_and_restarts_share_what_was_used(tmp_path: Path) -> None:
    path, names = tmp_path / "spent.db", [f"token-{n}" for n in range(200)]
    with get_context("spawn").Pool(2) as pool:
        answers = pool.starmap(use, [(path, names)] * 4)
    assert [sum(told) for told in zip(*answers, strict=True)] == [1] * len(names)
    assert not any(use(path, names))
    assert path.stat().st_mode & 0o077 == 0
    assert b"token-1" not in path.read_bytes()


def test_what_has_expired_makes_room_and_a_full_list_refuses(tmp_path: Path) -> None:
    path = tmp_path / "spent.db"
    spent = UsedTokenIds(path, bound=5)
    for number in range(5):
        assert spent.first(f"old-{number}", time.time() - 1)
    spent.close()
    for number in range(5):
        assert spent.first(f"new-{number}", time.time() + 60)
    spent.close()
    with pytest.raises(ProviderUnavailableError, match="full"):
        spent.first("one more", time.time() + 60)
    spent.close()


async def test_where_the_list_cannot_be_written_single_use_is_refused(
    running_issuer: Issuer, make: Make, tmp_path: Path
) -> None:
    authenticator = make(running_issuer, Pace())
    (tmp_path / "spent.db").write_bytes(b"no database" * 1000)
    with pytest.raises(ProviderUnavailableError, match="cannot be written"):
        await authenticator.principal(running_issuer.token(erikti_single_use=True).encode())
    assert (await authenticator.principal(running_issuer.token().encode())).known
