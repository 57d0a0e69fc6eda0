"""A value that may not be there is left to the executor, and orders are those of the loaders."""

from datetime import date
from typing import Any

import pytest

from erikti.database.connection import connection
from models.volunteers import Organisation
from tests.schema.written.storing import unchecked
from tests.support.queries import ask, execute

NAMED = "{ organisations { nodes { name region { code name } } } }"


@pytest.fixture
async def one(database: str) -> None:
    """Make one organisation."""
    assert database
    of: dict[str, Any] = {"source_system": "T", "source_id": "1", "registered_on": date(2025, 1, 1)}
    await Organisation.create(name_kk="x", kind="STATE", region_id="KZ-10", **of)


async def change(assigned: str) -> None:
    """Change the organisation."""
    await connection().execute_query(f"UPDATE organisations SET {assigned}")


@pytest.mark.usefixtures("one")
async def test_a_required_relation_without_a_record_is_an_error() -> None:
    await unchecked("organisations")
    await change("region_id = 'XX-99'")
    result = await execute(NAMED)
    assert result.errors
    assert result.errors[0].path == ["organisations", "nodes", 0, "region"]
    assert (await ask("{ organisations { nodes { name } } }"))["organisations"]["nodes"] == [
        {"name": "x"}
    ]


@pytest.mark.usefixtures("one")
async def test_a_text_without_any_language_is_an_error() -> None:
    await unchecked("organisations")
    for empty in ("NULL", "''"):
        await change(f"name_kk = {empty}, name_ru = {empty}, name_en = {empty}")
        result = await execute("{ organisations { nodes { name } } }")
        assert result.errors
        assert result.errors[0].path == ["organisations", "nodes", 0, "name"]


@pytest.mark.usefixtures("one")
async def test_an_empty_text_is_left_out_for_another_language() -> None:
    await unchecked("organisations")
    await change("name_kk = '', name_ru = 'y'")
    data = await ask("{ organisations { nodes { name } } }")
    assert data["organisations"]["nodes"] == [{"name": "y"}]
