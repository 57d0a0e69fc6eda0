"""A written response over the limit of bytes is the error of the executor, on both ways."""

from pathlib import Path

import pytest

from erikti.database.connection import Database, connection, dialect
from erikti.guard.limits import Limits
from schema.engine.engine import Engine
from tests.endpoint.fast_path.ways import error, post, ways
from tests.schema.written.storing import unbounded

BODY = {"query": '{ country(by: { code: "KZ" }) { name(language: KK) } }'}
UNIT = 'ә"\\\n'


@pytest.mark.parametrize("size", [10_000_000, 1_000])
async def test_a_text_is_sent_or_over_the_limit(
    database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, size: int
) -> None:
    text = UNIT * (size // len(UNIT.encode()))
    async with Database(database_url):
        await unbounded("countries", ["name_kk"])
        sql = f"UPDATE countries SET name_kk = {dialect().param(1)} WHERE code = 'KZ'"
        await connection().execute_query(sql, [text])
    limits = Limits(query_seconds=60, statement_seconds=60)
    async with ways(database_url, tmp_path, response_cache=False, limits=limits) as way:
        found = []
        for written in (True, False):
            if not written:
                monkeypatch.setattr(Engine, "_written", lambda *_: None)
            for client in (way.client, way.client, way.full):
                before = way.fast_path.operations
                found.append(await post(client, BODY))
                assert way.fast_path.operations - before == int(client is way.client)
        if size < limits.response_bytes:
            assert {each.json()["data"]["country"]["name"] for each in found} == {text}
        else:
            assert {error(each) for each in found} == {"LIMIT_EXCEEDED"}
            assert len({str(each.json()["errors"]) for each in found}) == 1
