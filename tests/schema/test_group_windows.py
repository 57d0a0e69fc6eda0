"""Two cursors give the groups between them, for every dimension."""

from itertools import product
from typing import Any

import pytest

from tests.schema.lists import DIMENSIONS
from tests.support.queries import AS_REGISTRAR, ask

pytestmark = pytest.mark.usefixtures("open_nation")


async def page(field: str, arguments: str) -> Any:
    """Return a page of groups."""
    text = f"""{{ {field} {{ groups({arguments}) {{ totalCount edges {{ cursor node {{ count }} }}
        pageInfo {{ hasNextPage hasPreviousPage }} }} }} }}"""
    return (await ask(text, **AS_REGISTRAR))[field]["groups"]


@pytest.mark.parametrize(("field", "dimension"), DIMENSIONS)
async def test_two_cursors_give_the_groups_between_them(field: str, dimension: str) -> None:
    by = f"by: [{dimension}]"
    total = (whole := await page(field, by))["totalCount"]
    edges = whole["edges"]
    assert len(edges) == min(total, 500) > 0
    places = sorted({0, len(edges) // 2, len(edges) - 1})
    for after, before in product(places, places):
        inside = edges[after + 1 : before]
        between = f'{by} after: "{edges[after]["cursor"]}" before: "{edges[before]["cursor"]}"'
        assert (await page(field, between))["edges"] == inside
        for argument, kept in (("first", inside[:2]), ("last", inside[-2:])):
            found = await page(field, f"{between} {argument}: 2")
            assert found["edges"] == kept, (after, before, argument)
            assert found["totalCount"] == total
            more = len(inside) > 2
            assert found["pageInfo"]["hasNextPage"] is (argument == "last" or more)
            assert found["pageInfo"]["hasPreviousPage"] is (argument == "first" or more)
