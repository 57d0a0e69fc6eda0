"""Commands that write invalidate the shared cache."""

import asyncio
import shutil
from pathlib import Path

import pytest
from valkey import Valkey

from erikti.cache import Answer, ResponseCache
from tests.support.processes import erikti
from tests.support.valkey import client_of

pytestmark = pytest.mark.usefixtures("processes")

HEADER = "source_system,source_id,name_ru,region,kind,registered_on\n"
GOOD = "TEST,1,Организация,KZ-75,STUDENT,2025-01-01\n"
WRONG = "TEST,2,Организация,KZ-75,STUDENT,2025-13-01\n"
TAGS = ("Organisation", "Forum")
UNREACHABLE = "redis://:hidden@127.0.0.1:1"


def answers(url: str, body: bytes) -> list[bytes]:
    """Return the cached bodies for each of the tags, computing ``body`` if there is none."""

    async def compute() -> Answer:
        return Answer(body, "", 60)

    async def serve() -> list[bytes]:
        async with client_of(url) as valkey:
            cache = ResponseCache(valkey)
            found = [await cache.answer(tag.encode(), {tag}, compute) for tag in TAGS]
            await cache.close()
        return [answer.body for answer in found]

    return asyncio.run(serve())


@pytest.fixture(scope="module")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with a migrated database, to be copied."""
    folder = tmp_path_factory.mktemp("migrated")
    assert erikti("migrate", ERIKTI_DATA=str(folder)).returncode == 0
    return folder


@pytest.fixture
def data(tmp_path: Path, migrated: Path, valkey_client: Valkey, valkey_url: str) -> dict[str, str]:
    """Return the environment of commands on a migrated database, with cached responses."""
    assert not valkey_client.keys()
    assert answers(valkey_url, b"kept") == [b"kept", b"kept"]
    folder = shutil.copytree(migrated, tmp_path / "data")
    return {"ERIKTI_DATA": str(folder), "CACHE_URL": valkey_url}


def organisations(folder: Path, rows: str) -> str:
    """Write a file and return its path."""
    path = folder / "organisations.csv"
    path.write_text(HEADER + rows, encoding="utf-8")
    return str(path)


def test_an_import_invalidates_responses_with_changed_models(
    data: dict[str, str], tmp_path: Path
) -> None:
    file = organisations(tmp_path, GOOD + WRONG)
    assert erikti("import", "organisations", file, **data).returncode == 1
    assert answers(data["CACHE_URL"], b"new") == [b"kept", b"kept"]
    file = organisations(tmp_path, GOOD)
    for body in (
        b"new",
        b"newer",
    ):  # the second import changes nothing, but an invalidation may have been lost
        imported = erikti("import", "organisations", file, **data)
        assert (imported.returncode, "CACHE_URL" in imported.stderr) == (0, False), imported.stderr
        assert answers(data["CACHE_URL"], body) == [body, b"kept"]


def test_the_demo_invalidates_every_response(data: dict[str, str]) -> None:
    assert erikti("demo", "--scale", "0.001", **data).returncode == 0
    assert answers(data["CACHE_URL"], b"new") == [b"new", b"new"]
    assert erikti("demo", "--scale", "0.002", **data).returncode == 1
    assert answers(data["CACHE_URL"], b"newer") == [b"new", b"new"]


def test_a_migration_invalidates_every_response(data: dict[str, str], tmp_path: Path) -> None:
    assert erikti("migrate", **data).returncode == 0
    assert answers(data["CACHE_URL"], b"new") == [b"kept", b"kept"]
    another = {**data, "ERIKTI_DATA": str(tmp_path / "another")}
    assert erikti("migrate", **another).returncode == 0
    assert answers(data["CACHE_URL"], b"new") == [b"new", b"new"]


def test_an_unavailable_cache_is_reported_in_one_line_without_changing_exit_codes(
    data: dict[str, str], tmp_path: Path
) -> None:
    away = {**data, "CACHE_URL": UNREACHABLE}
    for rows, code, lines in ((GOOD, 0, 1), (GOOD + WRONG, 1, 0)):
        file = organisations(tmp_path, rows)
        imported = erikti("import", "organisations", file, **away)
        assert imported.returncode == code, imported.stderr
        warnings = [line for line in imported.stderr.splitlines() if "cache" in line.lower()]
        assert len(warnings) == lines
        assert all("up to 60 seconds old" in line for line in warnings)
        assert "hidden" not in imported.stderr
        assert "Traceback" not in imported.stderr
