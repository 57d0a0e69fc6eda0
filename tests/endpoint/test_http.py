"""GraphQL over HTTP: methods, media types, origins, content codings, traces."""

import base64
import gzip
import logging
from collections.abc import AsyncIterator
from pathlib import Path

import brotli
import httpx
import pytest
import zstandard

from erikti.settings import Settings
from tests.support.application import bearer, served
from tests.support.databases import KEYS
from tests.support.processes import serving
from tests.support.talking import Talking

GRAPHQL = "application/graphql-response+json"
QUERY = "{ countries { code name } }"
PAGE = "https://dashboard.example"
TRACE = "0af7651916cd43dd8448eb211c80319c"
PARENT = f"00-{TRACE}-b7ad6b7169203331-01"


@pytest.fixture
async def client(populated: str, tmp_path: Path) -> AsyncIterator[httpx.AsyncClient]:
    """A client of a server for pages of one other origin."""
    settings = Settings("127.0.0.1", 0, tmp_path, populated, "", cors_origins=(PAGE,), keys=KEYS)
    async with served(populated, tmp_path, settings) as client:
        yield client


async def ask(client: httpx.AsyncClient, query: str = QUERY, **headers: str) -> httpx.Response:
    names = {name.replace("_", "-"): value for name, value in headers.items()}
    return await client.post("/graphql", json={"query": query}, headers=names)


def code(response: httpx.Response) -> str:
    found: str = response.json()["errors"][0]["extensions"]["code"]
    return found


@pytest.mark.parametrize("accept", ["application/json", GRAPHQL])
async def test_a_response_has_the_requested_media_type(
    client: httpx.AsyncClient, accept: str
) -> None:
    for query, status in ((QUERY, 200), ("{ nothing }", 400 if accept == GRAPHQL else 200)):
        response = await ask(client, query, accept=accept)
        assert (response.status_code, response.headers["content-type"]) == (status, accept)
        assert ("data" in response.json()) == (query == QUERY)


@pytest.mark.parametrize("accept", ["application/json", GRAPHQL])
async def test_variables_that_do_not_fit_begin_no_operation(
    client: httpx.AsyncClient, accept: str
) -> None:
    body = {"query": "query ($y: Int!) { statistics(year: $y) { year } }", "variables": {"y": "x"}}
    response = await client.post("/graphql", json=body, headers={"Accept": accept})
    assert response.status_code == (400 if accept == GRAPHQL else 200)
    assert "data" not in response.json()
    assert code(response) == "BAD_USER_INPUT"


async def test_introspection_answers_of_every_type_whether_it_is_one_of(
    server_alone: Talking,
) -> None:
    inner = "type { name isOneOf ofType { isOneOf ofType { isOneOf } } }"
    query = f"{{ __schema {{ types {{ isOneOf fields {{ {inner} }} }} directives {{ args {{ {inner} }} }} }} }}"
    async with server_alone.client() as client:
        response = await ask(client, query)
    assert "errors" not in response.json()


async def test_a_client_that_accepts_no_response_type_gets_406(client: httpx.AsyncClient) -> None:
    response = await ask(client, accept="text/plain, application/json;q=0")
    assert response.status_code == 406
    assert code(response) == "NOT_ACCEPTABLE"
    assert response.headers["content-type"] == "application/json"


@pytest.mark.parametrize("media", ["application/json", "APPLICATION/JSON; Charset=UTF-8"])
async def test_media_types_are_read_in_any_case(client: httpx.AsyncClient, media: str) -> None:
    body = b'{"query": "{ regions { code } }"}'
    response = await client.post("/graphql", content=body, headers={"Content-Type": media})
    assert len(response.json()["data"]["regions"]) == 20


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "TRACE", "GET, HEAD", "E"])
async def test_another_method_gets_the_allowed_methods(
    client: httpx.AsyncClient, method: str
) -> None:
    response = await client.request(method, "/graphql")
    assert response.status_code == 405
    assert response.headers["allow"] == "GET, HEAD, OPTIONS, POST"
    assert code(response) == "METHOD_NOT_ALLOWED"


async def test_options_lists_the_methods(client: httpx.AsyncClient) -> None:
    response = await client.options("/graphql")
    assert (response.status_code, response.content) == (204, b"")
    assert response.headers["allow"] == "GET, HEAD, OPTIONS, POST"
    assert "content-type" not in response.headers


@pytest.mark.usefixtures("processes")
def test_head_answers_as_get_without_the_body(tmp_path: Path) -> None:
    with serving(ERIKTI_DATA=str(tmp_path)) as (client, _):
        for accept in ("application/json", "text/html"):
            got, head = (
                client.request(
                    method, "/graphql", params={"query": QUERY}, headers={"Accept": accept}
                )
                for method in ("GET", "HEAD")
            )
            assert (head.status_code, head.content) == (200, b"")
            for name in ("content-type", "cache-control"):
                assert head.headers[name] == got.headers[name]
            assert int(head.headers["content-length"]) > 1000
        assert client.head("/graphql").status_code == 400


@pytest.mark.parametrize("extensions", [[], 0, "x"], ids=str)
async def test_extensions_are_an_object(client: httpx.AsyncClient, extensions: object) -> None:
    response = await client.post("/graphql", json={"query": QUERY, "extensions": extensions})
    assert response.status_code == 400
    assert "extensions: give an object" in response.text
    response = await client.get("/graphql", params={"query": QUERY, "extensions": "[]"})
    assert response.status_code == 400


async def test_pages_of_configured_origins_may_call_the_api(client: httpx.AsyncClient) -> None:
    preflight = await client.options(
        "/graphql",
        headers={
            "Origin": PAGE,
            "Access-Control-Request-Method": "POST",
            "Access-Control-Request-Headers": "authorization, content-type, x-purpose",
        },
    )
    assert preflight.status_code == 200
    assert preflight.headers["access-control-allow-origin"] == PAGE
    assert "access-control-allow-credentials" not in preflight.headers
    for query in (QUERY, "{ nothing }", "{ volunteers { totalCount } }"):
        response = await ask(client, query, origin=PAGE, accept=GRAPHQL)
        assert response.headers["access-control-allow-origin"] == PAGE
        assert "x-request-id" in response.headers["access-control-expose-headers"]


async def test_pages_of_other_origins_may_not(client: httpx.AsyncClient) -> None:
    other = "https://elsewhere.example"
    asked = {"Origin": other, "Access-Control-Request-Method": "POST"}
    assert (await client.options("/graphql", headers=asked)).status_code == 400
    assert "access-control-allow-origin" not in (await ask(client, origin=other)).headers


async def test_by_default_no_other_origin_may_call_the_api(populated: str, tmp_path: Path) -> None:
    async with served(populated, tmp_path) as client:
        assert "access-control-allow-origin" not in (await ask(client, origin=PAGE)).headers


@pytest.mark.parametrize("media", ["application/json", GRAPHQL])
async def test_an_answer_is_compressed_as_the_caller_can_read(
    client: httpx.AsyncClient, media: str
) -> None:
    plain = (await ask(client, accept=media, accept_encoding="identity")).json()["data"]
    readers = {
        "zstd": lambda body: zstandard.ZstdDecompressor().decompress(body),
        "br": brotli.decompress,
        "gzip": gzip.decompress,
    }
    for coding, read in readers.items():
        names = {"Accept": media, "Accept-Encoding": coding}
        async with client.stream(
            "POST", "/graphql", json={"query": QUERY}, headers=names
        ) as response:
            body = b"".join([part async for part in response.aiter_raw()])
        assert response.headers["content-encoding"] == coding
        assert "Accept-Encoding" in response.headers["vary"]
        assert "Authorization" in response.headers["vary"]
        assert len(body) == int(response.headers["content-length"])
        assert httpx.Response(200, content=read(body)).json()["data"] == plain


async def test_an_answer_keeps_its_tag_however_it_is_compressed(client: httpx.AsyncClient) -> None:
    tags = set()
    for coding in ("identity", "gzip", "br", "zstd"):
        response = await client.get(
            "/graphql", params={"query": QUERY}, headers={"Accept-Encoding": coding}
        )
        tags.add(response.headers["etag"])
    (tag,) = tags
    assert tag.startswith('W/"')
    unchanged = await client.get(
        "/graphql", params={"query": QUERY}, headers={"If-None-Match": tag}
    )
    assert (unchanged.status_code, unchanged.content) == (304, b"")


async def test_an_answer_names_the_trace_that_its_caller_began(client: httpx.AsyncClient) -> None:
    response = await ask(client, traceparent=PARENT, tracestate="vendor=1")
    assert response.headers["traceresponse"] == PARENT
    for other in ("", "rubbish", f"00-{'0' * 32}-b7ad6b7169203331-01", PARENT.upper(), PARENT[:-1]):
        assert "traceresponse" not in (await ask(client, traceparent=other)).headers


async def test_errors_are_logged_with_their_trace(
    client: httpx.AsyncClient, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_: object) -> None:
        raise RuntimeError

    monkeypatch.setattr("erikti.endpoint.operations.Operations.begin", fails)
    with caplog.at_level(logging.ERROR, "erikti.errors"):
        response = await ask(client, traceparent=PARENT)
        other = await ask(client)
    assert response.status_code == other.status_code == 500
    first, second = (record.getMessage() for record in caplog.records)
    assert first.startswith(f"trace {TRACE}, correlation id ")
    assert second.startswith("correlation id ")


async def test_the_request_id_of_the_client_is_logged_and_returned(
    client: httpx.AsyncClient, tmp_path: Path
) -> None:
    assert (await ask(client, x_request_id="REQ-1")).headers["x-request-id"] == "REQ-1"
    made = {(await ask(client)).headers["x-request-id"] for _ in range(2)}
    assert len(made) == 2
    refused = await ask(client, x_request_id="REQ-2", authorization="Bearer x")
    assert (refused.status_code, refused.headers["x-request-id"]) == (401, "REQ-2")
    known = await ask(client, x_request_id="REQ-3", **bearer(tmp_path, "analyst"))
    assert known.headers["x-request-id"] == "REQ-3"


async def test_a_gateway_gets_the_duration_of_an_operation(client: httpx.AsyncClient) -> None:
    told = (await ask(client, apollo_federation_include_trace="ftv1")).json()["extensions"]
    assert base64.b64decode(told["ftv1"])
    assert "ftv1" not in (await ask(client)).json()["extensions"]
