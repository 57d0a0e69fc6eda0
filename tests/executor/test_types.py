"""Types of abstract objects are resolved as on graphql-core's executor."""

import asyncio
import gc
import inspect
from collections.abc import Callable
from inspect import isawaitable
from typing import Any
from weakref import ref

import pytest
from graphql import GraphQLSchema, build_schema, execute, parse

from erikti.executor import BreadthFirstExecutor, by_class
from erikti.executor.fast_path import MAX_KNOWN
from tests.executor.oracle import answer_of, rest

SDL = """
type Query { either: [Either] lists: [[Either]] sure: [Either!] thing: Thing things: [Thing] }
union Either = Thing | Other
type Thing { name: String either: Either }
type Other { number: Int }
"""
BOTH = "{ __typename ... on Thing { name } ... on Other { number } }"


class Named:
    """An object that claims a type, optionally with a delay, or fails to."""

    name = "n"
    number = 1

    def __init__(self, claim: Any, later: bool = False) -> None:
        self.claim = claim
        self.later = later


class Thing(Named):
    """Another class."""


def claimed_type(value: Any, *_: Any) -> Any:
    """Return the type that an object claims."""
    if isinstance(value.claim, Exception):
        raise value.claim
    return waited(value.claim) if value.later else value.claim


async def waited(claim: str) -> str:
    """Return the claimed type after a loop step."""
    await asyncio.sleep(0)
    return claim


def is_of(name: str) -> Callable[[Any, Any], Any]:
    """Return an ``is_type_of`` function based on the claim."""

    def check(value: Any, _: Any) -> Any:
        if isinstance(value.claim, Exception):
            raise value.claim
        return is_later(value.claim == name) if value.later else value.claim == name

    return check


async def is_later(verdict: bool) -> bool:
    """Return a verdict after a loop step."""
    await asyncio.sleep(0)
    return verdict


def schemas() -> dict[str, GraphQLSchema]:
    """Return schemas with ``resolve_type`` and with ``is_type_of``."""
    found = {name: build_schema(SDL) for name in ("the abstract type", "the types", "both")}
    for name, schema in found.items():
        types: Any = schema.type_map
        if name != "the types":
            types["Either"].resolve_type = claimed_type
        if name != "the abstract type":
            for kind in ("Thing", "Other"):
                types[kind].is_type_of = is_of(kind)
    return found


SCHEMAS = schemas()
CLAIMS: dict[str, list[Callable[[], Any]]] = {
    "one type": [lambda: Named("Thing"), lambda: Named("Thing")],
    "two types": [lambda: Named("Thing"), lambda: Named("Other"), lambda: Named("Thing")],
    "two types and nulls": [lambda: Named("Other"), lambda: None, lambda: Named("Thing")],
    "one type and nulls": [lambda: None, lambda: Named("Thing"), lambda: Named("Thing")],
    "some later": [lambda: Named("Other", True), lambda: Named("Thing"), lambda: Named("Other")],
    "all later": [lambda: Named("Other", True), lambda: Named("Thing", True)],
    "no such type": [lambda: Named("Nothing"), lambda: Named("Thing")],
    "another type": [lambda: Named("Query"), lambda: Named("Other")],
    "none": [lambda: Named(None), lambda: Named("Other")],
    "no name": [lambda: Named(7), lambda: Named("Other")],
    "a list for a name": [lambda: Named(["Thing"]), lambda: Named("Other")],
    "an error": [lambda: Named(ValueError("no type")), lambda: Named("Thing")],
    "errors and nulls": [lambda: None, lambda: Named(ValueError("no")), lambda: ValueError("x")],
    "classes": [lambda: Thing("Thing"), lambda: Named("Other"), lambda: Thing("Other")],
}


async def answers(schema: GraphQLSchema, text: str, make: Callable[[], Any]) -> list[Any]:
    """Return the answers of both executors."""
    found = []
    for chosen in (None, BreadthFirstExecutor):
        result: Any = execute(schema, parse(text), make(), executor_class=chosen)
        result = await result if isawaitable(result) else result
        found.append(answer_of(result, True, []))
    return found


@pytest.mark.parametrize("by", SCHEMAS)
@pytest.mark.parametrize("name", CLAIMS)
async def test_types_are_found_as_on_graphql_core(name: str, by: str) -> None:
    def root() -> Any:
        objects = [[make() for make in CLAIMS[name]] for _ in range(5)]
        things = [{"either": value, "claim": "Thing", "name": "t"} for value in objects[4]]
        return {
            "either": objects[0],
            "lists": [objects[1], [], None, objects[2]],
            "things": [KnownThing(thing) for thing in things],
        }

    for text in (
        f"{{ either {BOTH} }}",
        f"{{ lists {BOTH} either {BOTH} }}",
        f"{{ things {{ name either {BOTH} }} }}",
    ):
        theirs, ours = await answers(SCHEMAS[by], text, root)
        assert ours == theirs


class KnownThing(Named):
    """A thing that refers to another object."""

    def __init__(self, values: dict[str, Any]) -> None:
        super().__init__("Thing")
        self.__dict__.update(values)


async def test_a_type_resolver_gets_the_path_of_the_object() -> None:
    schema = build_schema(SDL)
    places: list[Any] = []

    def tell(value: Any, info: Any, _: Any) -> str:
        places.append((info.path.as_list(), info.field_name, str(info.parent_type)))
        return str(value.claim)

    types: Any = schema.type_map
    types["Either"].resolve_type = tell
    text = f"{{ things {{ either {BOTH} }} }}"
    await answers(schema, text, lambda: {"things": [{"either": Named("Other")}]})
    theirs, ours = places
    assert ours == theirs


SAMES = "type Query { things: [Thing] thing: Thing } type Thing { name: String }"


@pytest.mark.parametrize("sure", [False, True])
async def test_objects_of_one_class_may_be_refused_one_by_one_or_all(sure: bool) -> None:
    schema = build_schema(SAMES)
    types: Any = schema.type_map
    if sure:
        types["Thing"].is_type_of = by_class(lambda value, info: type(value) is Named)  # noqa: ARG005
    else:
        types["Thing"].is_type_of = is_of("Thing")

    def root() -> Any:
        things = [Named("Thing"), Named("Other"), Named(ValueError("no type"))]
        return {"things": things, "thing": Thing("Other")}

    for text in ("{ things { name } }", "{ thing { name } }", "{ things { name } thing { name } }"):
        theirs, ours = await answers(schema, text, root)
        assert [ours.data, len(ours.failures)] == [theirs.data, len(theirs.failures)]
        assert {f.path for f in ours.failures} == {f.path for f in theirs.failures}


MIXED: dict[str, Callable[[], list[Any]]] = {
    "objects": lambda: [Thing("Thing"), Other("Other"), Thing("Thing")],
    "nulls": lambda: [None, Thing("Thing"), None],
    "errors": lambda: [Thing("Thing"), ValueError("no"), Other("Other"), None],
    "what waits": lambda: [Other("Other"), waited_for(Thing("Thing"))],
    "only errors": lambda: [ValueError("no"), ValueError("neither")],
}


class Other(Named):
    """A class named like its type."""


async def waited_for(value: Any) -> Any:
    """Return an object after a loop step."""
    await asyncio.sleep(0)
    return value


@pytest.mark.parametrize("sure", [False, True])
@pytest.mark.parametrize("name", MIXED)
async def test_classes_determine_types_among_other_values(name: str, sure: bool) -> None:
    schema = build_schema(SDL)
    types: Any = schema.type_map
    types["Either"].resolve_type = by_class(lambda value, *_: type(value).__name__)
    if sure:
        types["Thing"].is_type_of = by_class(lambda value, _: type(value) is Thing)
    text = f"{{ either {BOTH} lists {BOTH} things {{ name }} }}"

    def root() -> Any:
        either = MIXED[name]
        return {"either": either(), "lists": [either(), [], either()], "things": either()}

    theirs, ours = await answers(schema, text, root)
    assert ours == theirs


@pytest.mark.parametrize("sure", [False, True])
async def test_an_invalid_condition_is_an_error_of_each_object(sure: bool) -> None:
    """The conditions of a field are evaluated when the first object reaches it."""
    schema = SCHEMAS["both" if sure else "the abstract type"]
    text = """query ($x: Boolean) {
      either { ... on Thing { name @skip(if: $x) } ... on Other { number } }
      things { name @include(if: $x) } thing { name }
    }"""

    def root() -> Any:
        things = [None, Named("Thing"), ValueError("no"), Named("Thing")]
        either = [Named("Other"), Named("Thing"), None, Named("Thing")]
        return {"either": either, "things": things, "thing": Named("Thing")}

    for make in (root, lambda: {"things": [Named("Thing")] * 2, "either": [Named("Thing")] * 2}):
        theirs, ours = await answers(schema, text, make)
        assert ours == theirs
        assert len(ours.failures) > 1


class Breaking:
    """An iterator that fails once and yields an awaitable afterwards."""

    def __init__(self) -> None:
        self.last = waited("never requested")
        self.steps: list[Any] = [1, ValueError("once"), self.last]

    def __iter__(self) -> "Breaking":
        return self

    def __next__(self) -> Any:
        if not self.steps:
            raise StopIteration
        step = self.steps.pop(0)
        if isinstance(step, Exception):
            raise step
        return step


async def test_awaitables_of_a_failed_iterator_are_closed() -> None:
    schema = build_schema("type Query { numbers: [Int] }")
    numbers = Breaking()
    result: Any = execute(
        schema, parse("{ numbers }"), {"numbers": numbers}, executor_class=BreadthFirstExecutor
    )
    result = await result if isawaitable(result) else result
    assert result.data == {"numbers": None}
    await rest()
    assert inspect.getcoroutinestate(numbers.last) == inspect.CORO_CLOSED


def test_classes_of_objects_can_be_freed() -> None:
    schema = build_schema(SDL)
    types: Any = schema.type_map
    types["Either"].resolve_type = by_class(lambda value, *_: value.__name__)
    document = parse(f"{{ either {BOTH} }}")
    seen = []
    for n in range(3 * MAX_KNOWN):
        kind = type(f"Kind{n}", (), {"__name__": "Thing", "name": str(n)})
        seen.append(ref(kind))
        root = {"either": [kind(), kind()]}
        result: Any = execute(schema, document, root, executor_class=BreadthFirstExecutor)
        assert result.data == {"either": [{"__typename": "Thing", "name": str(n)}] * 2}
    del kind, root
    gc.collect()
    assert sum(made() is not None for made in seen) <= MAX_KNOWN
