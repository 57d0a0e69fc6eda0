"""The example of a partner's subgraph by itself: persistence and authentication."""

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from erikti.auth.demo import ISSUER, DemoKeys
from erikti.settings import AUDIENCE
from interop.graph import PARTNER, partner, provider, token
from interop.packages import Packages

ISSUE = "mutation ($input: IssueCardInput!) { issueCard(input: $input) { issued } }"


@pytest.fixture(scope="module")
def issuer() -> Iterator[str]:
    """Yield a real provider."""
    with provider() as running:
        yield running


def test_cards_outlive_the_process(issuer: str, tmp_path: Path) -> None:
    headers = {"authorization": f"Bearer {token(issuer, 'cards:issue')}"}
    body = {"query": ISSUE, "variables": {"input": {"personId": "a person", "country": "KG"}}}
    for issued in (True, False):
        with partner(issuer, tmp_path / "cards.db") as url:
            answer = httpx.post(url, json=body, headers=headers).json()
            assert answer["data"]["issueCard"]["issued"] is issued


def test_scopes_are_checked_without_a_gateway_too(issuer: str, tmp_path: Path) -> None:
    representations = [{"__typename": "Person", "id": "a person"}]
    queries = [
        ("{ cards { number } }", {}),
        ('{ card(number: "KG-000001") { number } }', {}),
        (ISSUE, {"input": {"personId": "a person", "country": "KG"}}),
        (
            "query ($r: [_Any!]!) { _entities(representations: $r) "
            "{ ... on Person { card { number } } } }",
            {"r": representations},
        ),
    ]
    few = {"authorization": f"Bearer {token(issuer, 'cis_forum:read')}"}
    with partner(issuer, tmp_path / "cards.db") as url:
        for query, variables in queries:
            body = {"query": query, "variables": variables}
            for headers in ({}, few):
                (error, *_) = httpx.post(url, json=body, headers=headers).json()["errors"]
                assert error["extensions"]["code"] == "FORBIDDEN"


def test_tokens_of_a_demo_server_are_taken_with_its_key(tmp_path: Path) -> None:
    good = DemoKeys(tmp_path).token("analyst", AUDIENCE, {}, 60)
    keys = tmp_path / "keys.json"
    text = Packages(PARTNER).run("demo-keys.js", tmp_path / "demo-tokens.pem")
    keys.write_text(text, encoding="utf-8")
    with partner(ISSUER, tmp_path / "cards.db", KEYS=str(keys)) as url:
        for given, status in ((good, 200), (f"{good}x", 401)):
            headers = {"authorization": f"Bearer {given}"}
            answer = httpx.post(url, json={"query": "{ __typename }"}, headers=headers)
            assert answer.status_code == status
