"""Strawberry's fields give the same results as on its own executor, batched or not."""

import inspect
import re
from collections.abc import Sequence
from enum import Enum
from inspect import isawaitable
from types import SimpleNamespace
from typing import Any

import pytest
import strawberry
from strawberry.extensions import FieldExtension
from strawberry.schema.config import StrawberryConfig
from strawberry.schema.schema import StrawberryGraphQLCoreExecutionContext
from strawberry.types import Info

from erikti.executor import BreadthFirstExecutor, batch


class Breadth(BreadthFirstExecutor, StrawberryGraphQLCoreExecutionContext):
    """The executor combined with Strawberry's."""


@strawberry.enum
class Colour(Enum):
    """A Strawberry enum."""

    RED = "red"
    GREEN = "green"


@strawberry.input
class Point:
    """A Strawberry input."""

    x_value: int
    y: int = 7


calls: list[tuple[str, int]] = []
kinds: set[type] = set()


def note(name: str, parents: Sequence[Any], info: Any) -> None:
    """Record the number of parents and the info of a batch resolver's call."""
    calls.append((name, len(parents)))
    kinds.add(type(info))


def scaled(
    parents: Sequence["Thing"],
    info: Info,
    some_factor: int = 2,
    and_text: str | None = None,
) -> list[str]:
    """Resolve with arguments of built-in types."""
    note("scaled", parents, info)
    return [f"{parent.some_number * some_factor} {and_text}" for parent in parents]


def needed(
    parents: Sequence["Thing"],
    info: Info,
    plus_more: int,
    or_text: str | None,
) -> list[str]:
    """Resolve with arguments without defaults."""
    note("needed", parents, info)
    return [f"{parent.some_number + plus_more} {or_text}" for parent in parents]


def unset(
    parents: Sequence["Thing"],
    info: Info,
    given: int | None = strawberry.UNSET,
) -> list[str]:
    """Resolve with an optional argument."""
    note("unset", parents, info)
    return [repr(given) for _ in parents]


def coloured(
    parents: Sequence["Thing"],
    info: Info,
    colour: Colour = Colour.RED,
    near: Point | None = None,
    at: list[Point] | None = None,
) -> list[str]:
    """Resolve with arguments of Strawberry types."""
    note("coloured", parents, info)
    assert info.field_name == "coloured"
    place = (near.x_value + near.y if near else 0, [point.x_value for point in at or ()])
    return [f"{colour!r} {place}" for _ in parents]


def plain(parents: Sequence["Thing"], info: Info) -> list[int]:
    """Resolve without arguments."""
    note("plain", parents, info)
    return [parent.some_number for parent in parents]


def number(parents: Sequence["Thing"], info: Info) -> list[int]:
    """Resolve the field that the extension below is applied to."""
    return [parent.some_number for parent in parents]


class Doubled(FieldExtension):
    """A field extension, which expects one parent."""

    def resolve(self, next_: Any, source: Any, info: Info, **arguments: Any) -> Any:
        """Return twice the value."""
        return Twice(next_(source, info, **arguments))

    async def resolve_async(self, next_: Any, source: Any, info: Info, **arguments: Any) -> Any:
        """Return twice the awaited value."""
        found = next_(source, info, **arguments)
        return 2 * (await found if isawaitable(found) else found)


class Twice:
    """An awaitable of twice the awaited value."""

    def __init__(self, waiting: Any) -> None:
        self.waiting = waiting

    def __await__(self) -> Any:
        found = yield from self.waiting.__await__()
        return 2 * found


@strawberry.type
class Thing:
    """A type with fields of all kinds."""

    some_number: int
    colour: Colour = Colour.GREEN
    colours: list[Colour] = strawberry.field(default_factory=lambda: [Colour.RED, Colour.GREEN])
    maybe: str | None = None
    renamed: int = strawberry.field(name="otherName", default=5)
    scaled: str = strawberry.field(resolver=batch(scaled))
    needed: str = strawberry.field(resolver=batch(needed))
    unset: str = strawberry.field(resolver=batch(unset))
    coloured: str = strawberry.field(resolver=batch(coloured))
    plain: int = strawberry.field(resolver=batch(plain))
    doubled: int = strawberry.field(resolver=batch(number), extensions=[Doubled()])

    @strawberry.field
    def own(self, add_to: int = 1) -> int:
        """Resolve one parent."""
        return self.some_number + add_to


@strawberry.type
class Query:
    """The root with three things."""

    @strawberry.field
    def things(self) -> list[Thing]:
        """Return the things."""
        return [Thing(some_number=n, maybe=(None, "text")[n % 2]) for n in range(3)]


def by_key(source: Any, name: str) -> Any:
    """Resolve values by dictionary key instead of attribute."""
    return f"{name} of {source['kind']}"


@strawberry.type
class Item:
    """A type whose objects are dictionaries."""

    some_text: str


@strawberry.type
class Bare:
    """A type whose objects may lack what it declares."""

    maybe_text: str | None


@strawberry.type
class Items:
    """The root of these types."""

    @strawberry.field
    def items(self) -> list[Item]:
        """Return two items."""
        return [{"kind": kind} for kind in "ab"]  # type: ignore[misc]

    @strawberry.field
    def bare(self) -> list[Bare]:
        """Return one with the attribute and one without."""
        return [SimpleNamespace(maybe_text="here"), SimpleNamespace()]  # type: ignore[list-item]


OURS = strawberry.Schema(Query, execution_context_class=Breadth)
THEIRS = strawberry.Schema(Query)
VARIABLES: dict[str, tuple[str, Any]] = {
    "n": ("Int!", 3),
    "t": ("String", "text"),
    "c": ("Colour!", "GREEN"),
    "p": ("Point", {"xValue": 1}),
    "ps": ("[Point!]", [{"xValue": 1}, {"xValue": 4}]),
}
FIELDS = [
    "someNumber colour colours maybe otherName __typename",
    "own a: own(addTo: 5) b: own(addTo: $n)",
    "scaled",
    "scaled(someFactor: 4)",
    'scaled(andText: "x")',
    "scaled(someFactor: $n, andText: $t)",
    'scaled(andText: "y", someFactor: $n)',
    'needed(plusMore: 2, orText: null) a: needed(plusMore: $n, orText: "x")',
    "unset a: unset(given: null) b: unset(given: 1) c: unset(given: $n)",
    "coloured",
    "coloured(colour: GREEN)",
    "coloured(colour: $c, near: $p)",
    "coloured(near: {xValue: 1, y: 2}, colour: $c)",
    "coloured(at: [{xValue: $n}])",
    "coloured(at: $ps)",
    "plain other: plain",
]


async def answer(schema: strawberry.Schema, fields: str) -> Any:
    """Return a schema's result."""
    calls.clear()
    kinds.clear()
    used = sorted(set(re.findall(r"\$(\w+)", fields)))
    declared = ", ".join(f"${name}: {VARIABLES[name][0]}" for name in used)
    head = f"query ({declared})" if used else ""
    values = {name: VARIABLES[name][1] for name in used}
    result = await schema.execute(f"{head} {{ things {{ {fields} }} }}", values)
    assert not result.errors, result.errors
    return result.data


@pytest.mark.parametrize("fields", FIELDS)
async def test_fields_resolve_like_on_strawberrys_own_executor(fields: str) -> None:
    theirs = await answer(THEIRS, fields)
    assert await answer(OURS, fields) == theirs
    assert {count for _, count in calls} <= {3}
    assert len(calls) == sum(fields.count(name) for name, _ in dict(calls).items())


async def test_a_field_with_extensions_is_resolved_one_parent_at_a_time() -> None:
    expected = {"things": [{"doubled": 2 * n} for n in range(3)]}
    assert await answer(THEIRS, "doubled") == expected
    assert await answer(OURS, "doubled") == expected


async def test_attributes_are_read_without_a_resolver() -> None:
    infos: list[str] = []

    class Counting(Breadth):
        """Counts the resolve infos that are built."""

        def build_resolve_info(self, *rest: Any, **more: Any) -> Any:
            info = super().build_resolve_info(*rest, **more)
            infos.append(info.field_name)
            return info

    schema = strawberry.Schema(Query, execution_context_class=Counting)
    assert await answer(schema, FIELDS[0]) == await answer(THEIRS, FIELDS[0])
    assert set(infos) == {"things"}


@pytest.mark.parametrize(
    ("field", "strawberrys"), [("scaled(someFactor: 3)", False), ("coloured(near: $p)", True)]
)
async def test_a_batch_has_strawberrys_information_where_it_has_its_types(
    field: str, strawberrys: bool
) -> None:
    await answer(OURS, field)
    (found,) = kinds
    assert issubclass(found, Info) is strawberrys


async def test_values_are_had_as_the_schema_says() -> None:
    """Not as attributes if the schema has another default resolver."""
    config = StrawberryConfig(default_resolver=by_key)
    for options in ({"execution_context_class": Breadth}, {}):
        schema = strawberry.Schema(Items, config=config, **options)  # type: ignore[arg-type]
        result = await schema.execute("{ items { someText } }")
        assert result.errors is None
        assert result.data == {
            "items": [{"someText": f"some_text of {kind}"} for kind in "ab"],
        }


async def test_an_attribute_that_is_missing_is_an_error_and_no_null() -> None:
    for options in ({"execution_context_class": Breadth}, {}):
        schema = strawberry.Schema(Items, **options)  # type: ignore[arg-type]
        result = await schema.execute("{ bare { maybeText } }")
        assert result.data == {"bare": [{"maybeText": "here"}, {"maybeText": None}]}
        (error,) = list(result.errors or ())
        assert error.path == ["bare", 1, "maybeText"]
        assert isinstance(error.original_error, AttributeError)


def test_a_batch_resolver_looks_like_the_function_it_is_made_of() -> None:
    made = batch(scaled)
    assert made.__name__ == "scaled"
    assert made.__doc__ == scaled.__doc__
    assert made.__module__ == scaled.__module__
    parameters = inspect.signature(made).parameters
    assert list(parameters) == ["root", "info", "some_factor", "and_text"]
    assert made.__annotations__.keys() == {*parameters, "return"}
    text = str(THEIRS)
    assert "scaled(someFactor: Int! = 2, andText: String = null): String!" in text
    assert "parents" not in text
