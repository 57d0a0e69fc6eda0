"""Schemathesis fuzzes every root field in process, as several callers."""

import json
import os
import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from importlib.metadata import version
from itertools import product
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from graphql import (
    REMOVE,
    ArgumentNode,
    NameNode,
    ObjectFieldNode,
    ObjectValueNode,
    Visitor,
    parse,
    print_ast,
    visit,
)
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from schemathesis.graphql import nodes, scalar
from schemathesis.python import asgi
from schemathesis.specs.openapi.checks import response_schema_conformance

from erikti.auth.demo import DemoKeys
from erikti.errors import STATUSES
from erikti.guard.limits import Limits
from erikti.settings import AUDIENCE, Settings
from schema import schema
from server import create_app

SETTINGS = settings(
    max_examples=int(os.environ.get("FUZZ_EXAMPLES", "10")),  # documents of each field
    database=None,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    print_blob=True,
)
FIELDS = list(schema._schema.query_type.fields)  # type: ignore[union-attr]
CALLERS = (None, "analyst", "ministry", "gateway")
DOCUMENTED = STATUSES.keys() - {"INTERNAL", "UNAVAILABLE"}
# Parts of messages of Python, drivers and databases, which must not occur in responses.
INTERNAL = re.compile(
    r"Traceback|\.py\b|site-packages|object at 0x|\b[A-Z]\w+(Error|Exception)\b|\bNoneType\b"
    r"|\bSELECT\b|\bWHERE\b|sqlite|asyncpg|tortoise|strawberry|graphql[-_.]core"
)
SOME_IDS = """{
  regions { id } organisations(first: 2) { nodes { id } } volunteers(first: 2) { nodes { id } }
  people(first: 2) { nodes { id } } placements(first: 2) { nodes { id } }
}"""


@dataclass
class Fuzzed:
    """The application under Schemathesis, and its responses."""

    schema: Any
    headers: list[dict[str, str]]
    outcomes: Counter[str] = field(default_factory=Counter)

    def send(self, case: Any) -> None:
        """Send a case as every caller and check that each response is documented."""
        texts = {case.body, _paged(case.body)}
        for text, headers in product(texts, self.headers):
            case.body = text
            response = case.call(headers=headers)
            assert response.status_code < 500, (response.text, text)
            assert response.headers["content-type"] == ["application/json"]
            answer = json.loads(response.content)
            errors = answer.get("errors", [])
            for error in errors:
                assert error["extensions"]["code"] in DOCUMENTED, (error, text)
                assert not INTERNAL.search(json.dumps(error, ensure_ascii=False)), (error, text)
            if not errors:
                case.validate_response(response, checks=[response_schema_conformance])
            codes = sorted({error["extensions"]["code"] for error in errors})
            self.outcomes[", ".join(codes) or "answered"] += 1


@pytest.fixture(scope="module")
def fuzzed(data: Path) -> Iterator[Fuzzed]:
    """Yield the application on the small generated country, in this process."""
    limits = replace(Limits(), budget=10**9, public_budget=10**9)
    made = Settings("127.0.0.1", 0, data, f"sqlite://{data}/erikti.db", "", limits=limits)
    app: Any = create_app(made)
    keys = DemoKeys(data)
    tokens = [keys.token(role, AUDIENCE, {}, 3600) if role else None for role in CALLERS]
    headers = [{"Authorization": f"Bearer {token}"} if token else {} for token in tokens]
    headers = [{**found, "X-Purpose": "REGISTRATION"} for found in headers]
    try:
        found = schemathesis.graphql.from_asgi("/graphql", app).include(name_regex=r"Query\.")
        with asgi.get_client(app) as client:
            answer = client.post("/graphql", json={"query": SOME_IDS}, headers=headers[2]).json()
        _teach(re.findall(r'"id": "([^"]+)"', json.dumps(answer)))
        yield Fuzzed(found, headers)
    finally:
        asgi.shutdown_lifespans()


@pytest.mark.claim("No field responds to junk with a 500, an unknown code or an internal message")
def test_every_field_answers_whatever_it_is_asked(
    fuzzed: Fuzzed, proven: Callable[..., None]
) -> None:
    for name in FIELDS:
        cases = fuzzed.schema["Query"][name].as_strategy()

        @SETTINGS
        @given(case=cases)
        def fuzz(case: Any) -> None:
            fuzzed.send(case)

        fuzz()
    found, requested = fuzzed.outcomes, fuzzed.outcomes.total()
    assert requested >= len(FIELDS) * len(CALLERS)
    for outcome in ("answered", "BAD_USER_INPUT", "FORBIDDEN", "LIMIT_EXCEEDED", "NOT_FOUND"):
        assert found[outcome], found
    result = f"{requested} requests, {found['answered']} answered, the others rejected with a code"
    proven("Schemathesis", version("schemathesis"), result)


def _paged(text: str) -> str:
    """Return the document with ``last`` and ``before`` replaced, so lists start at the beginning."""
    return print_ast(visit(parse(text), _Forward()))


class _Forward(Visitor):
    def enter_argument(self, node: ArgumentNode, *_: object) -> object:
        return REMOVE if node.name.value in ("after", "before", "last") else None


def _teach(ids: list[str]) -> None:
    """Register strategies with Schemathesis that mostly generate valid values."""
    text = st.text(max_size=10)
    known = {
        "ID": st.sampled_from(ids),
        "Date": st.dates().map(str),
        "DateTime": st.sampled_from(["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-12:00"])
        | st.datetimes().map(lambda t: f"{t.isoformat()}Z"),
        "Decimal": st.sampled_from(["1e999999", "-1e-999999"])
        | st.decimals(allow_nan=False, allow_infinity=False).map(str),
        "CountryCode": st.sampled_from(["KZ", "KG", "XX"]),
        "RegionCode": st.sampled_from(["KZ-75", "KZ-10", "KZ-00"]),
        "CurrencyCode": st.sampled_from(["KZT", "USD", "XXX"]),
    }
    for name, values in known.items():
        scalar(name, (values | text).map(nodes.String))
    numbers = st.integers(1, 30) | st.integers(2018, 2028) | st.integers(-(2**31), 2**31 - 1)
    scalar("Int", numbers.map(nodes.Int))
    types = st.sampled_from(["Person", "Region", "Country", "Nothing"]).map(nodes.String)
    keys = (st.sampled_from(ids) | text).map(nodes.String) | st.integers().map(nodes.Int)
    fields = st.fixed_dictionaries({"__typename": types}, optional={"id": keys, "code": keys})
    scalar("_Any", fields.map(_object) | keys)


def _object(fields: dict[str, Any]) -> ObjectValueNode:
    return nodes.Object(
        [ObjectFieldNode(name=NameNode(value=name), value=value) for name, value in fields.items()]
    )
