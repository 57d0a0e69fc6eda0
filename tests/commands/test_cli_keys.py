"""The commands for keys, and a server's start without keys, in real processes."""

import asyncio
from pathlib import Path

import pytest

from erikti.database.connection import Database
from erikti.importers import load
from erikti.sealing import HASH, new_entry
from tests.importers.samples import volunteers
from tests.models.sealing import read, using
from tests.support.databases import KEYS
from tests.support.processes import erikti, serving

pytestmark = pytest.mark.usefixtures("processes")

HASHES = KEYS.split(",")[1]


async def _fill(url: str) -> None:
    async with Database(url):
        assert (await load("volunteers", volunteers(20))).committed


async def _read(url: str) -> list[str]:
    async with Database(url):
        return sorted(iin or "" for iin, *_ in (await read()).values())


def test_keys_are_rotated_while_the_server_serves(database_url: str, tmp_path: Path) -> None:
    asyncio.run(_fill(database_url))
    before = asyncio.run(_read(database_url))
    where = {"DATABASE_URL": database_url, "ERIKTI_DATA": str(tmp_path)}
    made = erikti("keys", "new", "k2").stdout.strip()
    both = where | {"ERIKTI_KEYS": f"{made},{KEYS}"}
    with serving(**both) as (client, _):
        status = erikti("keys", "status", **both).stdout
        assert [line.split()[1:4:2] for line in status.splitlines() if "│ k" in line] == [
            ["k1", "20"],
            ["k2", "0"],
        ]
        done = erikti("keys", "rotate", **both)
        assert done.returncode == 0, done.stderr
        assert "20 values sealed with the key 'k2'" in done.stdout
        assert "ERIKTI_KEYS needs only 'k2' and 'hash'" in done.stdout
        answer = client.post("/graphql", json={"query": "{ regions { code } }"}).json()
        assert len(answer["data"]["regions"]) == 20
    alone = where | {"ERIKTI_KEYS": f"{made},{HASHES}"}
    assert erikti("keys", "rotate", **alone).stdout.startswith("0 values")
    with using(f"{made},{HASHES}"):
        assert asyncio.run(_read(database_url)) == before


def test_nothing_starts_without_a_key_that_the_database_needs(
    database_url: str, tmp_path: Path
) -> None:
    asyncio.run(_fill(database_url))
    where = {"DATABASE_URL": database_url, "ERIKTI_DATA": str(tmp_path), "PORT": "1"}
    other = new_entry("k2")
    runs = (
        ("", "serve"),
        (f"{other},{HASHES}", "keys rotate"),
        (f"{new_entry('k1')},{HASHES}", "migrate"),
    )
    for keys, command in runs:
        refused = erikti(*command.split(), **where, ERIKTI_KEYS=keys)
        assert refused.returncode == 1, command
        assert "the key 'k1'" in refused.stderr
        assert "Traceback" not in refused.stderr
        assert other.partition(":")[2] not in refused.stderr
    rehashed = f"{KEYS.split(',')[0]},{new_entry(HASH)}"
    refused = erikti("serve", **where, ERIKTI_KEYS=rehashed)
    assert (refused.returncode, "run erikti keys rotate" in refused.stderr) == (1, True)


def test_without_keys_a_file_of_them_is_made(empty_url: str, tmp_path: Path) -> None:
    where = {"DATABASE_URL": empty_url, "ERIKTI_DATA": str(tmp_path), "ERIKTI_KEYS": ""}
    assert erikti("migrate", **where).returncode == 0
    file = tmp_path / "sealing.keys"
    kept = file.read_text()
    assert erikti("migrate", **where).returncode == 0
    assert file.read_text() == kept
    file.write_text(f"{new_entry()}\n{kept}")
    assert erikti("keys", "rotate", **where).returncode == 0
    file.unlink()
    assert "which is not among the keys in use" in erikti("migrate", **where).stderr
