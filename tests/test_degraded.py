"""Readiness while public data can be read, but personal data cannot be returned."""

import asyncio
import errno
import os
import resource
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from unittest.mock import patch

import asyncpg
import httpx
import pytest

from erikti.database.connection import Database
from erikti.settings import Settings
from models.issuers import ServedBeforeError, check_issuer
from tests.support.application import bearer, served
from tests.support.databases import KEYS, Server
from tests.support.processes import erikti, serving

pytestmark = pytest.mark.usefixtures("processes")

CHECKPOINTS = "the folder of checkpoints cannot be used:"
PUBLIC = {"query": "{ regions { code } }"}
PERSONAL = {"query": "{ people(first: 1) { nodes { familyName } } }"}
ISSUER = "https://id.example"


async def is_degraded(client: httpx.AsyncClient, data: Path, reason: str) -> None:
    """Fail unless public data is served, personal data is rejected, and readiness reports it."""
    while (answer := await client.get("/healthz/ready")).status_code != 200:  # noqa: ASYNC110
        await asyncio.sleep(0.05)
    assert (answer.status_code, answer.json()) == (
        200,
        {"status": "degraded", "reason": f"no personal data: {reason}"},
    )
    assert "\nerikti_degraded 1\n" in (await client.get("/metrics")).text
    assert len((await client.post("/graphql", json=PUBLIC)).json()["data"]["regions"]) == 20
    headers = {**bearer(data, "ministry"), "X-Purpose": "REGISTRATION"}
    (error,) = (await client.post("/graphql", json=PERSONAL, headers=headers)).json()["errors"]
    assert error["extensions"]["code"] == "UNAVAILABLE"


async def is_whole(client: httpx.AsyncClient, data: Path) -> None:
    """Wait until personal data is returned; fail unless readiness reports no restriction."""
    headers = {**bearer(data, "ministry"), "X-Purpose": "REGISTRATION"}
    # The first query on a closed connection fails.
    ask = partial(client.post, "/graphql", json=PERSONAL, headers=headers)
    while "errors" in (await ask()).json():  # noqa: ASYNC110 - a database sends no notice
        await asyncio.sleep(0.05)
    assert (await client.get("/healthz/ready")).json() == {"status": "ready"}
    assert "\nerikti_degraded 0\n" in (await client.get("/metrics")).text


@contextmanager
def locked(*paths: Path) -> Iterator[None]:
    """Make paths read-only; as root, run as another user meanwhile."""
    modes = {path: path.stat().st_mode for path in paths}
    for path in paths:
        path.chmod(0o555)
    root = os.geteuid() == 0
    try:
        if root:
            os.seteuid(65534)
        yield
    finally:
        if root:
            os.seteuid(0)
        for path, mode in modes.items():
            path.chmod(mode)


@pytest.fixture
def open_folder(servers: dict[str, Server]) -> Iterator[Path]:
    """A folder that every user can reach, with a database."""
    server = servers["sqlite"]
    folder = Path(tempfile.mkdtemp(prefix="erikti-open-"))
    folder.chmod(0o777)
    shutil.copy(server.url(server.migrated()).removeprefix("sqlite://"), folder / "erikti.db")
    yield folder
    shutil.rmtree(folder)


async def test_an_embedded_database_that_is_read_only(open_folder: Path, tmp_path: Path) -> None:
    file = open_folder / "erikti.db"
    async with served(f"sqlite://{file}", tmp_path) as client:
        await is_whole(client, tmp_path)
        with locked(open_folder, file):
            answer = await client.get("/healthz/ready")
            assert answer.json()["reason"] == "no personal data: the database cannot be written"
            assert "\nerikti_degraded 1\n" in (await client.get("/metrics")).text
        await is_whole(client, tmp_path)


ROLE = "DO $$ BEGIN CREATE ROLE writer LOGIN; EXCEPTION WHEN duplicate_object THEN END $$"
GRANT = "GRANT ALL ON ALL TABLES IN SCHEMA public TO writer"
LEAVE = "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity WHERE usename = 'writer'"


@pytest.fixture
def postgres_url(servers: dict[str, Server]) -> Iterator[str]:
    """A database of a server."""
    server = servers["postgres"]
    name = server.create(server.migrated())
    yield server.url(name)
    server.drop(name)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (
            "ALTER DATABASE {} SET default_transaction_read_only = on",
            "ALTER DATABASE {} RESET default_transaction_read_only",
        ),
        (
            "ALTER ROLE writer IN DATABASE {} SET default_transaction_read_only = on",
            "ALTER ROLE writer IN DATABASE {} RESET default_transaction_read_only",
        ),
        ("REVOKE INSERT ON access_records FROM writer", "GRANT INSERT ON access_records TO writer"),
        ("REVOKE INSERT ON access_persons FROM writer", "GRANT INSERT ON access_persons TO writer"),
    ],
)
async def test_a_read_only_database_server(
    postgres_url: str, tmp_path: Path, before: str, after: str
) -> None:
    url = postgres_url.replace("postgres@", "writer@")
    name = f'"{postgres_url.rpartition("/")[2]}"'

    async def say(*statements: str) -> None:
        connection = await asyncpg.connect(
            postgres_url.replace("asyncpg:", "postgresql:"),
            server_settings={"default_transaction_read_only": "off"},
        )
        for statement in (*statements, LEAVE):
            await connection.execute(statement.format(name))
        await connection.close()

    await say(ROLE, GRANT)
    async with served(url, tmp_path) as client:
        await is_whole(client, tmp_path)
        await say(before)
        await is_degraded(client, tmp_path, "the database cannot be written")
        await say(after)
        await is_whole(client, tmp_path)


async def test_checkpoints_without_a_writable_folder(database_url: str, tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.touch()
    settings = Settings(
        "127.0.0.1", 0, tmp_path, database_url, "", keys=KEYS, checkpoints=file / "checkpoints"
    )
    async with served(database_url, tmp_path, settings) as client:
        await is_degraded(client, tmp_path, f"{CHECKPOINTS} it cannot be written")
        file.unlink()
        await is_whole(client, tmp_path)


async def test_a_disk_that_is_full_is_noticed_before_an_entry_is_lost(
    database_url: str, tmp_path: Path
) -> None:
    async with served(database_url, tmp_path) as client:
        await is_whole(client, tmp_path)
        with no_room():
            answer = await client.get("/healthz/ready")
        reason = f"no personal data: {CHECKPOINTS} it cannot be written"
        assert answer.json() == {"status": "degraded", "reason": reason}
        full = OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        with patch("models.readiness.os.posix_fallocate", side_effect=full):
            answer = await client.get("/healthz/ready")
            assert "\nerikti_degraded 1\n" in (await client.get("/metrics")).text
        reason = f"no personal data: {CHECKPOINTS} its disk is full"
        assert answer.json() == {"status": "degraded", "reason": reason}
        await is_whole(client, tmp_path)
        assert not list((tmp_path / "checkpoints").glob("tmp*"))


@contextmanager
def no_room() -> Iterator[None]:
    """Prevent this process from extending any file."""
    kept = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, kept[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, kept)


async def test_there_is_no_demo_mode_after_a_provider(database_url: str, tmp_path: Path) -> None:
    async with Database(database_url):
        await check_issuer(None)
        for _ in range(2):
            await check_issuer(ISSUER)
        with pytest.raises(ServedBeforeError, match=f"served with {ISSUER}"):
            await check_issuer(None)
    async with served(database_url, tmp_path) as client:
        answer = await client.get("/healthz/ready")
        reason = f"the database was served with {ISSUER}: demo mode is not allowed for it"
        assert (answer.status_code, answer.json()["reason"]) == (503, reason)
        await is_refused(client, tmp_path, reason)


async def is_refused(client: httpx.AsyncClient, data: Path, reason: str) -> None:
    """Fail unless every request is rejected, with a token or without."""
    for headers in ({}, bearer(data, "ministry")):
        answer = await client.post(
            "/graphql", json=PUBLIC, headers=headers | {"accept": "application/json"}
        )
        (error,) = answer.json()["errors"]
        assert (error["message"], error["extensions"]["code"]) == (reason, "UNAVAILABLE")


async def test_there_is_none_either_where_the_database_was_away_at_first(
    database_url: str, tmp_path: Path
) -> None:
    async with Database(database_url):
        await check_issuer(ISSUER)
    async with served(database_url, tmp_path) as client:
        with patch("models.issuers.check_issuer", side_effect=ConnectionRefusedError):
            await is_refused(
                client, tmp_path, "the database cannot be used: it refuses the connection"
            )
        reason = f"the database was served with {ISSUER}: demo mode is not allowed for it"
        await is_refused(client, tmp_path, reason)


async def test_there_is_none_any_more_once_it_is_served_with_a_provider(
    database_url: str, tmp_path: Path
) -> None:
    async with served(database_url, tmp_path) as client:
        await is_whole(client, tmp_path)
        await check_issuer(ISSUER)
        with patch("models.issuers.PAUSE", 0):
            while "errors" not in (await client.post("/graphql", json=PUBLIC)).json():  # noqa: ASYNC110
                await asyncio.sleep(0.01)
        reason = f"the database was served with {ISSUER}: demo mode is not allowed for it"
        await is_refused(client, tmp_path, reason)


async def test_a_provider_is_put_down_also_where_nothing_asks_for_readiness(
    database_url: str, tmp_path: Path
) -> None:
    settings = Settings("127.0.0.1", 0, tmp_path, database_url, "", keys=KEYS, oidc_issuer=ISSUER)
    async with served(database_url, tmp_path, settings) as client:
        assert "errors" not in (await client.post("/graphql", json=PUBLIC)).json()
    async with Database(database_url):
        with pytest.raises(ServedBeforeError):
            await check_issuer(None)


def test_serving_refuses_it_before_it_listens(tmp_path: Path) -> None:
    variables = {"ERIKTI_DATA": str(tmp_path)}
    with serving(**variables, ERIKTI_OIDC_ISSUER=ISSUER) as (client, _):
        assert client.get("/healthz/ready").json() == {"status": "ready"}
    ended = erikti("serve", **variables)
    told = f"erikti: the database was served with {ISSUER}: demo mode is not allowed for it\n"
    assert (ended.returncode, ended.stderr) == (1, told)
