"""Canary values must not leak from requests, storage or errors to logs, caches or responses."""

import asyncio
import logging
import socket
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import httpx
import pytest
from valkey import Valkey

from erikti.database.connection import Database, connection, dialect
from erikti.demo import numbers as invented
from erikti.errors import STATUSES
from erikti.guard.limits import Limits
from erikti.importers import load
from erikti.settings import Settings
from models.changes import release
from models.people import Sex
from tests.access.sending import REGIONS, absent, codes, posted, requests
from tests.importers.samples import numbers, row
from tests.models.sealing import everything
from tests.support.application import bearer, served
from tests.support.canaries import Watch, personal
from tests.support.databases import KEYS
from tests.support.processes import environment, forked
from tests.support.waiting import PATIENCE, eventually

IIN, SENT_IIN, BROKEN = (number for number, _ in zip(numbers(), range(3), strict=False))
STORED = (IIN, "canary.stored@example.net", "+77012345678")
SENT = (
    SENT_IIN,
    "canary.sent@example.net",
    "+77019876543",
    "eyJhbGciOiJub25lIn0.eyJzdWIiOiJjYW5hcnkifQ.Y2FuYXJ5",
)
PERSONAL = posted("{ people { nodes { displayName iin email phone } } }")
BROKEN_ROW = posted("{ people { nodes { recordedOn } } }")


async def people(url: str) -> None:
    """Create two people, one of them with the canaries as values."""
    given = dict(zip(("iin", "email", "phone"), STORED, strict=True))
    rows = [row("1", family_name="A", given_name="Example", **given)]
    rows.append(row("2", family_name="B", given_name="Example"))
    async with Database(url):
        assert (await load("people", rows)).committed


async def break_rows() -> None:
    """Make one column of people unparseable, and seal another with an unknown key."""
    broken = f"ALTER TABLE people ALTER recorded_on TYPE text USING '{BROKEN}'"
    if dialect().name == "sqlite":
        broken = f"UPDATE people SET recorded_on = 'x{BROKEN}'"  # nothing that looks like a number
    await release()  # triggers name the column
    for statement in ("UPDATE people SET phone = email", broken):
        await connection().execute_query(statement)


def in_valkey(client: Valkey) -> str:
    """Return all keys and values."""
    found: list[Any] = []
    for key in client.scan_iter():
        found += [key, client.get(key) if client.type(key) == b"string" else client.dump(key)]
    return "\n".join(one.decode("latin-1") for one in found)


def in_folder(folder: Path) -> str:
    """Return all names and contents of files."""
    files = [path for path in folder.rglob("*") if path.is_file()]
    return "\n".join(f"{path}\n{path.read_bytes().decode('latin-1')}" for path in files)


def check(response: httpx.Response, sent: str) -> None:
    """Fail if a response contains values from other requests or of a person."""
    for canary in {*SENT, *STORED, BROKEN} - {sent}:
        assert canary not in response.text
    heads = str([item for item in response.headers.raw if item[0] != b"location"])
    assert not [canary for canary in (*SENT, *STORED, BROKEN) if canary in heads]
    assert codes(response) <= STATUSES.keys()
    assert response.status_code < 500, response.request.url
    requested = response.request
    if (
        requested.method == "GET"
        and requested.url.path == "/graphql"
        and sent in str(requested.url.params)
    ):
        assert response.headers["cache-control"] == "no-store", requested.url


async def send_all(client: httpx.AsyncClient, caller: dict[str, str]) -> int:
    """Send all requests and return the number of responses with data."""
    answered = 0
    for sent in SENT:
        for request in requests(sent):
            headers = httpx.Headers(caller)
            headers.update(request.get("headers", {}))
            response = await client.request(**{**request, "headers": headers})
            check(response, sent)
            answered += '"data":{' in response.text
    return answered


async def provoke(client: httpx.AsyncClient, caller: dict[str, str]) -> None:
    """Request unreadable values and check that the error reveals nothing else."""
    for request, found in ((PERSONAL, 2), (BROKEN_ROW, 1)):
        response = await client.request(**request, headers=caller)
        assert codes(response) == {"INTERNAL"}, found
        absent(response.text, *SENT, BROKEN, STORED[2])


def settings(url: str, data: Path, cache: str) -> Settings:
    """Return settings of a server with a shared cache and without quotas."""
    limits = Limits(budget=10**9, public_budget=10**9)
    return Settings("127.0.0.1", 0, data, url, "", keys=KEYS, cache_url=cache, limits=limits)


@pytest.mark.timeout(300)
async def test_canaries_sent_or_stored_do_not_leak(
    database_url: str,
    tmp_path: Path,
    valkey_client: Valkey,
    valkey_url: str,
    caplog: pytest.LogCaptureFixture,
) -> None:
    await people(database_url)
    caplog.set_level(logging.DEBUG, "erikti")
    caller = bearer(tmp_path, "ministry") | {"X-Purpose": "REG-2026-17"}
    token = caller["Authorization"].removeprefix("Bearer ")
    async with served(
        database_url, tmp_path, settings(database_url, tmp_path, valkey_url)
    ) as client:
        given = await client.request(**PERSONAL, headers=caller)
        assert all(value in given.text for value in STORED)
        assert await send_all(client, caller) > 50
        metrics = (await client.get("/metrics")).text
        assert "erikti_response_cache_stored" in metrics
        kept, held = in_valkey(valkey_client), await everything(database_url)
        assert "KZ-75" in kept
        assert "REG-2026-17" in held
        secrets = (*SENT, *STORED, token)
        logged, files = caplog.text, in_folder(tmp_path)
        for text in (kept, held, metrics, logged, files):
            absent(text, *secrets)
        await break_rows()
        await provoke(client, caller)
    assert caplog.text.count("correlation id") >= 2
    absent(caplog.text + in_valkey(valkey_client) + in_folder(tmp_path), *secrets, BROKEN)


async def test_a_timeout_does_not_log_the_operation(
    database_url: str, tmp_path: Path, valkey_url: str, caplog: pytest.LogCaptureFixture
) -> None:
    await people(database_url)
    caplog.set_level(logging.DEBUG, "erikti")
    made = settings(database_url, tmp_path, valkey_url)
    hasty = replace(made, limits=replace(made.limits, query_seconds=1e-6))
    caller = bearer(tmp_path, "ministry") | {"X-Purpose": "REGISTRATION"}
    async with served(database_url, tmp_path, hasty) as client:
        for sent in SENT:
            text = f"# {sent}\n{{ people {{ nodes {{ iin email phone }} }} }}"
            response = await client.request(**posted(text), headers=caller)
            assert codes(response) == {"TIMEOUT"}
            absent(response.text, *SENT, *STORED)
    absent(caplog.text, *SENT, *STORED)


async def test_an_unavailable_database_is_logged_without_the_request(
    database_url: str, tmp_path: Path, valkey_url: str, caplog: pytest.LogCaptureFixture
) -> None:
    await people(database_url)
    caplog.set_level(logging.DEBUG, "erikti")
    caller = bearer(tmp_path, "ministry") | {"X-Purpose": "REGISTRATION"}
    async with served(
        database_url, tmp_path, settings(database_url, tmp_path, valkey_url)
    ) as client:
        await connection().execute_query("ALTER TABLE people RENAME TO somewhere")
        for sent in SENT:
            text = "query ($n: String!) { people(filter: { displayName: { eq: $n } }) { totalCount nodes { iin } } }"
            response = await client.request(**posted(text, variables={"n": sent}), headers=caller)
            assert codes(response) <= {"INTERNAL", "UNAVAILABLE"}
            assert codes(response)
            absent(response.text, *SENT, *STORED)
    absent(caplog.text, *SENT, *STORED)


@pytest.fixture
def output(
    processes: None, database_url: str, tmp_path: Path, valkey_url: str
) -> Iterator[tuple[httpx.Client, Path]]:
    """Yield a client of a real server with the canaries in its database, and the server's output."""
    asyncio.run(people(database_url))
    path = tmp_path / "output"
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    variables = environment(
        PORT=str(port),
        DATABASE_URL=database_url.replace("asyncpg:", "postgres:"),
        ERIKTI_KEYS=KEYS,
        ERIKTI_DATA=str(tmp_path / "data"),
        CACHE_URL=valkey_url,
        ERIKTI_LIMIT_PUBLIC_BUDGET="1000000",
    )
    with path.open("wb") as file:
        command = ["-m", "erikti", "serve"]
        process = forked.start(command, env=variables, stdout=file, stderr=file)
        try:
            with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=PATIENCE) as client:
                eventually(lambda: client.get("/healthz/ready").status_code == 200)
                yield client, path
        finally:
            process.terminate()
            process.wait(PATIENCE)


@pytest.mark.timeout(300)
def test_a_server_writes_no_canaries(
    valkey_client: Valkey, output: tuple[httpx.Client, Path], database_url: str, tmp_path: Path
) -> None:
    client, path = output
    caller = bearer(tmp_path / "data", "ministry") | {"X-Purpose": "REGISTRATION"}
    for sent in SENT:
        for request in requests(sent):
            check(client.request(**request), sent)
    assert STORED[0] in client.request(**PERSONAL, headers=caller).text

    async def broken() -> None:
        async with Database(database_url):
            await break_rows()

    asyncio.run(broken())
    for request in (PERSONAL, BROKEN_ROW):
        response = client.request(**request, headers=caller)
        assert codes(response) == {"INTERNAL"}
        absent(response.text, *SENT, BROKEN)
    assert path.read_text().count("correlation id") >= 2
    token = caller["Authorization"].removeprefix("Bearer ")
    kept = in_valkey(valkey_client)
    assert "KZ-75" in kept
    absent(in_folder(tmp_path) + kept, *SENT, *STORED, BROKEN, token)


@pytest.mark.parametrize("text", [IIN, "a.b@example.org", "+70000000001", SENT[3], f"x{IIN}"])
async def test_a_url_with_personal_data_is_refused(
    populated: str, tmp_path: Path, text: str
) -> None:
    async with served(populated, tmp_path) as client:
        query = f"# {text}\n{REGIONS}"
        response = await client.get("/graphql", params={"query": query})
        assert (response.status_code, codes(response)) == (400, {"BAD_USER_INPUT"})
        assert response.headers["cache-control"] == "no-store"
        absent(response.text, text)


@pytest.mark.parametrize("given", ["019ab000-0000-7000-8000-900101300017", "a-request.1", "f" * 32])
async def test_a_harmless_request_id_is_preserved(
    populated: str, tmp_path: Path, given: str
) -> None:
    async with served(populated, tmp_path) as client:
        response = await client.request(**posted(REGIONS), headers={"X-Request-Id": given})
        assert response.headers["x-request-id"] == given


def test_the_watch_over_all_logs_knows_the_generated_people() -> None:
    """The session-wide watch fails for each value as text, argument or exception."""
    number = next(
        filter(None, (invented.iin(date(1985, 4, 12), Sex.MALE, n) for n in range(9000, 9020)))
    )
    values = {number: "an identification number", invented.phone(17): "a telephone number"}
    values |= {"a.b.17@example.org": "an e-mail address", SENT[3]: "a token"}
    for value, kind in values.items():
        assert personal(f"before {value} after") == {kind}
        for arguments in (("%s", value), (f"text {value}",), ("no %r", {"key": value})):
            watch = Watch()
            watch.handle(
                logging.LogRecord("name", 10, __file__, 1, arguments[0], arguments[1:], None)
            )
            (found,) = watch.found
            assert kind in found
            assert value not in found
    try:
        raise ValueError(number)
    except ValueError:
        watch = Watch()
        exception = (type(error := sys.exc_info()[1]), error, error and error.__traceback__)
        watch.handle(logging.LogRecord("name", 10, __file__, 1, "", (), exception))  # type: ignore[arg-type]
    assert watch.found
    assert personal("SELECT 1 -- 019ab000-0000-7000-8000-900101399999 2026-11-24") == set()
