"""Clients restricted to published documents, and clients whose other documents are logged."""

import logging
from pathlib import Path

import pytest

from erikti.database.connection import fetch
from erikti.guard.trusted_clients import Mode, TrustedClients
from tests.support.application import bearer
from tests.trusted_documents.asking import (
    COUNTRIES,
    REGIONS,
    automatic,
    by_id,
    code,
    digest,
    post,
    published,
    trusting,
)

OTHER = "query Other { regions { name } }"
UNKNOWN = "PERSISTED_QUERY_NOT_FOUND"


@pytest.mark.parametrize("form", ["public", "*"])
async def test_a_client_runs_published_documents_and_nothing_else(
    database_url: str, tmp_path: Path, form: str
) -> None:
    modes = f"{form}=only-known,erikti-demo=off"
    async with trusting(database_url, tmp_path, modes) as client:
        await published(REGIONS)
        known = (by_id(REGIONS), automatic(REGIONS), {"query": REGIONS})
        for body in (*known, automatic(REGIONS, query=REGIONS)):
            assert (await post(client, body)).json()["data"]["regions"], body
        for text in (OTHER, f"{REGIONS} ", "{", "{ __schema { queryType { name } } }"):
            assert code(await post(client, {"query": text})) == "FORBIDDEN"
            # Registering is no way around.
            assert code(await post(client, automatic(text, query=text))) == "FORBIDDEN"
            assert code(await post(client, automatic(text))) == UNKNOWN
        # Nor is it that another client registers.
        others = bearer(tmp_path, "analyst")
        assert (await post(client, automatic(OTHER, query=OTHER), **others)).json()["data"]
        assert (await post(client, automatic(OTHER), **others)).json()["data"]
        assert code(await post(client, automatic(OTHER))) == UNKNOWN
        assert code(await post(client, by_id(OTHER))) == UNKNOWN


async def test_who_is_refused_is_recorded(database_url: str, tmp_path: Path) -> None:
    async with trusting(database_url, tmp_path, "erikti-demo=only-known") as client:
        headers = bearer(tmp_path, "analyst") | {"x-request-id": "refused"}
        assert code(await post(client, {"query": OTHER}, **headers)) == "FORBIDDEN"
        sql = "SELECT operation, decision FROM access_records WHERE request_id = 'refused'"
        assert [tuple(row) for row in await fetch(sql)] == [(digest(OTHER), "REFUSED")]
        assert (await post(client, {"query": OTHER})).json()["data"]


async def test_what_is_not_published_runs_and_is_logged_without_its_text(
    database_url: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "erikti.documents")
    personal = "query x900101350001 { regions { code } }"
    async with trusting(database_url, tmp_path, "erikti-demo=log-unknown") as client:
        headers = bearer(tmp_path, "analyst")
        await published(REGIONS)
        for body in ({"query": REGIONS}, by_id(REGIONS), automatic(REGIONS)):
            assert (await post(client, body, **headers)).json()["data"]
        for body in ({"query": OTHER}, automatic(OTHER, query=OTHER), automatic(OTHER)):
            assert (await post(client, body, **headers)).json()["data"]
        for text in (COUNTRIES, personal):
            assert (await post(client, {"query": text}, **headers)).json()["data"]
        assert code(await post(client, {"query": "{ nothing }"}, **headers)) == "BAD_USER_INPUT"
        assert (await post(client, {"query": OTHER})).json()["data"]
    told = [r.getMessage() for r in caplog.records if r.name == "erikti.documents"]
    unknown = "unknown document: client erikti-demo, sha256:"
    assert told == [
        *[f"{unknown}{digest(OTHER)}, operation Other"] * 3,
        f"{unknown}{digest(COUNTRIES)}, operation -",
        f"{unknown}{digest(personal)}, operation -",
    ]


async def test_watching_a_client_costs_it_nothing_where_the_manifest_is_away(
    database_url: str, tmp_path: Path
) -> None:
    async with trusting(database_url, tmp_path, "public=log-unknown") as client:
        await fetch("ALTER TABLE trusted_documents RENAME TO elsewhere")
        assert (await post(client, {"query": REGIONS})).json()["data"]


def test_modes_are_read_from_a_setting() -> None:
    found = TrustedClients.parse(" a=only-known, b=c=log-unknown ,public=off,*=log-unknown,")
    modes = [found.mode(client) for client in ("a", "b=c", None, "z")]
    assert modes == [Mode.ONLY_KNOWN, Mode.LOG_UNKNOWN, Mode.OFF, Mode.LOG_UNKNOWN]
    assert TrustedClients.parse("").mode("a") is Mode.OFF
    for wrong in ("a", "a=", "=off", "a=on", "a=off b=off", "a=off,a=only-known"):
        with pytest.raises(ValueError, match=r"is not CLIENT=MODE|is named twice"):
            TrustedClients.parse(wrong)
