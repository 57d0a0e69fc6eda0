"""Every kind of forged token is rejected with its own reason, which contains no part of it."""

import traceback

import pytest

from erikti.auth.principal import HOME
from erikti.auth.scopes import Scope
from erikti.errors import InvalidTokenError
from tests.auth.making import Make
from tests.support.forgeries import FORGERIES
from tests.support.issuer import SIGNERS, Issuer


@pytest.mark.parametrize("name", FORGERIES)
async def test_a_forged_token_is_refused(running_issuer: Issuer, make: Make, name: str) -> None:
    forgery = FORGERIES[name]
    token = forgery.make(running_issuer)
    authenticator = make(running_issuer)
    # The server is up: it has verified a good one before.
    assert (await authenticator.principal(running_issuer.token().encode())).known
    with pytest.raises(InvalidTokenError) as caught:
        await authenticator.principal(token)
    assert caught.value.description == forgery.reason
    assert caught.value.status == 401
    shown = caught.value.headers["www-authenticate"] + "".join(
        traceback.format_exception(caught.value)
    )
    assert not any(part in shown for part in token.split(".") if part)
    assert set(running_issuer.asked) == {"/.well-known/openid-configuration", "/jwks"}


@pytest.mark.parametrize("algorithm", SIGNERS)
async def test_a_good_token_of_each_algorithm_is_taken(
    running_issuer: Issuer, make: Make, algorithm: str
) -> None:
    authenticator = make(running_issuer)
    for kind in ("at+jwt", "application/at+jwt"):
        token = running_issuer.token(algorithm, {"typ": kind})
        found = await authenticator.principal(token.encode())
        assert (found.client, found.subject, found.role) == ("registry", "ministry-7", "ministry")
        assert found.scopes == {Scope.PEOPLE_READ, Scope.VOLUNTEERS_READ}
        assert (found.country, found.foreign) == (HOME, False)


async def test_what_is_granted_is_what_the_token_and_its_role_have_in_common(
    running_issuer: Issuer, make: Make
) -> None:
    authenticator = make(running_issuer)
    token = running_issuer.token(
        scope="openid audit:read cis_forum:read volunteers:read people:read_iin nonsense",
        erikti_role="partner",
        erikti_country="KG",
        erikti_organisation="Ministry of Youth",
    )
    found = await authenticator.principal(token.encode())
    assert found.scopes == {Scope.CIS_FORUM_READ}
    assert (found.country, found.foreign, found.organisation) == ("KG", True, "Ministry of Youth")
    without = await authenticator.principal(running_issuer.token(scope=None).encode())
    assert (without.known, without.scopes) == (True, frozenset())


async def test_bounds_are_read_as_they_are_compared(running_issuer: Issuer, make: Make) -> None:
    authenticator = make(running_issuer)
    token = running_issuer.token(
        erikti_role="person", erikti_person="0190A1B2-0000-7000-8000-000000000001"
    )
    found = await authenticator.principal(token.encode())
    assert found.person == "0190a1b2-0000-7000-8000-000000000001"
    token = running_issuer.token(erikti_role="region", erikti_region="KZ-75")
    assert (await authenticator.principal(token.encode())).region == "KZ-75"


@pytest.mark.parametrize("token", ["", ".", "\ud800", "a.b.c\0", b"", b"\xff.\xff.\xff", "a.a.a"])
async def test_what_is_no_token_at_all_is_refused(
    running_issuer: Issuer, make: Make, token: str | bytes
) -> None:
    with pytest.raises(InvalidTokenError):
        await make(running_issuer).principal(token)
