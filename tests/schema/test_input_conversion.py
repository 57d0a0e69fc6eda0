"""Inputs are converted once per operation, even if many fields use them."""

from collections import Counter
from typing import Any

import pytest
from strawberry.types.lazy_type import LazyType

import resolvers.filters
from tests.support.queries import ask

pytestmark = pytest.mark.usefixtures("open_nation", "generous", "executed")
CONDITIONS, PLACES = 100, 20
ONE = "organisations(filter: $filter, first: {n}) {{ nodes {{ id }} }}"
DOCUMENT = "query ($filter: OrganisationFilter) {{ {fields} }}".format(
    fields=" ".join(f"a{n}: {ONE.format(n=n)}" for n in range(1, PLACES + 1))
)


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """Count created inputs, computed conditions and lookups of lazy types."""
    found: Counter[str] = Counter()

    def count(owner: Any, name: str) -> None:
        truth = getattr(owner, name)

        def counted(*arguments: Any) -> Any:
            found[name] += 1
            return truth(*arguments)

        monkeypatch.setattr(owner, name, counted)

    count(resolvers.filters, "_part")
    count(LazyType, "resolve_type")
    return found


async def test_a_variable_is_converted_once_for_all_of_its_places(calls: Counter[str]) -> None:
    region = {"region": {"code": {"eq": "KZ-75"}}}
    await ask(DOCUMENT, filter={"or": [region] * CONDITIONS})
    # Each condition consists of a relation and a column; all of them are in one `or`.
    assert calls == {"_part": 1 + 2 * CONDITIONS}


async def test_values_in_the_document_are_converted_where_they_stand(calls: Counter[str]) -> None:
    data = await ask(
        '{ a: organisations(filter: { region: { code: { eq: "KZ-75" } } }) { totalCount }'
        ' b: organisations(filter: { region: { code: { eq: "KZ-71" } } }) { totalCount } }'
    )
    assert data["a"] != data["b"]
    assert calls == {"_part": 4}


async def test_inputs_have_the_values_that_strawberry_would_give_them() -> None:
    order = [{"field": "NAME", "direction": "DESC", "language": "EN"}, {"field": "REGISTERED_ON"}]
    query = """query ($order: [OrganisationOrder!], $down: EriktiOrderDirection! = DESC) {
      a: organisations(first: 5, orderBy: $order) { nodes { id } }
      b: organisations(first: 5, orderBy: [{ field: NAME, language: EN, direction: $down },
                                           { field: REGISTERED_ON }]) { nodes { id } }
      c: organisations(first: 5, orderBy: [{ field: NAME, language: EN }]) { nodes { id } } }"""
    data = await ask(query, order=order)
    assert data["a"] == data["b"] != data["c"]
