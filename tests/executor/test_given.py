"""Values of fields of the root that were completed elsewhere are not resolved again."""

from typing import Any

import pytest
from graphql import build_schema, execute_sync, parse

from erikti.executor import BreadthFirstExecutor, Given, Plans, batch

SDL = "type Query { a: Int thing: Thing sure: Int! } type Thing { name: String }"
FAILED = ValueError("no")
VALUES = {"a": 1, "thing": {"name": "x"}, "sure": 1}


class Taking(BreadthFirstExecutor):
    """Records the levels."""

    plans = Plans()
    levels: list[tuple[int, int]]

    def reached(self, objects: int, cost: int) -> None:
        """Record the level."""
        self.levels.append((objects, cost))


def run(given: Given, batched: bool) -> tuple[Any, list[str], list[tuple[int, int]]]:
    """Return the result, the fields that were resolved, and the levels."""
    resolved = []

    def value(parents: Any, info: Any) -> Any:
        resolved.append(info.field_name)
        found = VALUES[info.field_name]
        return [found] * len(parents) if batched else found

    schema = build_schema(SDL)
    assert schema.query_type is not None
    for field in schema.query_type.fields.values():
        field.resolve = batch(value) if batched else value
    levels: list[tuple[int, int]] = []
    executor = type("Own", (Taking,), {"given": given, "levels": levels})
    document = parse("{ a thing { name } sure }")
    return execute_sync(schema, document, executor_class=executor), resolved, levels


@pytest.mark.parametrize("batched", [False, True])
def test_given_values_take_their_place_and_count(batched: bool) -> None:
    given = Given({"thing": {"name": "y"}, "sure": 2}, objects=3, cost=13)
    result, resolved, levels = run(given, batched)
    assert not result.errors
    assert list(result.data.items()) == [("a", 1), ("thing", {"name": "y"}), ("sure", 2)]
    assert resolved == ["a"]
    assert levels == [(3, 13)]
    assert not given.failed


@pytest.mark.parametrize("batched", [False, True])
@pytest.mark.parametrize("key", VALUES)
def test_a_given_error_is_that_of_its_field(key: str, batched: bool) -> None:
    given = Given({key: FAILED})
    result, resolved, _ = run(given, batched)
    (error,) = result.errors
    assert (error.path, error.original_error) == ([key], FAILED)
    assert key not in resolved
    assert result.data == (None if key == "sure" else VALUES | {key: None})
    assert given.failed
