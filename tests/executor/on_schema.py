"""Generated operations on the schema itself, with inputs from the database."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from graphql import GraphQLError, parse, validate
from graphql.execution import Executor

from erikti.database.connection import Database
from models.people import Language
from resolvers.context import Context
from tests.executor.operations import SCALARS, Givens, Limits, Operation
from tests.executor.oracle import Exhaustive
from tests.schema.walk import GRAPH
from tests.support.queries import ANALYST, KEY, ask

# Small pages, so that nested ones do not become too large.
LIMITS = Limits(depth=5, selections=3, fields=25, seldom=6, always=frozenset({"first", "by"}))
SAMPLE = """
{
  people(first: 3) { nodes { id } pageInfo { endCursor } }
  volunteers(first: 3) { nodes { id } pageInfo { endCursor } }
  organisations(first: 3) { nodes { id } }
  delegations(first: 3) { nodes { id } }
  placements(first: 3) { nodes { id } }
  nominations(first: 3) { nodes { id } }
  regions { id code }
  countries { id code }
}
"""


def found(data: Any, name: str) -> list[Any]:
    """Yield all values of a key at any depth."""
    if isinstance(data, dict):
        own = [data[name]] if name in data else []
        return own + [value for item in data.values() for value in found(item, name)]
    return [value for item in data for value in found(item, name)] if isinstance(data, list) else []


async def givens() -> Givens:
    """Return inputs that mostly match records: IDs, codes and cursors from the database."""
    data = await ask(SAMPLE)
    ids = [*found(data, "id"), "unknown"]
    cursors = [*found(data, "endCursor"), "unknown"]
    places: dict[str, Any] = {
        "first": (3, 2, 3, 1, 3, 0),
        "last": (1, 2),
        "after": cursors,
        "before": cursors,
        "year": (2024, 2025, 2026, 1900),
    }
    by_place = {
        f"{type_}.{name}.{argument}": places[argument]
        for type_ in GRAPH.type_map.values()
        for name, field in getattr(type_, "fields", {}).items()
        for argument in getattr(field, "args", ())
        if argument in places
    }
    entities = [
        {"__typename": name, "id": id_}
        for name in ("Volunteer", "Person", "Region", "Nothing")
        for id_ in ids
    ]
    return {
        **SCALARS,
        **by_place,
        "ID": ids,
        "RegionCode": [*found(data["regions"], "code")[:3], "XX"],
        "CountryCode": [*found(data["countries"], "code")[:3], "XX"],
        "CurrencyCode": ("KZT", "USD"),
        "Date": ("2024-05-01", "2025-12-31"),
        "DateTime": ("2025-01-01T00:00:00Z",),
        "Decimal": ("0", "10.5", "x"),
        "_Any": entities,
    }


def build(executor: type[Executor[Any]], operation: Operation, **more: Any) -> Any:
    """Build an executor of an operation with a new context, or return request errors."""
    return executor.build(
        GRAPH,
        parse(operation.text),
        None,
        Context(Language.EN, KEY, ANALYST),
        operation.variables,
        **more,
    )


@contextmanager
def database(url: str) -> Iterator[asyncio.Runner]:
    """Yield a runner with an open database."""
    with asyncio.Runner() as runner:
        manager = Database(url)
        runner.run(manager.__aenter__())
        try:
            yield runner
        finally:
            runner.run(manager.__aexit__(None, None, None))


def acceptable(operation: Operation) -> bool:
    """Return whether the operation and its variables are valid."""
    errors: list[GraphQLError] = validate(GRAPH, parse(operation.text))
    return not errors and not isinstance(build(Exhaustive, operation), list)
