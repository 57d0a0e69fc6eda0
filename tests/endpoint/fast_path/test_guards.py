"""What is checked at each request, on the fast path too."""

from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from erikti.audit import AccessLogUnavailableError, Readings
from erikti.guard.limits import Limits
from erikti.guard.trusted_clients import TrustedClients
from tests.endpoint.fast_path.ways import ORIGIN, Ways, error, leave, ways
from tests.support.application import bearer
from tests.support.clock import Clock
from tests.support.issuer import new_keys, running

TYPENAME = {"query": "{ __typename }"}
COUNTRIES = {"query": "{ countries { code name } }"}
VOLUNTEERS = {"query": "{ volunteers(first: 3) { nodes { id } } }"}
DEFERRED = {"query": "{ countries { code ... @defer { name } } }"}
PURPOSE = {"x-purpose": "REG-2026-17"}


@pytest.mark.parametrize("body", [TYPENAME, COUNTRIES])
async def test_a_known_request_takes_the_fast_path(way: Ways, body: object) -> None:
    first = await way.slow(body)
    for _ in range(3):
        again = await way.fast(body)
        assert again.json()["data"] == first.json()["data"]
        assert again.status_code == 200


async def test_a_token_that_expires_is_rejected(
    way: Ways, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    analyst = bearer(tmp_path, "analyst")
    await way.warm(VOLUNTEERS, analyst)
    clock = Clock()
    clock.day = 4_000_000_000.0
    for module in ("authenticator", "tokens"):
        monkeypatch.setattr(f"erikti.auth.{module}.time", clock)
    response = await way.slow(VOLUNTEERS, analyst)
    assert (response.status_code, error(response)) == (401, "UNAUTHENTICATED")
    await way.warm(TYPENAME)


async def test_a_token_whose_key_is_withdrawn_is_rejected(
    database_url: str, tmp_path: Path
) -> None:
    with running() as issuer:
        async with ways(database_url, tmp_path, oidc_issuer=issuer.url) as way:
            caller = {"authorization": f"Bearer {issuer.token()}"}
            await way.warm(VOLUNTEERS, caller)
            issuer.keys = new_keys("-2")
            provider: Any = way.fast_path._senders._guards.authenticator._verifier.keys
            await provider._renew()
            response = await way.slow(VOLUNTEERS, caller)
            assert (response.status_code, error(response)) == (401, "UNAUTHENTICATED")
            await way.warm(VOLUNTEERS, {"authorization": f"Bearer {issuer.token()}"})


async def test_tokens_for_one_use_and_invalid_ones_go_the_full_way(
    database_url: str, tmp_path: Path
) -> None:
    with running() as issuer:
        async with ways(database_url, tmp_path, oidc_issuer=issuer.url) as way:
            await way.warm(VOLUNTEERS, {"authorization": f"Bearer {issuer.token()}"})
            once = {"authorization": f"Bearer {issuer.token(erikti_single_use=True)}"}
            assert (await way.slow(VOLUNTEERS, once)).status_code == 200
            assert (await way.slow(VOLUNTEERS, once)).status_code == 401
            for invalid in ("Bearer x", "Basic eDp4", ""):
                response = await way.slow(VOLUNTEERS, {"authorization": invalid})
                assert response.status_code == 401


async def test_tokens_that_must_be_bound_go_the_full_way(populated: str, tmp_path: Path) -> None:
    async with ways(populated, tmp_path, bound_tokens="all") as way:
        analyst = bearer(tmp_path, "analyst")
        for _ in range(3):
            response = await way.slow(TYPENAME, analyst)
            assert response.status_code == 401
        await way.warm(TYPENAME)


@pytest.mark.parametrize("known", [True, False])
async def test_a_budget_that_is_used_up_holds(populated: str, tmp_path: Path, known: bool) -> None:
    limits = Limits(budget=600, public_budget=600)
    async with ways(populated, tmp_path, limits=limits) as way:
        caller = bearer(tmp_path, "analyst") if known else {}
        first = await way.warm(COUNTRIES, caller)
        requested = first.json()["extensions"]["cost"]["requested"]
        assert requested > 2
        left = first.json()["extensions"]["cost"]["budget"]["remaining"]
        while left > requested:
            response = await way.fast(COUNTRIES, caller)
            cost = response.json()["extensions"]["cost"]
            assert (cost["requested"], cost["actual"]) == (requested, 1)
            assert cost["budget"]["remaining"] == left - 1
            left -= 1
        await way.fast(COUNTRIES, caller)
        # What is left would pay for the hit, but not for what is charged before it is one.
        refused = await way.slow(COUNTRIES, caller)
        assert (refused.status_code, error(refused)) == (429, "LIMIT_EXCEEDED")
        assert int(refused.headers["retry-after"]) > 0
        assert f"{requested} points requested, {left - 1} of 600" in refused.text
        assert (await way.post(TYPENAME, caller)).status_code == 200


async def test_all_users_of_a_client_pay_together(database_url: str, tmp_path: Path) -> None:
    with running() as issuer:
        limits = Limits(client_budget=900)
        async with ways(database_url, tmp_path, oidc_issuer=issuer.url, limits=limits) as way:
            users = [{"authorization": f"Bearer {issuer.token(sub=sub)}"} for sub in ("a", "b")]
            for user in users:
                await way.warm(COUNTRIES, user)
            statuses = []
            while 429 not in statuses:
                before = way.fast_path.hits
                statuses.append((await way.post(COUNTRIES, users[0])).status_code)
                assert (statuses[-1] == 200) == (way.fast_path.hits > before)
            assert len(statuses) > 10
            assert (await way.slow(COUNTRIES, users[1])).status_code == 429


async def test_an_invalidated_tag_ends_a_response(way: Ways) -> None:
    await way.warm(COUNTRIES)
    assert await way.cache.drop({"Country"})
    hits = way.cache.metrics["hits"]
    computed = await way.slow(COUNTRIES)
    assert computed.json()["extensions"]["cost"]["actual"] > 1
    assert way.cache.metrics["hits"] == hits
    await way.fast(COUNTRIES)
    assert way.cache.metrics["hits"] == hits + 1


async def test_a_response_that_expired_is_computed(
    way: Ways, monkeypatch: pytest.MonkeyPatch
) -> None:
    await way.warm(COUNTRIES)
    clock = Clock()
    clock.running = 1e9
    monkeypatch.setattr("erikti.cache.answers.time", clock)
    assert (await way.slow(COUNTRIES)).json()["extensions"]["cost"]["actual"] > 1
    await way.fast(COUNTRIES)


async def test_a_scope_that_was_lost_counts_at_once(way: Ways, tmp_path: Path) -> None:
    await way.warm(VOLUNTEERS, bearer(tmp_path, "analyst"))
    response = await way.slow(VOLUNTEERS)
    assert error(response) == "FORBIDDEN"
    assert error(await way.slow(VOLUNTEERS)) == "FORBIDDEN"
    officer = bearer(tmp_path, "officer")
    await way.warm(TYPENAME, officer)
    for _ in range(2):
        assert error(await way.slow(VOLUNTEERS, officer)) == "FORBIDDEN"


async def test_callers_who_see_the_same_share_what_is_known_and_others_do_not(
    way: Ways, tmp_path: Path
) -> None:
    await way.warm(VOLUNTEERS, bearer(tmp_path, "analyst"))
    analyst = bearer(tmp_path, "analyst")
    await way.slow(TYPENAME, analyst)  # verifies the token
    everywhere = await way.fast(VOLUNTEERS, analyst)
    regional = bearer(tmp_path, "region", region="KZ-75")
    seen = await way.slow(VOLUNTEERS, regional)
    assert seen.json()["data"] != everywhere.json()["data"]
    assert (await way.warm(VOLUNTEERS, regional)).json()["data"] == seen.json()["data"]


async def test_another_purpose_or_language_is_another_request(way: Ways) -> None:
    kazakh = await way.warm(COUNTRIES)
    russian = await way.slow(COUNTRIES, {"accept-language": "ru"})
    assert russian.json()["data"] != kazakh.json()["data"]
    assert (await way.fast(COUNTRIES, {"accept-language": "ru-RU,en;q=0.5"})).json()[
        "data"
    ] == russian.json()["data"]
    await way.slow(COUNTRIES, PURPOSE)
    await way.fast(COUNTRIES, PURPOSE)
    refused = await way.slow(COUNTRIES, {"x-purpose": "curiosity"})
    assert (refused.status_code, error(refused)) == (400, "BAD_USER_INPUT")


async def test_reads_of_records_are_counted_for_the_access_log(
    way: Ways, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    noted: list[tuple[str | None, str | None, int]] = []
    note = Readings.note

    def spy(self: Readings, access: object, records: int) -> None:
        noted.append((access.organisation, access.operation, records))  # type: ignore[attr-defined]
        note(self, access, records)  # type: ignore[arg-type]

    monkeypatch.setattr(Readings, "note", spy)
    organisation = uuid4().hex
    await way.warm(VOLUNTEERS, bearer(tmp_path, "analyst", organisation=organisation))
    assert len(set(noted)) == 1
    assert len(noted) >= 2
    assert noted[0][0] == organisation
    assert noted[0][2] == 3


async def test_a_reading_that_cannot_be_logged_ends_in_an_error(
    way: Ways, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    analyst = bearer(tmp_path, "analyst")
    before = (await way.warm(VOLUNTEERS, analyst)).json()["extensions"]["cost"]

    def fails(*_: object) -> None:
        raise AccessLogUnavailableError("too many readings are queued")

    monkeypatch.setattr(Readings, "note", fails)
    response = await way.slow(VOLUNTEERS, analyst)
    assert error(response) == "UNAVAILABLE"
    assert "data" not in response.json() or response.json()["data"] is None
    cost = response.json()["extensions"]["cost"]  # that of the endpoint alone
    assert cost["budget"]["remaining"] == before["budget"]["remaining"] - cost["actual"]


async def test_clients_with_trusted_documents_go_the_full_way(
    populated: str, tmp_path: Path
) -> None:
    trusted = TrustedClients.parse("public=only-known")
    async with ways(populated, tmp_path, trusted_clients=trusted) as way:
        for _ in range(3):
            assert error(await way.slow(COUNTRIES)) == "FORBIDDEN"
        await way.warm(COUNTRIES, bearer(tmp_path, "analyst"))


async def test_a_database_that_may_not_be_served_ends_the_fast_path(
    way: Ways, monkeypatch: pytest.MonkeyPatch
) -> None:
    await way.warm(COUNTRIES)

    async def unreadiness(_: object) -> str:
        return "the database was served with a provider"

    monkeypatch.setattr("models.issuers.IssuerGuard.unreadiness", unreadiness)
    assert error(await way.slow(COUNTRIES)) == "UNAVAILABLE"


@pytest.mark.parametrize(
    ("place", "accept"),
    [
        ("erikti.cache.ResponseCache.find", "application/json"),
        ("erikti.endpoint.http.fast_path.codings.Compression.begun", "application/json"),
        ("erikti.endpoint.http.streams.Stream.send", "multipart/mixed, application/json"),
    ],
)
async def test_an_error_within_is_masked_as_on_the_full_way(
    way: Ways, monkeypatch: pytest.MonkeyPatch, place: str, accept: str
) -> None:
    body = DEFERRED if "Stream" in place else COUNTRIES
    headers = {"origin": ORIGIN, "accept": accept, "accept-encoding": "gzip"}
    await way.warm(COUNTRIES, headers)

    def fails(*_: object) -> None:
        raise RuntimeError("a value of a person")

    monkeypatch.setattr(place, fails)
    response = await way.post(body, headers)
    assert (response.status_code, error(response)) == (500, "INTERNAL")
    assert "person" not in response.text
    assert response.headers["access-control-allow-origin"] == ORIGIN


async def test_a_client_that_leaves_ends_its_request(way: Ways) -> None:
    await way.warm(COUNTRIES)
    before = way.fast_path.hits
    await leave(way.app)
    assert way.fast_path.hits == before
