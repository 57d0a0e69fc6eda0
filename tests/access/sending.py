"""Requests of every kind, each with a value in a place where a client might put it."""

import json
import re
from collections.abc import Iterator
from typing import Any

import httpx

REGIONS = "{ regions { code } }"
NAMED = "query ($n: String!) { people(filter: { displayName: { eq: $n } }) { totalCount } }"
COUNTED = "query ($n: Int!) { people(first: $n) { totalCount } }"
DATED = "query ($n: Date!) { people(filter: { recordedOn: { eq: $n } }) { totalCount } }"
FOUND = "query ($n: ID!) { node(id: $n) { id } nodes(ids: [$n]) { id } }"
AFTER = "query ($n: String!) { people(after: $n) { totalCount } }"
ENTITY = 'query ($n: String!) { _entities(representations: [{ __typename: $n }, { __typename: "Person", id: $n }, { __typename: "Region", code: $n }]) { __typename } }'
WITH_VARIABLES = (
    NAMED,
    COUNTED,
    DATED,
    FOUND,
    AFTER,
    ENTITY,
    "query ($n: [Int]) { people { totalCount } }",
)
HEADERS = ("X-Purpose", "X-Request-Id", "Accept-Language", "Accept", "User-Agent", "Referer")
MORE_HEADERS = ("X-Forwarded-For", "If-None-Match", "Cookie", "Authorization", "Traceparent")
PATHS = ("/graphql", "/graphql/", "/healthz/ready", "/healthz/live", "/metrics", "/", "/nowhere")

Request = dict[str, Any]


def posted(text: str, **more: Any) -> Request:
    """Return a request with a document in its body."""
    return {"method": "POST", "url": "/graphql", "json": {"query": text, **more}}


def requests(value: str) -> Iterator[Request]:
    """Yield every way to send a value."""
    quoted, name = json.dumps(value), "x" + re.sub(r"\W", "_", value)
    for text in WITH_VARIABLES:
        yield posted(text, variables={"n": value})
        yield posted(text, variables={"n": [value], value: {value: value}})
    for document in _documents(value, quoted, name):
        yield posted(document)
        yield {"method": "GET", "url": "/graphql", "params": {"query": document}}
    yield posted(REGIONS, operationName=value)
    yield posted(REGIONS, variables=value)
    yield posted(value)
    yield {**posted(REGIONS), "json": {"query": [value], value: value}}
    for header in (*HEADERS, *MORE_HEADERS):
        yield {**posted(REGIONS), "headers": {header: value}}
    # Requests with a purpose, and rejected ones, are recorded in the access log.
    yield {**posted("{ people { nodes { familyName } } }"), "headers": {"X-Purpose": value}}
    yield posted(f"# {value}\n{{ people {{ nodes {{ familyName }} }} }}")
    for scheme in ("Bearer", "Basic", "DPoP"):
        yield {**posted(REGIONS), "headers": {"Authorization": f"{scheme} {value}"}}
    yield from _bodies(value)
    yield from _urls(value)


def _documents(value: str, quoted: str, name: str) -> Iterator[str]:
    yield f"{{ people(filter: {{ displayName: {{ eq: {quoted} }} }}) {{ totalCount }} }}"
    yield f"{{ people(first: {quoted}) {{ totalCount }} }}"
    yield f"{{ people(filter: {{ recordedOn: {{ eq: {quoted} }} }}) {{ totalCount }} }}"
    yield f"{{ people(orderBy: [{name}]) {{ totalCount }} }}"
    yield f"{{ people({name}: 1) {{ totalCount }} }}"
    yield f"{{ {name} }}"
    yield f"{{ {name}: regions {{ code }} }}"
    yield f"query {name} {REGIONS}"
    yield f"query (${name}: Int) {REGIONS}"
    yield f"{{ regions {{ ...{name} }} }}"
    yield f"fragment {name} on Region {{ code }} {{ regions {{ ...{name} }} }}"
    yield f"{{ regions @{name} {{ code }} }}"
    yield f"# {value}\n{REGIONS}"
    yield f"{{ regions(code: {quoted}"
    yield value


def _bodies(value: str) -> Iterator[Request]:
    json_type = {"Content-Type": "application/json"}
    for body in (
        f'{{"query": "{value}',
        f"[{json.dumps(value)}]",
        f'{{"{value}": 1, "{value}": 2}}',
    ):
        yield {"method": "POST", "url": "/graphql", "content": body, "headers": json_type}
    yield {"method": "POST", "url": "/graphql", "content": value}
    yield {"method": "POST", "url": "/graphql", "data": {"query": value}}


def _urls(value: str) -> Iterator[Request]:
    for path in PATHS:
        yield {"method": "GET", "url": path, "params": {"query": REGIONS, "n": value, value: "1"}}
        yield {"method": "GET", "url": f"{path.rstrip('/')}/{value}"}
    for text in WITH_VARIABLES:
        given = {"query": text, "variables": json.dumps({"n": value})}
        yield {"method": "GET", "url": "/graphql", "params": given}
    yield {"method": "GET", "url": "/graphql", "params": {"query": REGIONS, "access_token": value}}
    yield {"method": "PUT", "url": "/graphql", "params": {"query": value}}


def codes(response: httpx.Response) -> set[str]:
    """Return the codes of the errors in a response."""
    if "json" not in response.headers.get("content-type", ""):
        return set()
    return {error["extensions"]["code"] for error in response.json().get("errors", ())}


def absent(text: str, *canaries: str) -> None:
    """Fail if a text contains a canary, naming the canary but not the text around it."""
    assert not [canary for canary in canaries if canary in text]
