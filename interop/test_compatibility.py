"""Apollo's tests of a federated subgraph, run on this schema class through a gateway."""

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import httpx
import pytest

from interop.compatibility import products
from interop.graph import ROOT, free_port, hive_gateway, serving_at
from interop.packages import Packages

TESTS = "@apollo/federation-subgraph-compatibility-tests"
OTHERS = {"users": 4002, "inventory": 4003}  # Apollo's own subgraphs
ROUTER = 4000  # where the tests expect the router


@pytest.fixture(scope="module")
def packages() -> Packages:
    """Return Apollo's tests, with two further subgraphs."""
    return Packages("compatibility")


@pytest.fixture(scope="module")
def subgraph(
    packages: Packages, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[httpx.Client]:
    """Start the subgraph, behind a gateway with both others."""
    folder = tmp_path_factory.mktemp("compatibility")
    schema = folder / "products.graphql"
    schema.write_text(products.schema.as_str(), encoding="utf-8")
    url = f"http://127.0.0.1:{free_port()}/"
    subgraphs = {"products": (url, schema)}
    command = [sys.executable, "-m", products.__name__]
    settings = packages.environment(PORT=url.split(":")[2].strip("/"))
    with ExitStack() as stack:
        stack.enter_context(serving_at(url, command, ROOT, settings, folder / "products.log"))
        for name, port in OTHERS.items():
            there = packages.path(TESTS) / "dist/subgraphs" / name
            address = f"http://localhost:{port}/"
            subgraphs[name] = (address, there / f"{name}.graphql")
            command = packages.command("index.js")
            log = folder / f"{name}.log"
            stack.enter_context(serving_at(address, command, there, packages.environment(), log))
        config = packages.folder / "gateway.js"
        stack.enter_context(hive_gateway(subgraphs, folder, config, ROUTER, "/"))
        yield stack.enter_context(httpx.Client(base_url=url))


@pytest.mark.claim("Apollo's subgraph compatibility tests pass through a gateway")
def test_all_of_apollos_tests_pass(
    packages: Packages, subgraph: httpx.Client, proven: Callable[..., None]
) -> None:
    text = packages.run("run.js", PRODUCTS_URL=str(subgraph.base_url))
    counted = json.loads(text.splitlines()[-1])
    assert counted["failures"] == counted["missing"] == []
    assert counted["passed"] == counted["total"] > 20
    result = f"{counted['passed']} of {counted['total']}"
    proven(TESTS, packages.version(TESTS), result)


@pytest.mark.claim("Apollo's library reads the trace that a gateway requests (ftv1)")
def test_apollo_reads_the_traces(
    packages: Packages, subgraph: httpx.Client, proven: Callable[..., None]
) -> None:
    bad = [{"__typename": "Product", "id": "apollo-federation"}, {"__typename": "Nothing"}]
    query = """query ($representations: [_Any!]!) {
      _entities(representations: $representations) { __typename } }"""
    headers = {"apollo-federation-include-trace": "ftv1"}
    body = {"query": query, "variables": {"representations": bad}}
    answer = subgraph.post("/", json=body, headers=headers).json()
    trace = json.loads(packages.run("decode.js", answer["extensions"]["ftv1"]))
    (field,) = trace["root"]["child"]
    (place,) = field["child"]
    (error,) = place["error"]
    assert (field["responseName"], place["index"]) == ("_entities", 1)
    assert error["message"] == answer["errors"][0]["extensions"]["code"] == "BAD_USER_INPUT"
    assert trace["durationNs"] > 0
    assert began(trace["startTime"]) <= began(trace["endTime"])
    library = "@apollo/usage-reporting-protobuf"
    proven(library, packages.version(library), "duration and errors by place")


def began(instant: Any) -> tuple[int, int]:
    """Parse an instant."""
    return instant["seconds"], instant["nanos"]
