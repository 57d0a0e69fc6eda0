"""An expensive operation that waits too long is charged for its document only."""

from pathlib import Path
from typing import Any

import httpx
import pytest

from erikti.endpoint.operations import READ
from erikti.guard.limits import Limits
from erikti.settings import Settings
from models.people import Language
from resolvers.context import Context
from schema.engine.parsed_documents import LONG
from tests.support.application import engine_of, served
from tests.support.databases import KEYS

LIMITS = Limits(expensive_seconds=0.01)
SEARCHING = '{ organisations(filter: { name: { contains: "ан", language: RU } }) { totalCount } }'
NEW = f"{{ regions {{ code }} }} # {'a' * LONG}"
CHEAP = "{ regions { code } }"
TYPED = {"Accept": "application/graphql-response+json"}


async def post(client: httpx.AsyncClient, query: str) -> tuple[int, Any, int]:
    """Return the status of a response, the code of its error, and the remaining budget."""
    answer = await client.post("/graphql", json={"query": query}, headers=TYPED)
    body = answer.json()
    code = body["errors"][0]["extensions"]["code"] if "errors" in body else None
    return answer.status_code, code, body["extensions"]["cost"]["budget"]["remaining"]


@pytest.mark.parametrize("query", [SEARCHING, NEW])
async def test_a_caller_that_waits_too_long_is_charged_for_the_document(
    database_url: str, tmp_path: Path, query: str
) -> None:
    settings = Settings("127.0.0.1", 0, tmp_path, database_url, "", keys=KEYS, limits=LIMITS)
    async with served(database_url, tmp_path, settings) as client:
        async with engine_of(client).expensive.slot(Context(Language.EN, b"", who="another")):
            status, _, left = await post(client, CHEAP)
            assert status == 200
            paid = 1 + len(query) // READ
            assert (await post(client, query))[1:] == ("UNAVAILABLE", left - paid)
            assert (await post(client, CHEAP))[2] == left - paid - 1
        assert (await post(client, query))[1] is None
