"""Levels: the hooks called at each, the end of operations, and leaks."""
# ruff: noqa: ARG005 - resolvers take what they are given.

import asyncio
import gc
from collections.abc import Awaitable, Callable, Iterator
from inspect import isawaitable
from typing import Any
from weakref import ref

import pytest
from graphql import GraphQLError, GraphQLSchema, build_schema, execute, parse
from graphql.execution import MiddlewareManager

from erikti.executor import WEIGHT, BreadthFirstExecutor, Plan, Plans, batch
from tests.executor.oracle import answer_of

SDL = """
type Query { a: Int sure: Int! thing: Thing sureThing: Thing! things(count: Int = 2): [Thing!] }
type Mutation { first: Int sure: Int! second: Thing third: [Thing!]! }
type Thing { name: String number: Int heavy: Int thing: Thing things: [Thing] sure: Int! }
"""
HEAVY = 10


class Noting(BreadthFirstExecutor):
    """Records the calls of its hooks, and ends an operation with too many objects."""

    plans = Plans()
    begun: list[Plan]
    levels: list[tuple[int, int]]
    most = 1000

    def begin(self, plan: Plan) -> None:
        """Record the plan."""
        self.begun.append(plan)

    def reached(self, objects: int, cost: int) -> None:
        """Record the level."""
        self.levels.append((objects, cost))
        if objects > self.most:
            raise GraphQLError("too many")


@pytest.fixture
def noting() -> type[Noting]:
    """Return an executor class with its own records."""
    return type("Own", (Noting,), {"begun": [], "levels": []})


def make_schema(**resolvers: Callable[..., Any]) -> GraphQLSchema:
    """Return the schema with resolvers by type and field name."""
    schema = build_schema(SDL)
    types: Any = schema.type_map
    types["Query"].fields["things"].resolve = lambda _, info, count: [{}] * count
    types["Thing"].fields["heavy"].extensions[WEIGHT] = HEAVY
    for place, function in resolvers.items():
        type_, _, name = place.partition("_")
        types[type_].fields[name].resolve = function
    return schema


async def run(
    executor: Any, schema: GraphQLSchema, text: str, root: Any = None, **options: Any
) -> Any:
    """Return the result of an operation, awaiting it if necessary."""
    result = execute(schema, parse(text), root, executor_class=executor, **options)
    return await result if isawaitable(result) else result


THINGS = {
    "thing": {"thing": {"name": "deep"}, "things": [{}, None, {"name": "b"}]},
    "sureThing": {"things": [{"thing": {}}, {"thing": None}]},
}
# The objects below the root by level, and their costs.
LEVELS = {
    "{ a }": [(0, 0)],
    "{ thing { name } }": [(1, 1), (1, 1)],
    "{ thing { heavy } }": [(1, 11), (1, 11)],
    "{ thing { heavy other: heavy } sureThing { name } }": [(2, 22), (2, 22)],
    "{ thing { thing { name } things { heavy } } }": [(1, 1), (4, 24), (4, 24)],
    "{ things(count: 3) { heavy name } }": [(3, 33), (3, 33)],
    "{ sureThing { things { thing { heavy } } } }": [(1, 1), (3, 3), (4, 14), (4, 14)],
    "{ things(count: 0) { heavy } }": [(0, 0)],
}


@pytest.mark.parametrize("text", LEVELS)
async def test_each_level_is_announced_with_their_objects_and_cost(
    text: str, noting: type[Noting]
) -> None:
    result = await run(noting, make_schema(), text, THINGS)
    assert result.errors is None
    assert noting.levels == [*LEVELS[text]]
    (plan,) = noting.begun
    assert set(plan.requested_fields) >= {"Query"}


LEAVES = "type Query { things: [Thing] } type Thing { texts: [String!] table: [[Int]] sure: Int! }"


async def test_an_executor_may_yield_to_the_event_loop_between_fields() -> None:
    turns: list[float] = []

    class Polite(BreadthFirstExecutor):
        """Yields to the event loop after each field."""

        plans = Plans()

        def pause(self, since: float) -> Awaitable[None]:
            turns.append(since)
            return asyncio.sleep(0)

    @batch
    async def one(parents: list[Any], info: Any) -> list[int]:
        return [1] * len(parents)

    @batch
    async def thing(parents: list[Any], info: Any) -> list[dict[str, Any]]:
        return [{"name": "a"} for _ in parents]

    schema = make_schema(Query_a=one, Query_sure=one, Query_thing=thing)
    others = 0

    async def other() -> None:
        nonlocal others
        while True:
            others += 1
            await asyncio.sleep(0)

    task = asyncio.create_task(other())
    document = parse("{ a sure thing { name } b: thing { name } }")
    found = execute(schema, document, executor_class=Polite)
    assert isawaitable(found)
    answered = await found
    task.cancel()
    assert answered.data == {"a": 1, "sure": 1, "thing": {"name": "a"}, "b": {"name": "a"}}
    assert len(turns) == 4
    assert turns == sorted(set(turns))
    assert others >= 4


async def test_leaves_are_read_without_a_resolver_for_each_object() -> None:
    infos: list[str] = []

    class Counting(BreadthFirstExecutor):
        """Counts the resolve infos that are built."""

        def build_resolve_info(self, *rest: Any, **more: Any) -> Any:
            info = super().build_resolve_info(*rest, **more)
            infos.append(info.field_name)
            return info

    things = [{"texts": ["a"], "table": [[n], [], None], "sure": n} for n in range(50)]
    text = "{ things { texts table sure } }"
    result = await run(Counting, build_schema(LEAVES), text, {"things": things})
    assert result.data == {"things": things}
    assert set(infos) == {"things"}


async def test_values_off_the_fast_path_have_the_same_cost(noting: type[Noting]) -> None:
    things = {"things": [ValueError("no"), {"heavy": 1}, iter(()), None, {"heavy": "x"}]}
    root = {"thing": {"things": things["things"][:2]}, "sureThing": things}
    text = "{ thing { things { heavy } } sureThing { things { heavy } } }"
    result = await run(noting, make_schema(), text, root)
    assert len(result.errors) == 3
    assert noting.levels[-1] == (6, 2 + 4 * 11)


async def test_lists_of_resolvers_are_not_modified() -> None:
    kept: list[Any] = [5, [{"name": "a"}, None], ()]
    before = list(kept)
    schema = make_schema(Thing_things=batch(lambda parents, info: kept))
    result = await run(BreadthFirstExecutor, schema, "{ things(count: 3) { things { name } } }")
    lists = [thing["things"] for thing in result.data["things"]]
    assert lists == [None, [{"name": "a"}, None], []]
    assert [error.path for error in result.errors] == [["things", 0, "things"]]
    assert kept == before


async def test_an_executor_may_end_an_operation_at_a_level(noting: type[Noting]) -> None:
    noting.most = 3
    requested: list[int] = []

    def name(parents: list[Any], info: Any) -> list[str]:
        requested.append(len(parents))
        return ["n"] * len(parents)

    schema = make_schema(Thing_name=batch(name))
    assert (await run(noting, schema, "{ things(count: 3) { name } }")).errors is None
    with pytest.raises(GraphQLError, match="too many"):
        await run(noting, schema, "{ things(count: 4) { name } }")
    assert requested == [3]


@pytest.mark.parametrize("later", [False, True])
async def test_an_error_that_makes_all_null_ends_the_waiting_of_its_level(later: bool) -> None:
    never: asyncio.Future[list[int]] = asyncio.get_running_loop().create_future()

    def waiting(parents: list[Any], info: Any) -> asyncio.Future[list[int]]:
        return never

    async def failing(parents: list[Any], info: Any) -> list[Any]:
        return [ValueError("no")] * len(parents)

    schema = make_schema(
        Query_sureThing=lambda _, info: slowly({}) if later else {},
        Thing_number=batch(waiting),
        Thing_sure=lambda parent, info: None,
        Thing_name=batch(failing),
    )
    result = await asyncio.wait_for(
        run(BreadthFirstExecutor, schema, "{ sureThing { number sure name } }"), 10
    )
    assert result.data is None
    assert [error.path for error in result.errors] == [["sureThing", "sure"]]
    never.set_result([1])


async def test_an_error_that_leaves_something_waits_for_the_rest() -> None:
    turns = []

    async def slow(_: Any, info: Any) -> int:
        for _ in range(5):
            await asyncio.sleep(0)
        turns.append(info.field_name)
        return 1

    schema = make_schema(Query_a=slow, Thing_sure=lambda _, info: None)
    result = await run(BreadthFirstExecutor, schema, "{ thing { sure } a }", {"thing": {}})
    assert result.data == {"thing": None, "a": 1}
    assert turns == ["a"]


async def test_without_propagation_of_errors_nothing_ends_early() -> None:
    async def slow(_: Any, info: Any) -> int:
        await asyncio.sleep(0)
        return 1

    schema = make_schema(Query_a=slow, Query_sure=lambda _, info: None)
    results = [
        await run(chosen, schema, "query @experimental_disableErrorPropagation { sure a }")
        for chosen in (None, BreadthFirstExecutor)
    ]
    theirs, ours = (answer_of(result, True, []) for result in results)
    assert ours == theirs


async def slowly(value: Any) -> Any:
    """Return a value after some event loop steps."""
    for _ in range(3):
        await asyncio.sleep(0)
    return value


@pytest.mark.parametrize("sure", [1, None])
async def test_fields_of_a_mutation_run_one_after_the_other_and_end_with_all(
    sure: int | None,
) -> None:
    for chosen in (None, BreadthFirstExecutor):
        calls: list[str] = []

        async def note(_: Any, info: Any, calls: list[str] = calls, sure: Any = sure) -> Any:
            calls.append(f"{info.field_name} begins")
            found: Any = await slowly(
                {"first": 1, "sure": sure, "name": "n"}.get(info.field_name, {})
            )
            calls.append(f"{info.field_name} ends")
            return found

        schema = make_schema(
            Mutation_first=note, Mutation_sure=note, Mutation_second=note, Thing_name=note
        )
        result = await run(chosen, schema, "mutation { first second { name } sure again: first }")
        steps = ["first", "second", "name", "sure"] + (["first"] if sure else [])
        assert calls == [f"{name} {what}" for name in steps for what in ("begins", "ends")]
        everything = {"first": 1, "second": {"name": "n"}, "sure": 1, "again": 1}
        assert result.data == (everything if sure else None)
        if sure:
            assert list(result.data) == list(everything)


@pytest.mark.parametrize("sure", [1, None, ValueError("no")])
def test_errors_of_a_mutation_that_never_waits_are_reported(sure: Any) -> None:
    calls: dict[Any, list[str]] = {}

    def note(executor: Any, info: Any) -> Any:
        calls.setdefault(executor, []).append(info.field_name)
        return {"first": ValueError("not first"), "sure": sure}.get(info.field_name)

    schema = make_schema(Mutation_first=note, Mutation_sure=note)
    document = parse("mutation { first sure again: first }")
    theirs, ours = (
        answer_of(execute(schema, document, chosen, executor_class=chosen), True, [])  # type: ignore[arg-type]
        for chosen in (None, BreadthFirstExecutor)
    )
    assert ours == theirs
    assert calls[BreadthFirstExecutor] == calls[None]


async def test_an_operation_without_that_type_is_an_error() -> None:
    schema = build_schema("type Query { a: Int }")
    for chosen in (None, BreadthFirstExecutor):
        result = await run(chosen, schema, "mutation { a }")
        assert result.data is None
        assert [e.message for e in result.errors] == [
            "Schema is not configured to execute mutation operation."
        ]


class Thing:
    """An object that supports weak references."""

    name = "n"
    number = 1

    @property
    def thing(self) -> "Thing":
        """Return a tracked thing."""
        return Thing()


@pytest.fixture
def no_garbage_collection() -> Iterator[None]:
    """Disable garbage collection, so that objects are freed only by reference counting."""
    gc.collect()
    gc.disable()
    yield
    gc.enable()


@pytest.mark.usefixtures("no_garbage_collection")
@pytest.mark.parametrize("text", ["{ thing { name thing { number } } }", "{ thing { name } a }"])
async def test_data_of_an_operation_is_freed_at_its_end(text: str) -> None:
    found: list[ref[Any]] = []

    def read(_: Any, info: Any) -> Thing:
        thing = Thing()
        found.append(ref(thing))
        return thing

    async def later(_: Any, info: Any) -> Any:
        return await slowly(1)

    schema = make_schema(Query_thing=read, Query_a=later)
    result = await run(BreadthFirstExecutor, schema, text)
    assert result.errors is None
    assert found[0]() is None


def test_a_root_that_nests_too_deeply_is_an_error_of_the_operation() -> None:
    depth = 5000
    fragments = " ".join(f"fragment F{n} on Query {{ ...F{n + 1} }}" for n in range(depth))
    document = parse(f"{{ ...F0 }} {fragments} fragment F{depth} on Query {{ a }}")
    theirs, ours = (
        execute(make_schema(), document, executor_class=chosen)
        for chosen in (None, BreadthFirstExecutor)
    )
    assert ours == theirs
    assert "too deep" in str(ours)


async def test_middleware_is_called_for_each_field_by_graphql_core() -> None:
    def louder(resolve: Any, source: Any, info: Any, **arguments: Any) -> Any:
        return f"{resolve(source, info, **arguments)}!"

    text, root = "{ thing { name thing { name } } }", {"thing": {"name": "n"}}
    schema = make_schema(Query_thing=lambda _, info: root["thing"])
    names = make_schema(Thing_name=batch(lambda parents, info: ["b"] * len(parents)))
    loud = MiddlewareManager(lambda next_, *rest, **more: name_only(louder, next_, *rest, **more))
    for chosen in (None, BreadthFirstExecutor):
        result = await run(chosen, schema, text, root, middleware=loud)
        assert result.data == {"thing": {"name": "n!", "thing": None}}
        result = await run(chosen, names, "{ thing { number } }", root, middleware=None)
        assert result.data == {"thing": {"number": None}}
        empty = MiddlewareManager()
        result = await run(chosen, schema, text, root, middleware=empty)
        assert result.data == {"thing": {"name": "n", "thing": None}}


def name_only(louder: Any, resolve: Any, source: Any, info: Any, **arguments: Any) -> Any:
    """Apply a middleware only to names."""
    if info.field_name == "name":
        return louder(resolve, source, info, **arguments)
    return resolve(source, info, **arguments)
