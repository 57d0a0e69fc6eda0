"""Texts cannot leave their string in written JSON, and cannot pass for a mark in it."""

from datetime import date
from typing import Any

import pytest

from erikti.database.connection import connection, dialect
from models.people import Language
from models.volunteers import Organisation
from resolvers.context import Context
from tests.schema.written.hostile import TEXTS
from tests.schema.written.storing import unbounded
from tests.support.queries import KEY, REGISTRAR, ask, engine

LONG = 'ә"\\' * 2_500_000
QUERY = """{ organisations(first: 1, orderBy: [{ field: NAME }]) { totalCount
  pageInfo { hasNextPage endCursor } edges { cursor node { id name(language: KK)
  region { name(language: KK) organisations(first: 1) { totalCount nodes { name } } } } } } }"""


LIST = "{ organisations { nodes { name } } }"


async def write(text: str) -> None:
    """Give the organisation and its region this name."""
    for name in ("organisations", "regions"):
        sql = f"UPDATE {name} SET name_kk = {dialect().param(1)}"
        await connection().execute_query(sql, [text])


async def named() -> Any:
    """Return the names in the written response."""
    data = await ask(QUERY, caller=REGISTRAR)
    (edge,) = data["organisations"]["edges"]
    (inner,) = edge["node"]["region"]["organisations"]["nodes"]
    return edge["node"]["name"], edge["node"]["region"]["name"], inner["name"]


@pytest.fixture
async def one(database: str) -> None:
    """Make one organisation."""
    assert database
    of: dict[str, Any] = {"source_system": "T", "source_id": "1", "registered_on": date(2025, 1, 1)}
    await Organisation.create(name_kk="x", kind="STATE", region_id="KZ-10", **of)


@pytest.mark.usefixtures("one", "generous")
async def test_hostile_texts_stay_in_their_strings() -> None:
    for text in TEXTS:
        await write(text)
        assert await named() == (text, text, text), ascii(text)


@pytest.mark.usefixtures("one", "generous")
async def test_a_text_of_ten_megabytes_stays_in_its_string() -> None:
    await unbounded("organisations", ["name_kk"])
    spell = dialect().param(1)
    await connection().execute_query(f"UPDATE organisations SET name_kk = {spell}", [LONG])
    context = Context(Language.KK, KEY, REGISTRAR, limits=engine().limits)
    result = await engine().execute(LIST, context_value=context)
    assert result.errors is None
    assert result.data == {"organisations": {"nodes": [{"name": LONG}]}}
