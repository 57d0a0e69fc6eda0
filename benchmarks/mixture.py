"""A mixture of requests: public, authenticated, rejected, hostile and aborted."""

import random
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from benchmarks.operations import FOLDER
from erikti.auth.demo import DemoKeys
from erikti.settings import AUDIENCE
from tests.support.hostile import HOSTILE

BROKEN_OFF = 0.02  # maximum seconds before a client aborts
LIFETIME = 3_000  # seconds for which a token is valid, longer than a run
BOUNDS = {"region": {"region": "KZ-75"}, "partner": {"country": "KG"}}
ROLES = ("analyst", "ministry", "region", "partner", "liaison", "officer")
PERSONAL = "{ people(first: 20) { nodes { displayName email } } }"
DELEGATES = "{ delegates(first: 50) { nodes { person { id familyName } } } }"
RECORDS = (
    "{ people(first: 5) { nodes { accessRecords(first: 5) { nodes { decision coordinates } } } } }"
)
REGIONS = "{ regions { code name } }"


@dataclass(frozen=True)
class Kind:
    """One kind of request: its frequency, caller, document and expected statuses.

    ``new`` makes the text distinct, so that it is not cached; ``patience`` is the maximum number
    of seconds before its client aborts.
    """

    name: str
    weight: int
    text: str = ""
    role: str = ""
    purpose: str = ""
    variables: dict[str, Any] = field(default_factory=dict)
    statuses: tuple[int, ...] = (200,)
    errors: bool = False
    new: bool = False
    patience: float | None = None


def _document(name: str) -> str:
    return (FOLDER / f"{name}.graphql").read_text(encoding="utf-8")


def kinds() -> list[Kind]:
    """Return all kinds of requests."""
    page = _document("page")
    return [
        Kind("public", 20, REGIONS),
        Kind("public, a new document", 5, REGIONS, new=True),
        Kind("public page", 5, "{ organisations(first: 50) { nodes { name bin } totalCount } }"),
        Kind("analyst's page", 10, page, "analyst", variables={"first": 20}),
        Kind("ministry's page of 100", 5, page, "ministry", variables={"first": 100}, new=True),
        Kind("analyst's dashboard", 3, _document("dashboard"), "analyst", new=True),
        Kind("region's page", 5, page, "region", variables={"first": 20}, new=True),
        Kind("personal data", 10, PERSONAL, "ministry", "REGISTRATION"),
        Kind("partner's delegates", 5, DELEGATES, "partner", "FORUM_PARTICIPATION"),
        Kind("liaison's people", 3, PERSONAL, "liaison", "UN_PLACEMENT"),
        Kind("officer's records", 2, RECORDS, "officer"),
        Kind("refused field", 5, PERSONAL, "analyst", errors=True),
        Kind("bad token", 3, REGIONS, "bad", statuses=(401,), errors=True),
        Kind(
            "left by its caller",
            8,
            page,
            "ministry",
            new=True,
            variables={"first": 100},
            patience=BROKEN_OFF,
        ),
        Kind("hostile", 6, statuses=(200, 400, 413), errors=True),
    ]


class Mixture:
    """Sends requests of all kinds and counts the outcomes."""

    def __init__(self, client: httpx.AsyncClient, data: Path, seed: int = 4) -> None:
        self._client = client
        self._random = random.Random(seed)
        self._kinds = kinds()
        self._weights = [kind.weight for kind in self._kinds]
        keys = DemoKeys(data)
        self._tokens = {
            role: keys.token(role, AUDIENCE, BOUNDS.get(role, {}), LIFETIME) for role in ROLES
        } | {"bad": "x.y.z"}
        self._number = 0
        self.sent: Counter[str] = Counter()
        self.wrong: Counter[str] = Counter()

    async def send(self) -> None:
        """Send one request and check its response."""
        (kind,) = self._random.choices(self._kinds, self._weights)
        body, headers = self._request(kind)
        timeout = kind.patience and self._random.random() * kind.patience
        self.sent[kind.name] += 1
        try:
            answer = await self._client.post(
                "/graphql", json=body, headers=headers, timeout=timeout or 30
            )
        except httpx.TimeoutException:
            if timeout is None:
                self.wrong[f"{kind.name}: no answer"] += 1
            return
        except httpx.TransportError as error:
            self.wrong[f"{kind.name}: {type(error).__name__}"] += 1
            return
        self._judge(kind, answer)

    def _request(self, kind: Kind) -> tuple[dict[str, Any], dict[str, str]]:
        self._number += 1
        text, variables = kind.text, kind.variables
        if not text:
            hostile = self._random.choice(HOSTILE)
            text, variables = hostile.text, hostile.variables
        if kind.new:
            text += f"# {self._number}"
        headers = {}
        if kind.role:
            headers["Authorization"] = f"Bearer {self._tokens[kind.role]}"
        if kind.purpose:
            headers["X-Purpose"] = kind.purpose
        return {"query": text, "variables": variables}, headers

    def _judge(self, kind: Kind, answer: httpx.Response) -> None:
        if answer.status_code not in kind.statuses:
            self.wrong[f"{kind.name}: status {answer.status_code}"] += 1
        elif not kind.errors and "errors" in answer.json():
            self.wrong[f"{kind.name}: {answer.json()['errors'][0]['message']}"] += 1
