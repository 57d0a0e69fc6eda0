"""Generated operations for both databases, and comparison of their results.

``python -m tests.schema.generated URL COUNT`` writes some, with larger pages, as lines of JSON.
"""

import json
import sys
from collections.abc import Iterator, Sequence
from random import Random
from typing import Any

from graphql import (
    GraphQLArgument,
    GraphQLField,
    GraphQLInputObjectType,
    GraphQLNonNull,
    get_named_type,
    get_nullable_type,
    is_input_object_type,
    is_leaf_type,
    is_required_input_field,
)

from models.people import Language
from resolvers.context import Context
from tests.executor.on_schema import acceptable, database, givens
from tests.executor.operations import Limits, Operation, Writer
from tests.schema.walk import GRAPH
from tests.support.queries import KEY, REGISTRAR, engine

# Arguments are frequent, since their SQL differs between the databases.
LIMITS = Limits(4, 3, 20, introspection=False, seldom=2, always=frozenset({"first", "by"}))
PAGES = (1, 3, 20, 100)
# Parts of names in the other case, and special characters of patterns.
GIVENS = {
    "String": ("А", "АЛ", "ОВА", "ц", "Қ", "%", "_"),
    "Decimal": ("0.5", "2.5", "10", "40.5"),
    "NationalStatistics.figure.code": (
        "volunteers.registered",
        "volunteers.active",
        "organisations",
    ),
}


async def answer(operation: Operation) -> Any:
    """Return the data of an operation, and the codes and paths of its errors."""
    context = Context(Language.EN, KEY, REGISTRAR, purpose="REGISTRATION")
    result = await engine().execute(operation.text, dict(operation.variables), context)
    errors = [(e.path, (e.extensions or {}).get("code"), e.message) for e in result.errors or ()]
    assert "INTERNAL" not in {code for _, code, _ in errors}, (operation, errors)
    return result.data, sorted(errors, key=str)


def answers(url: str, operations: Sequence[Operation]) -> list[Any]:
    """Return the results of one database."""
    with database(url) as runner:
        return [runner.run(answer(operation)) for operation in operations]


def equal(sparse: dict[str, str], operations: Sequence[Operation]) -> None:
    """Fail at the first operation with different results."""
    sqlite, postgres = (answers(url, operations) for url in sparse.values())
    for operation, one, other in zip(operations, sqlite, postgres, strict=True):
        assert one == other, (operation, one[1], other[1])


class ListWriter(Writer):
    """Writes operations that mostly find records, with non-empty filters and complete groups."""

    def selection_set(self, type_: Any, depth: int) -> str:
        """Select all fields of groups, since only keys in ``by`` are not null."""
        if type_.name.endswith("Group"):
            fields = (self.whole(name, field) for name, field in type_.fields.items())
            return f"{{ {' '.join(fields)} }}"
        if type_.name.endswith("Connection") and "groups" in type_.fields and self.chance(2):
            field = type_.fields["groups"]
            arguments = self.arguments(f"{type_}.groups", field)
            key = self.key("groups", str(field.type), arguments)
            page: Any = get_named_type(field.type)
            inner = self.selection_set(get_named_type(page.fields["nodes"].type), depth - 1)
            position = "pageInfo { hasNextPage hasPreviousPage }"
            groups = f"groups{arguments} {{ totalCount {position} nodes {inner} }}"
            return f"{{ totalCount {key}{groups} }}"
        return super().selection_set(type_, depth)

    def whole(self, name: str, field: GraphQLField) -> str:
        """Return a field with all of its leaves."""
        type_: Any = get_named_type(field.type)
        key = self.key(name, str(field.type), "")
        if is_leaf_type(type_):
            return f"{key}{name}"
        leaves = [
            n
            for n, f in type_.fields.items()
            if is_leaf_type(get_named_type(f.type)) and not f.args
        ]
        # Not always all of them, since the selection decides which table is read.
        some = self.random.sample(leaves, self.random.randint(1, len(leaves)))
        return f"{key}{name} {{ {' '.join(sorted(some))} }}"

    def argument(self, place: str, argument: GraphQLArgument) -> str | None:
        """Omit, mostly, arguments that cannot be combined with ``first``."""
        if place.endswith((".after", ".before", ".last")) and not self.chance(12):
            return None
        return super().argument(place, argument)

    def value(self, place: str, type_: Any, depth: int = 2) -> Any:
        """Return a value that is never null, which filters reject."""
        return super().value(place, GraphQLNonNull(get_nullable_type(type_)), depth)

    def input_object(self, type_: GraphQLInputObjectType, depth: int) -> dict[str, Any]:
        """Return at least one member, without nested inputs at the maximum depth."""
        required = [name for name, field in type_.fields.items() if is_required_input_field(field)]
        names = [
            name
            for name, field in type_.fields.items()
            if depth > 0 or not is_input_object_type(get_named_type(field.type))
        ]
        names = names or [n for n in type_.fields if n not in ("and", "or", "not")]
        chosen = {*required, *self.random.sample(names, min(self.random.randint(1, 2), len(names)))}
        return {
            name: self.value(f"{type_}.{name}", type_.fields[name].type, depth)
            for name in type_.fields
            if name in chosen
        }


def differs(url: str, operations: Sequence[Operation], expected: Sequence[Any]) -> int:
    """Return the number of the first operation with an unexpected result."""
    with database(url) as runner:
        for number, (operation, answered) in enumerate(zip(operations, expected, strict=True), 1):
            try:
                if runner.run(answer(operation)) != answered:
                    return number
            except AssertionError:
                return number
    return 0


def generated(url: str, count: int, seed: int = 0) -> list[Operation]:
    """Return a number of operations, with inputs that mostly match records."""
    with database(url) as runner:
        known = {**runner.run(givens()), **GIVENS}
    found: list[Operation] = []
    for number in range(seed, seed + 100 * count):
        if len(found) == count:
            return found
        operation = ListWriter(Random(number), GRAPH, known, LIMITS).operation("query")
        if acceptable(operation):
            found.append(operation)
    raise AssertionError("too few operations are acceptable")


def answered(url: str, count: int) -> Iterator[Operation]:
    """Return a number of operations without errors, with pages of many sizes."""
    with database(url) as runner:
        known = {**runner.run(givens()), **GIVENS}
        places = (place for place in known if place.endswith((".first", ".last")))
        known |= dict.fromkeys(places, PAGES)
        for number in range(100 * count):
            operation = ListWriter(Random(number), GRAPH, known, LIMITS).operation("query")
            context = Context(Language.EN, KEY, REGISTRAR, purpose="REGISTRATION")
            result = runner.run(
                engine().execute(operation.text, dict(operation.variables), context)
            )
            if result.data is not None:
                yield operation
                count -= 1
            if not count:
                return


if __name__ == "__main__":
    for made in answered(sys.argv[1], int(sys.argv[2])):
        print(json.dumps([made.text, made.variables]))
