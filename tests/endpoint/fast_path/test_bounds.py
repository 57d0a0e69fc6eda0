"""Memory of the fast path is bounded, and holds what was used last."""

import asyncio
import gc
from functools import partial
from pathlib import Path
from typing import Any
from weakref import ref

from starlette.types import ASGIApp, Receive, Scope, Send

from erikti.auth.principal import PUBLIC
from erikti.endpoint.http.fast_path.bounded import Bounded
from erikti.endpoint.http.fast_path.heads import Heads
from erikti.endpoint.http.fast_path.profiles import profile
from erikti.endpoint.http.fast_path.senders import Sender, Senders, View
from tests.endpoint.fast_path.ways import Ways
from tests.support.application import bearer

COUNTRIES = {"query": "{ countries { code } }"}
NODE = "query ($id: ID!) { node(id: $id) { ... on Country { code } } }"


def test_values_are_bounded_by_their_size_and_the_last_used_are_kept() -> None:
    found: Bounded[int, str] = Bounded(100)
    for number in range(50):
        found.put(number, str(number), 10)
        assert found.get(0) == "0"
        assert found.size <= 100
    assert (len(found), found.size) == (10, 100)
    assert found.get(1) is None
    assert found.get(49) == "49"
    found.put(0, "larger", 60)
    assert (found.get(0), found.size) == ("larger", 100)
    found.put(0, "too large", 101)
    assert (found.get(0), found.size) == (None, 40)
    found.pop(0)
    found.pop(49)
    assert (len(found), found.size) == (3, 30)


async def test_bodies_and_headers_are_bounded_by_their_bytes(way: Ways) -> None:
    fast_path = way.fast_path
    fast_path._bodies.most = 20_000
    fast_path._senders._senders.most = 20_000
    for number in range(50):
        body = {"query": "{ countries { code } }" + "#" * number}
        await way.post(body, {"accept-language": f"en;q=0.{number:03}"})
        await way.post(COUNTRIES)
    await way.fast(COUNTRIES)
    assert 10_000 < fast_path._bodies.size <= 20_000
    assert 10_000 < fast_path._senders._senders.size <= 20_000
    assert len(fast_path._bodies) <= 20
    assert len(fast_path._senders._views) == 2


async def test_responses_that_depend_on_no_record_count_too(way: Ways) -> None:
    small, large = {"query": "{ __typename }"}, {"query": "{ __schema { types { name } } }"}
    sizes = []
    for body in (small, large):
        before = way.fast_path._bodies.size
        response = await way.warm(body)
        sizes.append(way.fast_path._bodies.size - before)
        assert sizes[-1] > len(response.content) - 200  # without the extensions
    assert sizes[1] > sizes[0] + 5_000


async def test_heads_are_made_whole_by_requests_at_the_same_time() -> None:
    async def slow(app: ASGIApp, scope: Scope, receive: Receive, send: Send) -> None:
        await asyncio.sleep(0)
        await app(scope, receive, send)

    found = profile([(b"content-type", b"application/json")])
    assert found is not None
    heads = Heads(lambda app: partial(slow, app))
    sender = Sender([], {}, found, None, PUBLIC, None, View(), 0)
    made = await asyncio.gather(*(sender.head(heads, n) for n in (499, 500, 499, 500)))
    assert [head.coding for head in made] == [b""] * 4
    assert len(sender.heads) == 2


async def test_a_body_that_is_rejected_is_not_remembered(way: Ways, tmp_path: Path) -> None:
    analyst = bearer(tmp_path, "analyst")
    await way.warm(COUNTRIES, analyst)
    known, before = len(way.fast_path._bodies), way.fast_path.operations
    rejected = [{"query": "{ nothing }"}, {"query": "{"}, {"query": "mutation { x }"}, {"query": 5}]
    for body in (*rejected, b"{"):
        for _ in range(2):
            assert "errors" in (await way.slow(body, analyst)).json()
    assert way.fast_path.operations == before + 2 * 3  # the last two are no requests
    assert len(way.fast_path._bodies) == known


async def test_documents_that_are_evicted_are_not_kept(alone: Ways, way: Ways) -> None:
    for each, counter in ((alone, "written"), (way, "hits")):
        documents = each.fast_path._operations.engine.documents
        bodies: list[dict[str, Any]] = [{"query": COUNTRIES["query"] + "#" * n} for n in range(4)]
        bodies.append({"query": NODE, "variables": {"id": "Q291bnRyeTpLWg=="}})
        for body in bodies:
            await each.warm(body, counter=counter)
        nodes = [ref(documents.find(body["query"]).operation(None)) for body in bodies]
        documents._known.clear()
        gc.collect()
        assert [node() for node in nodes] == [None] * 5
        assert len(each.fast_path._bodies) == 5
        assert len(each.fast_path._live._known) == 5
        await each.warm(bodies[0], counter=counter)


async def test_headers_with_an_unknown_token_are_not_remembered(way: Ways) -> None:
    await way.warm(COUNTRIES)
    senders: Senders = way.fast_path._senders
    before = len(senders._senders)
    for number in range(10):
        response = await way.slow(COUNTRIES, {"authorization": f"Bearer {number}.a.b"})
        assert response.status_code == 401
    assert len(senders._senders) == before
