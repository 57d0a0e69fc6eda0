"""A subscription by hash ends when its document is revoked."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from itertools import count
from pathlib import Path

from strawberry.types.graphql import OperationType

from erikti.auth.principal import PUBLIC
from erikti.endpoint.operations import Operations
from erikti.endpoint.requests import plain_request
from erikti.errors import OperationError
from erikti.guard.limits import Limits
from erikti.settings import Settings
from erikti.trusted_documents.lookup import TrustedDocuments
from erikti.trusted_documents.manifest import Manifest
from models.trusted_documents import EVERYONE, revoke
from resolvers.live_figures import LiveFigures
from resolvers.statistics import Figure, Statistics
from schema import schema
from schema.engine.engine import Engine, Prepared
from server import _guards
from tests.support.databases import KEYS
from tests.trusted_documents.asking import by_id, digest, published

FIGURES = "subscription { statisticsChanged(year: 2025) { year } }"
PATIENCE = 120


async def test_it_ends_at_the_first_event_after_its_document_was_revoked(
    database: str, tmp_path: Path
) -> None:
    numbers = count()

    async def counted(years: Sequence[int]) -> list[Statistics]:
        number = str(next(numbers))
        figure = Figure("Жобалар", "Проекты", "Projects", "projects", number, None, None, None)
        return [Statistics(year, [figure]) for year in years]  # other figures each time

    async def sign() -> int:
        return next(numbers)

    settings = Settings("127.0.0.1", 0, tmp_path, database, "", keys=KEYS)
    known = TrustedDocuments(manifest=Manifest(seconds=0))
    limits = replace(Limits(), watch_seconds=0.05, recount_seconds=0.05)
    figures = LiveFigures(counted, limits, sign)
    operations = Operations(
        Engine(schema), b"key", replace(_guards(settings, None), documents=known), figures
    )
    await published(FIGURES)
    request = plain_request("POST", by_id(FIGURES), {})
    asked = operations.begin("number", "address", PUBLIC, request)
    prepared = await operations.admit(asked, (OperationType.SUBSCRIPTION,))
    assert isinstance(prepared, Prepared)
    received = []
    try:
        async with asyncio.timeout(PATIENCE):
            async for _, data, errors in operations.events(asked, prepared):
                received.append((data, errors))
                if len(received) == 2:
                    await revoke(digest(FIGURES), [EVERYONE])
    except OperationError as ended:
        (error,) = ended.errors
    finally:
        await figures.close()
    assert received == [({"statisticsChanged": {"year": 2025}}, [])] * 2
    assert (error.extensions or {})["code"] == "PERSISTED_QUERY_NOT_FOUND"
