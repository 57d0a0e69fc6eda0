"""Generated operations give the same both ways, for each kind of caller and in each language.

The engine of tests runs each operation both ways and fails where they differ.
"""

import os
from itertools import cycle
from typing import Any

import pytest

from models.people import Language
from resolvers.context import Context
from tests.access.callers import CALLERS, PURPOSE, REGION, caller, myself
from tests.executor.on_schema import database
from tests.schema.generated import generated
from tests.support.both_ways import BothWays
from tests.support.queries import KEY, REGISTRAR, engine

EXAMPLES = int(os.environ.get("GENERATED_EXAMPLES", "60"))
SEED = 10_000
PURPOSES = (None, PURPOSE, "REG-2026-5")
WHO = {**CALLERS, "all": REGISTRAR, "one person": myself("01a22acd-e440-74fa-bf36-3ae8c7e8c3bb")}


@pytest.mark.usefixtures("generous")
@pytest.mark.parametrize("kind", ["sqlite", "postgres"])
def test_each_caller_gets_the_same_both_ways(sparse: dict[str, str], kind: str) -> None:
    operations = generated(sparse["sqlite"], EXAMPLES, SEED)
    languages, purposes = cycle(Language), cycle(PURPOSES)
    found = engine()
    assert isinstance(found, BothWays)
    with database(sparse[kind]) as runner:
        for operation in operations:
            for principal in WHO.values():
                context = Context(next(languages), KEY, principal, purpose=next(purposes))
                given = dict(operation.variables)
                runner.run(found.execute(operation.text, given, context))
    assert found.taken["written"] > EXAMPLES


SHAPES: dict[str, list[dict[str, Any]]] = {
    "query ($n: Int, $a: String, $f: VolunteerFilter, $o: [VolunteerOrder!]) { volunteers("
    "first: $n, after: $a, filter: $f, orderBy: $o) { totalCount pageInfo { hasNextPage "
    "hasPreviousPage startCursor endCursor } edges { cursor node { id status hoursTotal } } } }": [
        {},
        {"n": 3},
        {"n": 1, "f": {"status": {"eq": "ACTIVE"}}},
        {"n": 2, "f": {"status": {"eq": "WITHDRAWN"}}},
        {"n": 2, "f": {"silver": {"eq": True}, "region": {"code": {"eq": REGION}}}},
        {"n": 5, "o": [{"field": "HOURS_TOTAL", "direction": "DESC"}]},
        {"n": 5, "o": [{"field": "REGISTERED_ON", "direction": "ASC"}]},
        {"n": 0},
        {"n": None},
        {"n": -1},
        {"n": 2, "a": "nonsense"},
        {"n": 3, "f": None},
    ],
    "query ($l: Int, $b: String) { organisations(last: $l, before: $b) { totalCount pageInfo { "
    "hasNextPage hasPreviousPage startCursor endCursor } nodes { id name bin region { name } } } }": [
        {"l": 3},
        {"l": 100},
        {"l": 0},
        {"l": 2, "b": "nonsense"},
        {},
    ],
    "query ($skip: Boolean!, $more: Boolean!) { regions { code name @skip(if: $skip) "
    "... @include(if: $more) { kind volunteers(first: 1) { totalCount } } } }": [
        {"skip": one, "more": other} for one in (True, False) for other in (True, False)
    ],
}  # fmt: skip


@pytest.mark.usefixtures("open_nation", "generous")
@pytest.mark.parametrize("text", SHAPES)
async def test_values_are_bound_late_over_a_warm_statement(text: str) -> None:
    for _ in range(2):
        for given in SHAPES[text]:
            for principal in (REGISTRAR, caller(), CALLERS["region"]):
                context = Context(Language.RU, KEY, principal)
                await engine().execute(text, given, context)


@pytest.mark.usefixtures("open_nation", "generous")
@pytest.mark.parametrize("size", [1, 3, 7])
@pytest.mark.parametrize("name", ["volunteers", "organisations", "delegates", "laureates"])
async def test_every_window_of_a_list_is_the_same_both_ways(name: str, size: int) -> None:
    """Forward to its end and back, over warm statements."""
    forward, backward = "first: $n, after: $c", "last: $n, before: $c"
    info = "pageInfo { hasNextPage hasPreviousPage startCursor endCursor }"
    for window, towards, end in (
        (forward, "hasNextPage", "endCursor"),
        (backward, "hasPreviousPage", "startCursor"),
    ):
        query = f"query ($n: Int, $c: String) {{ {name}({window}) {{ {info} nodes {{ id }} }} }}"
        cursor, pages = None, 0
        while pages < 6:
            context = Context(Language.KK, KEY, REGISTRAR)
            result = await engine().execute(query, {"n": size, "c": cursor}, context)
            assert result.data is not None
            page = result.data[name]["pageInfo"]
            pages += 1
            if not page[towards]:
                break
            cursor = page[end]
        assert pages > 1
