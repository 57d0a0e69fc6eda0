"""Erikti and a partner's registry, two independent programs, behind one gateway."""

import json
import platform
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from interop.graph import Gateway, Graph, copied, grafbase, hive, partner, provider
from interop.recorder import recording, recording_sockets
from tests.support.processes import serving

COUNTRIES = "{ countries(cis: true) { code name servesWithoutVisa cardHolders } }"
PLACES = """{ issuingPlaces { __typename
  ... on Country { code cisStatus servesWithoutVisa } ... on Region { code organisations(first: 2) {
    nodes { bin } } } } }"""
DELEGATES = "{ delegates(first: 20) { nodes { person { id displayName cardName } } } }"
NAMES = "{ delegates(first: 20) { nodes { person { cardName familyName } } } }"
CARDS = "{ cards(first: 20) { number person { displayName } } }"
ISSUE = """mutation ($input: IssueCardInput!) { issueCard(input: $input) {
  issued card { number country { name } person { displayName cardName } } } }"""
LAUREATES = """{ laureates(first: 100) { nodes { nominee {
  ... on Person { id card { number } } } } } }"""
ISSUED = "subscription { cardIssued { number person { displayName cardName } } }"
FOLLOWED = "subscription { statisticsChanged(year: 2025) { year figures { code counted } } }"
NOTHING = "{ __typename @skip(if: true) }"
PURPOSE = {"x-purpose": "FORUM_PARTICIPATION"}
TRACE = "0af7651916cd43dd8448eb211c80319c"
# Grafbase's gateway is available only for one architecture.
GATEWAYS = [hive, grafbase] if platform.machine() == "x86_64" else [hive]


@pytest.fixture(scope="module")
def graph(data: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Graph]:
    """Yield both subgraphs, with tokens of a real provider."""
    folder = copied(data, tmp_path_factory.mktemp("erikti"))
    cards = tmp_path_factory.mktemp("registry") / "cards.db"
    with (
        provider() as issuer,
        serving(ERIKTI_DATA=str(folder), ERIKTI_OIDC_ISSUER=issuer) as (client, _),
        partner(issuer, cards) as registry,
        recording(f"{client.base_url}/graphql") as ours,
        recording(registry) as theirs,
    ):
        yield Graph(ours, theirs, issuer)


@pytest.fixture(scope="module", params=GATEWAYS, ids=lambda start: start.__name__)
def gateway(
    request: pytest.FixtureRequest, graph: Graph, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Gateway]:
    """Yield each of the gateways."""
    with request.param(graph, tmp_path_factory.mktemp("gateway")) as running:
        yield running


@pytest.fixture(autouse=True)
def fresh(graph: Graph) -> None:
    graph.clear()


@pytest.fixture(scope="module")
def bearer(graph: Graph) -> dict[str, str]:
    """Return the headers of a caller with all of the partner's scopes."""
    return {"authorization": f"Bearer {graph.token()}"} | PURPOSE


def ask(gateway: Gateway, query: str, headers: dict[str, str], **variables: Any) -> Any:
    """Return the data of an operation that must succeed."""
    answer = gateway.post(query, headers, variables).json()
    assert "errors" not in answer, answer["errors"]
    return answer["data"]


def refused(gateway: Gateway, query: str, headers: dict[str, str], **variables: Any) -> Any:
    """Return the errors of an operation that must fail."""
    answer = gateway.post(query, headers, variables).json()
    assert not any((answer.get("data") or {}).values()), answer
    assert answer["errors"]
    return answer["errors"]


def people(gateway: Gateway, bearer: dict[str, str]) -> list[dict[str, str]]:
    """Return the people of the partner's delegation."""
    nodes = ask(gateway, DELEGATES, bearer)["delegates"]["nodes"]
    return [node["person"] for node in nodes]


def entities(body: Any) -> list[Any]:
    """Return the representations in a request, for any variable names."""
    assert "_entities" in body["query"]
    given = body["variables"].values()  # Grafbase's gateway sends other arguments in them too
    return [item for value in given if isinstance(value, list) for item in value]


@pytest.mark.claim("one query is answered from both graphs, with @requires")
def test_a_query_joins_both(graph: Graph, gateway: Gateway, proven: Callable[..., None]) -> None:
    countries = ask(gateway, COUNTRIES, {"accept-language": "en"})["countries"]
    assert {key: value for key, value in countries[-1].items() if key != "cardHolders"} == {
        "code": "UZ",
        "name": "Uzbekistan",
        "servesWithoutVisa": True,
    }
    everyone = ask(gateway, COUNTRIES.replace("true", "false"), {})["countries"]
    assert {country["servesWithoutVisa"] for country in everyone} == {False}
    asked = entities(graph.registry.bodies[0])
    required = {item["cisStatus"] for item in asked if "cisStatus" in item}
    assert required == {"MEMBER", "ASSOCIATE"}
    proven(gateway.tool, gateway.version, f"{len(countries)} countries, each from both")


@pytest.mark.claim("a union of two entities is resolved by their keys, without aliases")
def test_a_union_of_entities_is_resolved_by_their_keys(
    graph: Graph, gateway: Gateway, proven: Callable[..., None]
) -> None:
    country, region = ask(gateway, PLACES, {})["issuingPlaces"]
    assert country == {
        "__typename": "Country",
        "code": "KG",
        "cisStatus": "MEMBER",
        "servesWithoutVisa": True,
    }
    assert (region["__typename"], region["code"]) == ("Region", "KZ-75")
    assert len(region["organisations"]["nodes"]) == 2
    asked = [item for body in graph.erikti.bodies for item in entities(body)]
    sent = {(item["__typename"], item["code"]) for item in asked}
    assert sent == {("Country", "KG"), ("Region", "KZ-75")}
    proven(gateway.tool, gateway.version, "Country and Region by `code`")


@pytest.mark.claim("a look-up by no key or by two is rejected")
def test_exactly_one_key_is_given(
    graph: Graph, gateway: Gateway, proven: Callable[..., None]
) -> None:
    query = "query ($by: OrganisationBy!) { organisation(by: $by) { id } }"
    for literal, variable in (
        ("{}", {}),
        ('{ id: "T3Jn", bin: "000140000015" }', {"id": "T3Jn", "bin": "000140000015"}),
    ):
        refused(gateway, f"{{ organisation(by: {literal}) {{ id }} }}", {})
        refused(gateway, query, {}, by=variable)
    where = (
        f"{len(graph.erikti.bodies)} by the subgraph"
        if graph.erikti.bodies
        else "before a request to the subgraph"
    )
    proven(gateway.tool, gateway.version, f"4 of 4 rejected, {where}")


@pytest.mark.claim("entities are requested in batches, one request to each subgraph")
def test_entities_come_in_one_batch(
    graph: Graph, gateway: Gateway, bearer: dict[str, str], proven: Callable[..., None]
) -> None:
    found = people(gateway, bearer)
    assert len(found) > 3
    assert all(person["cardName"].isascii() for person in found)
    (body,) = graph.registry.bodies
    taken = len(graph.erikti.requests)  # Hive Gateway loads delegates and then their people
    assert {item["id"] for item in entities(body)} == {person["id"] for person in found}
    graph.clear()
    assert len(ask(gateway, DELEGATES.replace("20", "2"), bearer)["delegates"]["nodes"]) == 2
    assert (len(graph.erikti.requests), len(graph.registry.requests)) == (taken, 1)
    for person in found:
        ask(gateway, ISSUE, bearer, input={"personId": person["id"], "country": "KG"})
    graph.clear()
    cards = ask(gateway, CARDS, bearer)["cards"]
    assert len(cards) == len({person["id"] for person in found})
    assert len(graph.erikti.requests) == len(graph.registry.requests) == 1
    assert len(entities(graph.erikti.bodies[0])) == len(cards)
    result = f"{len(cards)} people: 1 request to each subgraph"
    proven(gateway.tool, gateway.version, result)


@pytest.mark.claim("a mutation of the partner's is answered from both graphs")
def test_a_mutation_is_answered_from_both(
    graph: Graph, gateway: Gateway, bearer: dict[str, str], proven: Callable[..., None]
) -> None:
    person = people(gateway, bearer)[0]
    graph.clear()
    payload = ask(gateway, ISSUE, bearer, input={"personId": person["id"], "country": "KG"})
    again = ask(gateway, ISSUE, bearer, input={"personId": person["id"], "country": "KG"})
    card = payload["issueCard"]["card"]
    assert card["person"] == {key: person[key] for key in ("displayName", "cardName")}
    assert again["issueCard"] == {"issued": False, "card": card}
    changes = [body for body in graph.registry.bodies if "issueCard" in body["query"]]
    assert len(changes) == 2
    proven(gateway.tool, gateway.version, "done once, though requested twice")


@pytest.mark.claim("a subscription of the partner's is answered from both graphs (SSE)")
def test_a_subscription_is_answered_from_both(
    gateway: Gateway, bearer: dict[str, str], proven: Callable[..., None]
) -> None:
    with issuing(gateway, bearer):
        event = first(gateway, ISSUED, bearer)
    issued = event["data"]["cardIssued"]
    assert issued["number"].startswith("KG-")
    assert issued["person"]["displayName"]
    assert issued["person"]["cardName"].isascii()
    proven(gateway.tool, gateway.version, "the event has the person of the other graph")


@pytest.mark.claim("Erikti's own subscription passes through the gateway (SSE)")
def test_the_figures_are_followed_through_the_gateway(
    graph: Graph, gateway: Gateway, proven: Callable[..., None]
) -> None:
    event = first(gateway, FOLLOWED, {})
    assert event["data"]["statisticsChanged"]["year"] == 2025
    figures = event["data"]["statisticsChanged"]["figures"]
    assert "organisations" in {figure["code"] for figure in figures}
    assert "subscription" in graph.erikti.bodies[0]["query"]
    proven(gateway.tool, gateway.version, f"{len(figures)} figures, as they are now")


@pytest.mark.claim("Erikti's own subscription passes through the gateway (WebSocket to Erikti)")
@pytest.mark.parametrize("start", GATEWAYS)
def test_the_figures_are_followed_over_a_socket_to_erikti(
    start: Any, graph: Graph, bearer: dict[str, str], tmp_path: Path, proven: Callable[..., None]
) -> None:
    with (
        recording_sockets(graph.erikti.target, "graphql-transport-ws") as sockets,
        start(graph, tmp_path, sockets.url) as gateway,
    ):
        for headers in ({}, bearer):
            event = first(gateway, FOLLOWED, headers)
            assert event["data"]["statisticsChanged"]["year"] == 2025
            assert event["data"]["statisticsChanged"]["figures"]
    begun = [(said, how) for how, said in sockets.requests if said["type"] == "connection_init"]
    # Hive Gateway sends the token in the payload, Grafbase's in a header, with a null payload.
    places = [(said.get("payload") or {}) | how for said, how in begun]
    assert [place.get("authorization") for place in places] == [None, bearer["authorization"]]
    assert not graph.erikti.bodies
    proven(gateway.tool, gateway.version, "with and without a token, which is passed on")


def first(gateway: Gateway, subscription: str, headers: dict[str, str]) -> Any:
    """Return the first event of a subscription by server-sent events."""
    sse = headers | {"accept": "text/event-stream"}
    body = {"query": subscription}
    with httpx.stream("POST", gateway.url, json=body, headers=sse, timeout=30) as answer:
        assert answer.headers["content-type"].startswith("text/event-stream")
        lines = (line for line in answer.iter_lines() if line.startswith("data:"))
        return json.loads(next(lines)[5:])


@contextmanager
def issuing(gateway: Gateway, bearer: dict[str, str]) -> Iterator[None]:
    """Issue a card every second, since the start of a subscription is not observable."""
    nodes = ask(gateway, LAUREATES, bearer)["laureates"]["nodes"]
    people = [node["nominee"] for node in nodes if node["nominee"]]
    waiting = [person["id"] for person in people if person["card"] is None]
    ended = threading.Event()

    def issue() -> None:
        while not ended.wait(1):
            ask(gateway, ISSUE, bearer, input={"personId": waiting.pop(), "country": "KZ"})

    thread = threading.Thread(target=issue)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()


@pytest.mark.claim("token, purpose, language, request id and trace are passed on")
def test_headers_are_passed_on(
    graph: Graph, gateway: Gateway, bearer: dict[str, str], proven: Callable[..., None]
) -> None:
    sent = bearer | {"accept-language": "ru", "x-request-id": "request-17"}
    trace = {"traceparent": f"00-{TRACE}-b7ad6b7169203331-01"}
    ask(gateway, DELEGATES, sent | trace)
    for headers in (*graph.erikti.headers, *graph.registry.headers):
        assert sent.items() <= headers.items()
        assert TRACE in headers["traceparent"]
    proven(gateway.tool, gateway.version, "all reach both subgraphs")


@pytest.mark.claim("scopes are enforced at the gateway, before a subgraph is queried")
def test_scopes_are_enforced_before_a_subgraph_is_asked(
    graph: Graph, gateway: Gateway, proven: Callable[..., None]
) -> None:
    issue = {"input": {"personId": "x", "country": "KG"}}
    few = {"authorization": f"Bearer {graph.token('cis_forum:read')}"}
    refused(gateway, DELEGATES, {})
    refused(gateway, CARDS, few)
    refused(gateway, ISSUE, few, **issue)
    refused(gateway, "{ volunteers { totalCount } }", few)
    # Grafbase's gateway still sends the remaining operation, with an empty selection.
    asked = [*graph.erikti.bodies, *graph.registry.bodies]
    assert {body["query"].partition(" ")[2] for body in asked} <= {NOTHING}
    assert people(gateway, few)
    proven(gateway.tool, gateway.version, "4 of 4 rejected, no field requested from a subgraph")


@pytest.mark.claim("personal data needs a token, a scope and a purpose through the gateway too")
def test_personal_data_takes_token_scope_and_purpose(
    graph: Graph, gateway: Gateway, bearer: dict[str, str], proven: Callable[..., None]
) -> None:
    few = {"authorization": f"Bearer {graph.token('cis_forum:read')}"}
    named = ask(gateway, NAMES, bearer)["delegates"]["nodes"]
    assert any(node["person"]["familyName"] for node in named)
    names = {node["person"]["familyName"] for node in named} - {None}
    unsaid = {"authorization": bearer["authorization"]}
    for headers in (unsaid, few | PURPOSE, PURPOSE):
        answer = gateway.post(NAMES, headers, {})
        assert "errors" in answer.json()
        assert not any(name in answer.text for name in names)
    proven(gateway.tool, gateway.version, f"{len(names)} names with all three, none otherwise")


@pytest.mark.claim("an invalid token gets nothing through the gateway")
def test_a_bad_token_gets_nothing(
    graph: Graph, gateway: Gateway, bearer: dict[str, str], proven: Callable[..., None]
) -> None:
    for token in (f"{graph.token()}x", "junk", graph.token().rpartition(".")[0] + ".AAAA"):
        refused(gateway, COUNTRIES, {"authorization": f"Bearer {token}"})
        refused(gateway, DELEGATES, {"authorization": f"Bearer {token}"})
    assert people(gateway, bearer)
    proven(gateway.tool, gateway.version, "rejected, also for public data")
