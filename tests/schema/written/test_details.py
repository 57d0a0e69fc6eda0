"""Details that are the same both ways: languages, pages without rows, records read twice."""

from dataclasses import replace

import pytest

from erikti.auth.scopes import Scope
from erikti.guard.limits import Limits
from models.people import Language
from resolvers.context import Context
from tests.access.callers import CALLERS, caller
from tests.support.queries import AS_REGISTRAR, KEY, ask, engine

INFO = "pageInfo { __typename } ", "pageInfo { hasPreviousPage }", "pageInfo { hasNextPage }"


@pytest.mark.usefixtures("open_nation")
async def test_one_document_is_written_in_the_language_of_each_caller() -> None:
    query = '{ region(by: { code: "KZ-10" }) { name } }'
    names = [(await ask(query, language=language))["region"]["name"] for language in Language]
    assert len(set(names)) == len(Language)


@pytest.mark.usefixtures("open_nation")
@pytest.mark.parametrize(
    "window", ['filter: { bin: { eq: "000000000000" } }', "first: 3", "last: 3"]
)
@pytest.mark.parametrize("field", INFO)
async def test_a_page_is_one_object_whatever_its_rows_are(window: str, field: str) -> None:
    for each in CALLERS.values():
        data = await ask(f"{{ organisations({window}) {{ {field} }} }}", caller=each)
        assert isinstance(data["organisations"]["pageInfo"], dict)


@pytest.mark.usefixtures("open_nation")
@pytest.mark.parametrize(
    "field", ["__schema { queryType { name } }", '__type(name: "Region") { name }']
)
async def test_introspection_is_executed_beside_written_fields(field: str) -> None:
    found = await ask(f"{{ a: {field} regions {{ code }} }}")
    assert len(found["regions"]) == 20
    assert found["a"]


@pytest.mark.usefixtures("open_nation", "generous")
async def test_a_record_that_is_read_twice_is_recorded_once() -> None:
    found = await ask("{ participations(first: 1) { nodes { volunteer { id } } } }", **AS_REGISTRAR)
    one = found["participations"]["nodes"][0]["volunteer"]["id"]
    fields = (
        "organisation { id } a: participations { nodes { id } } b: participations { nodes { id } }"
    )
    for query in (
        f'{{ a: volunteer(by: {{ id: "{one}" }}) {{ id }} b: volunteer(by: {{ id: "{one}" }}) {{ id }} }}',
        f'{{ nodes(ids: ["{one}", "{one}"]) {{ ... on Volunteer {{ {fields} }} }} }}',
        f'{{ node(id: "{one}") {{ ... on Volunteer {{ participations {{ nodes {{ volunteer {{ id }} }} }} }} }} }}',
        "{ participations(first: 50) { nodes { volunteer { id status } } } }",
        "{ a: participations(first: 50) { nodes { volunteer { id } } } "
        "b: participations(first: 50) { nodes { volunteer { status } } } }",
    ):
        assert await ask(query, **AS_REGISTRAR)


@pytest.mark.usefixtures("open_nation", "generous")
@pytest.mark.parametrize(
    ("written", "executed"),
    [
        (
            "volunteers(first: 2) { nodes { id } }",
            "volunteers(first: 2) { nodes { person { iin } } }",
        ),
        (
            "people(first: 2, orderBy: { field: DISPLAY_NAME }) { nodes { id } }",
            "people(first: 2, orderBy: { field: DISPLAY_NAME }) { nodes { email } }",
        ),
        (
            "regions { code volunteers(first: 1) { nodes { id } } }",
            "regions { volunteers(first: 1) { nodes { id person { email } } } }",
        ),
        (
            "placements(first: 3) { nodes { reports { nodes { placement { id } } } } }",
            "placements(first: 3) { nodes { person { sex } reports { nodes { placement { id } } } } }",
        ),
    ],
)
async def test_what_both_ways_read_is_recorded_once(written: str, executed: str) -> None:
    assert await ask(f"{{ a: {written} b: {executed} }}", **AS_REGISTRAR)


@pytest.mark.usefixtures("open_nation")
async def test_callers_of_two_regions_share_no_statement() -> None:
    query = "{ volunteers(first: 5) { nodes { region { code } } } }"
    for region in ("KZ-75", "KZ-71", "KZ-75"):
        bounded = caller(Scope.VOLUNTEERS_READ, region=region)
        nodes = (await ask(query, caller=bounded))["volunteers"]["nodes"]
        assert {node["region"]["code"] for node in nodes} == {region}


@pytest.mark.usefixtures("open_nation")
async def test_a_response_holds_no_more_objects_than_it_may() -> None:
    context = Context(Language.EN, KEY, CALLERS["analyst"], limits=replace(Limits(), nodes=5))
    result = await engine().execute("{ regions { code } }", context_value=context)
    assert result.errors is not None
    (error,) = result.errors
    assert (error.extensions or {})["limit"] == "nodes"
