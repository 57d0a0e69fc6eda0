"""Published documents for tests, and requests by hash."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from hashlib import sha256
from pathlib import Path
from typing import Any

import httpx

from erikti.guard.trusted_clients import TrustedClients
from erikti.settings import Settings
from erikti.trusted_documents.files import Found
from erikti.trusted_documents.review import reviewed
from models.trusted_documents import EVERYONE, publish
from tests.support.application import served
from tests.support.databases import KEYS
from tests.support.queries import engine

REGIONS = "query Regions { regions { code } }"
COUNTRIES = "{ countries { code } }"
GRAPHQL = "application/graphql-response+json"


def digest(text: str) -> str:
    """Return the hash of a document."""
    return sha256(text.encode()).hexdigest()


def by_id(text: str, **more: Any) -> dict[str, Any]:
    """A request by ``documentId``."""
    return {"documentId": f"sha256:{digest(text)}", **more}


def automatic(text: str, **more: Any) -> dict[str, Any]:
    """Return the first request of Apollo's clients, which has only the hash."""
    return {"extensions": {"persistedQuery": {"version": 1, "sha256Hash": digest(text)}}, **more}


async def published(*texts: str, client: str = EVERYONE) -> None:
    """Publish documents in the open database."""
    await publish(reviewed((Found(text, "test") for text in texts), engine()), client)


@asynccontextmanager
async def trusting(
    url: str, data: Path, clients: str = "", **options: Any
) -> AsyncIterator[httpx.AsyncClient]:
    """A client of a server with these modes."""
    modes = TrustedClients.parse(clients)
    settings = Settings("127.0.0.1", 0, data, url, "", keys=KEYS, trusted_clients=modes, **options)
    async with served(url, data, settings) as client:
        yield client


async def post(client: httpx.AsyncClient, body: Any, **headers: str) -> httpx.Response:
    """Send a request by POST."""
    return await client.post("/graphql", json=body, headers=headers)


async def get(client: httpx.AsyncClient, body: dict[str, Any], **headers: str) -> httpx.Response:
    """Send a request by GET, with its values in the URL."""
    given = {k: v if isinstance(v, str) else json.dumps(v) for k, v in body.items()}
    return await client.get("/graphql", params=given, headers=headers)


def code(response: httpx.Response) -> str:
    """The code of the only error."""
    (error,) = response.json()["errors"]
    found: str = error["extensions"]["code"]
    return found
