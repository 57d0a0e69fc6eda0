"""Values just within and beyond limits: names, lists, cached tokens, responses of a provider."""

import logging
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from erikti.auth.provider import Pace
from erikti.auth.single_use import UsedTokenIds
from erikti.errors import InvalidTokenError, ProviderUnavailableError
from tests.auth.making import Make, bearer
from tests.support.issuer import Issuer

CLIENT = "127.0.0.1"
QUICK = Pace(renew=0.05, keep=0.5, pause=0.01, timeout=10)


@pytest.mark.parametrize("length", [1, 255])
async def test_a_name_of_any_length_that_is_allowed_is_taken(
    running_issuer: Issuer, make: Make, length: int
) -> None:
    name = "n" * length
    token = running_issuer.token(sub=name, client_id=name, jti=name, erikti_organisation=name)
    found = await make(running_issuer).principal(token)
    assert (found.subject, found.client, found.organisation) == (name, name, name)


@pytest.mark.parametrize("name", ["", "n" * 256, "a\tb", 7, ["n"]])
async def test_a_name_that_is_none_is_refused(
    running_issuer: Issuer, make: Make, name: object
) -> None:
    """The standard requires no organisation, so only the product reads it."""
    token = running_issuer.token(erikti_organisation=name)
    with pytest.raises(InvalidTokenError, match="erikti_organisation is malformed"):
        await make(running_issuer).principal(token)


@pytest.mark.parametrize("query", [b"", b"query=%7Ba%7D&operationName=a", b"a=access_token", b"&="])
async def test_a_url_without_a_token_is_not_rejected(
    running_issuer: Issuer, make: Make, query: bytes
) -> None:
    authenticator = make(running_issuer)
    assert (await authenticator(bearer(running_issuer.token()), CLIENT, query)).known
    assert not (await authenticator([], CLIENT, query)).known


async def test_a_connection_may_go_on_with_the_token_that_it_used_up(
    running_issuer: Issuer, make: Make
) -> None:
    authenticator = make(running_issuer)
    headers = bearer(running_issuer.token(erikti_single_use=True))
    assert (await authenticator(headers, CLIENT)).known
    assert (await authenticator(headers, CLIENT, again=True)).known
    with pytest.raises(InvalidTokenError, match="used only once"):
        await authenticator(headers, CLIENT)


async def test_a_used_token_stays_used_for_as_long_as_clocks_may_differ(
    running_issuer: Issuer, make: Make
) -> None:
    """Another process deletes expired entries when it opens the list."""
    now = int(time.time())
    token = running_issuer.token(iat=now - 60, exp=now - 5, erikti_single_use=True)
    assert (await make(running_issuer, leeway=600).principal(token)).known
    other = make(running_issuer, leeway=600)
    other._spent.close()
    with pytest.raises(InvalidTokenError, match="used only once"):
        await other.principal(token)


async def test_of_the_tokens_that_are_kept_the_one_shown_longest_ago_gives_way(
    running_issuer: Issuer, make: Make
) -> None:
    authenticator = make(running_issuer, kept=2)
    one, other, third = (running_issuer.token("Ed25519", sub=name) for name in "abc")
    first, second = await authenticator.principal(one), await authenticator.principal(other)
    assert await authenticator.principal(one) is first
    last = await authenticator.principal(third)
    assert await authenticator.principal(one) is first
    assert await authenticator.principal(third) is last
    assert await authenticator.principal(other) is not second


def test_a_list_of_used_tokens_is_looked_through_now_and_then(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("erikti.auth.single_use.SWEEP", 3)
    spent = UsedTokenIds(tmp_path / "spent.db", bound=5)
    later = time.time() + 600
    # Before the first, the fourth and the seventh use.
    assert all(spent.first(f"token-{n}", later) for n in range(6))
    with pytest.raises(ProviderUnavailableError, match="full"):
        spent.first("token-6", later)
    spent.close()


def _status(issuer: Issuer) -> None:
    issuer.status = 201


def _name(issuer: Issuer) -> None:
    issuer.discovery["issuer"] = f"{issuer.url}/"


def _address(issuer: Issuer) -> None:
    issuer.discovery["jwks_uri"] = "ftp://127.0.0.1/jwks"


def _number(issuer: Issuer) -> None:
    issuer.discovery["jwks_uri"] = 1


def _keys(issuer: Issuer) -> None:
    issuer.keys = {}


def _long(issuer: Issuer) -> None:
    issuer.discovery["more"] = "x" * 300_000


def _says(body: bytes) -> Callable[[Issuer], None]:
    def change(issuer: Issuer) -> None:
        issuer.answer = lambda path: body if path else b""  # type: ignore[method-assign]

    return change


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (_status, "it responds with status 201"),
        (_name, "its issuer is not that of ERIKTI_OIDC_ISSUER"),
        (_address, "its jwks_uri cannot be used"),
        (_number, "its jwks_uri cannot be used"),
        (_keys, "it publishes no usable key"),
        (_long, "its response is too long"),
        (_says(b"[" * 100_000), "its response is nested too deeply"),
        (_says(b"[]"), "its response is not an object"),
        (_says(b"{"), "JSONDecodeError"),
    ],
)
async def test_the_operator_learns_why_a_provider_is_not_believed(
    issuer: Issuer,
    make: Make,
    caplog: pytest.LogCaptureFixture,
    change: Callable[[Issuer], None],
    reason: str,
) -> None:
    token = issuer.token()
    change(issuer)
    with (
        caplog.at_level(logging.WARNING, "erikti.auth"),
        pytest.raises(ProviderUnavailableError),
    ):
        await make(issuer, QUICK).principal(token)
    told = [record.getMessage() for record in caplog.records if record.name == "erikti.auth"]
    assert told == [f"the keys of the identity provider: {reason}"]
