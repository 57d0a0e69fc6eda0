"""Keys of the provider: rotation, withdrawal, floods of key ids, outages and invalid responses."""

import asyncio
import logging
from collections.abc import Callable
from typing import Any

import pytest
from joserfc.jwk import OctKey, RSAKey

from erikti.auth.provider import Pace, is_safe, usable
from erikti.errors import InvalidTokenError, ProviderUnavailableError
from tests.auth.making import Make
from tests.support.issuer import Issuer, new_keys, running

FAST = Pace(pause=0)
QUICK = Pace(renew=0.05, keep=0.5, pause=0.01, timeout=0.3)


async def test_keys_are_fetched_once_for_many_callers(issuer: Issuer, make: Make) -> None:
    authenticator = make(issuer)
    tokens = [issuer.token("ES256").encode() for _ in range(50)]
    issuer.delay = 0.05
    await asyncio.gather(*(authenticator.principal(token) for token in tokens))
    assert issuer.asked == {"/.well-known/openid-configuration": 1, "/jwks": 1}


async def test_a_new_key_is_found_and_the_old_one_works_until_it_is_withdrawn(
    issuer: Issuer, make: Make
) -> None:
    authenticator = make(issuer, FAST)
    old = issuer.token().encode()
    assert (await authenticator.principal(old)).known
    before = issuer.keys
    issuer.keys = new_keys("-2")
    issuer.extra = [key.as_dict(private=False) for key in before.values()]
    assert (await authenticator.principal(issuer.token().encode())).known
    assert (await authenticator.principal(old)).known
    issuer.extra, issuer.keys = [], new_keys("-3")
    assert (await authenticator.principal(issuer.token().encode())).known
    # It is kept as verified no longer: its key is gone.
    with pytest.raises(InvalidTokenError, match="unknown key"):
        await authenticator.principal(old)


async def test_another_key_under_an_old_name_takes_its_place(issuer: Issuer, make: Make) -> None:
    authenticator = make(issuer, Pace(renew=0.05, keep=60, pause=0.01))
    old = issuer.token().encode()
    assert (await authenticator.principal(old)).known
    issuer.keys = new_keys()
    with pytest.raises(InvalidTokenError, match="signature"):
        await _until_it_fails(lambda: authenticator.principal(old))


async def test_a_flood_of_unknown_names_asks_the_provider_a_few_times(
    issuer: Issuer, make: Make
) -> None:
    authenticator = make(issuer, Pace(pause=30))
    assert (await authenticator.principal(issuer.token().encode())).known
    for number in range(500):
        token = issuer.token(header={"kid": f"kid-{number}"}).encode()
        with pytest.raises(InvalidTokenError, match="unknown key"):
            await authenticator.principal(token)
    assert issuer.asked["/jwks"] == 1
    other = make(issuer, Pace(pause=0.2))
    floods = (
        other.principal(issuer.token("ES256", {"kid": f"kid-{n}"}).encode()) for n in range(500)
    )
    issuer.delay = 0.05
    found = await asyncio.gather(*floods, return_exceptions=True)
    assert all(isinstance(error, InvalidTokenError) for error in found)
    assert issuer.asked["/jwks"] <= 4


async def test_the_provider_away_keys_are_kept_for_a_bounded_time(
    issuer: Issuer, make: Make, caplog: pytest.LogCaptureFixture
) -> None:
    authenticator = make(issuer, QUICK)
    token = issuer.token().encode()
    assert (await authenticator.principal(token)).known
    issuer.status = 500
    await asyncio.sleep(0.1)
    with caplog.at_level(logging.WARNING, "erikti.auth"):
        assert (await authenticator.principal(token)).known
        with pytest.raises(ProviderUnavailableError):
            await _until_it_fails(lambda: authenticator.principal(token))
    assert [record.getMessage() for record in caplog.records] == [
        "the keys of the identity provider: it responds with status 500"
    ]
    # A server that cannot verify a new token does not call it forged.
    with pytest.raises(ProviderUnavailableError):
        await authenticator.principal(issuer.token(header={"kid": "new"}).encode())
    issuer.status = 200
    await asyncio.sleep(0.05)
    assert (await authenticator.principal(token)).known


async def test_without_a_provider_nobody_is_let_in_but_the_public(make: Make) -> None:
    with running() as nowhere:
        pass  # it has ended: nothing listens there
    authenticator = make(nowhere, QUICK)
    assert not (await authenticator([], "127.0.0.1")).known
    with pytest.raises(ProviderUnavailableError) as caught:
        await authenticator.principal(nowhere.token().encode())
    assert caught.value.status == 503


async def test_a_caller_who_leaves_does_not_end_what_others_wait_for(
    issuer: Issuer, make: Make
) -> None:
    authenticator = make(issuer)
    issuer.delay = 0.1
    first = asyncio.create_task(authenticator.principal(issuer.token().encode()))
    second = asyncio.create_task(authenticator.principal(issuer.token().encode()))
    await asyncio.sleep(0.02)
    first.cancel()
    assert (await second).known
    assert issuer.asked["/jwks"] == 1


def _other_name(issuer: Issuer) -> None:
    issuer.discovery["issuer"] = "https://id.example"


def _no_keys_address(issuer: Issuer) -> None:
    del issuer.discovery["jwks_uri"]


def _file(issuer: Issuer) -> None:
    issuer.discovery["jwks_uri"] = "file:///etc/passwd"


def _long(issuer: Issuer) -> None:
    issuer.discovery["more"] = "x" * 300_000


def _slow(issuer: Issuer) -> None:
    issuer.delay = 1


def _drip(issuer: Issuer) -> None:
    issuer.drip = 0.02


def _redirect(issuer: Issuer) -> None:
    issuer.status = 302


def _without_keys(issuer: Issuer) -> None:
    issuer.keys = {}


@pytest.mark.parametrize(
    "break_",
    [_other_name, _no_keys_address, _file, _long, _slow, _drip, _redirect, _without_keys],
)
async def test_a_provider_that_answers_wrongly_is_not_believed(
    issuer: Issuer, make: Make, break_: Callable[[Issuer], None]
) -> None:
    token = issuer.token().encode()
    break_(issuer)
    authenticator = make(issuer, QUICK)
    with pytest.raises(ProviderUnavailableError):
        await authenticator.principal(token)


async def test_a_provider_may_publish_as_many_keys_as_fit_into_its_answer(
    issuer: Issuer, make: Make
) -> None:
    """One with many tenants publishes hundreds; the key that signs may be the last of them."""
    (good,) = (key.as_dict(private=False) for name, key in issuer.keys.items() if name == "ec")
    issuer.extra = [{**good, "kid": f"tenant-{number}"} for number in range(600)]
    authenticator = make(issuer, Pace())
    assert (await authenticator.principal(issuer.token().encode())).known
    last = issuer.token("ES256", {"kid": "tenant-599"}).encode()
    assert (await authenticator.principal(last)).known


def test_keys_are_not_read_without_tls_where_the_provider_has_it() -> None:
    assert is_safe("https://keys.example/jwks", "https://id.example")
    assert is_safe("http://127.0.0.1:81/jwks", "http://127.0.0.1:80")
    for address in ("http://id.example/jwks", "file:///jwks", "//id.example/jwks", "jwks"):
        assert not is_safe(address, "https://id.example")


async def test_keys_that_must_not_verify_are_passed_over() -> None:
    good = new_keys()["rsa"].as_dict(private=False)
    with pytest.warns(UserWarning, match="2048"):
        weak = RSAKey.generate_key(1024, {"kid": "weak"}).as_dict(private=False)
    others: list[Any] = [
        OctKey.generate_key(256, {"kid": "secret"}).as_dict(private=True),
        RSAKey.generate_key(2048, {"kid": "private"}).as_dict(private=True),
        {**good, "kid": "encryption", "use": "enc"},
        {name: value for name, value in good.items() if name != "kid"},
        {**good, "kid": 7},
        {**good, "kid": "broken", "n": "AAAA"},
        {**good, "kid": "broken too", "e": 1},
        {**good, "kid": "unknown", "kty": "AKP"},
        weak,
        "rsa",
        None,
        [],
    ]
    assert list(await usable([*others, good])) == [("rsa", "RSA")]
    with pytest.raises(ValueError, match="no usable key"):
        await usable(others)
    with pytest.raises(ValueError, match="no usable key"):
        await usable({"keys": [good]})


async def _until_it_fails(attempt: Callable[[], Any]) -> None:
    for _ in range(100):
        await attempt()
        await asyncio.sleep(0.02)
