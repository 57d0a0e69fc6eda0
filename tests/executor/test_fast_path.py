"""The fast path completes ordinary values by column, and others as graphql-core does."""
# ruff: noqa: ARG005 - resolvers take what they are given.

import asyncio
import sys
from collections import Counter, UserDict
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from datetime import date
from enum import Enum, IntEnum, StrEnum
from functools import partial
from inspect import isawaitable
from pathlib import Path
from types import FrameType
from typing import Any

import pytest
from graphql import DocumentNode, GraphQLSchema, Undefined, build_schema, execute, parse

from erikti import executor
from erikti.executor import BreadthFirstExecutor, batch, by_class
from tests.executor.oracle import answer_of

OURS = str(Path(executor.__file__).parent)
FEW, MANY = 2, 200


class Colour(Enum):
    """The internal values of the enum."""

    RED = "red"
    GREEN = "green"


class Size(IntEnum):
    """An enum whose members equal numbers."""

    SMALL = 1


class Words(StrEnum):
    """An enum whose members equal texts."""

    RED = "red"


class Refusal(Enum):
    """An enum that is not in the schema."""

    NO = "no"


LEAVES = {
    "text": "String",
    "id": "ID",
    "sureText": "String!",
    "number": "Int",
    "sureNumber": "Int!",
    "decimal": "Float",
    "flag": "Boolean",
    "colour": "Colour",
    "sureColour": "Colour!",
    "odd": "Odd",
    "sureOdd": "Odd!",
    "texts": "[String]",
    "sureTexts": "[String!]!",
    "table": "[[Int!]]",
    "colours": "[Colour!]",
}
SDL = f"""
enum Colour {{ RED GREEN ONE }}
scalar Odd
type Query {{
  things: [Thing!] single: Thing maybe: [Thing] lists: [[Thing]] named: [Named] union: [Either]
}}
interface Named {{ text: String }}
type Thing implements Named {{
  {" ".join(f"{name}: {type_}" for name, type_ in LEAVES.items())}
  inner: Thing sureInner: Thing! others: [Thing] sureOthers: [Thing!]! either: Either
}}
type Other {{ text: String number: Int }}
union Either = Thing | Other
"""


def odd(value: Any) -> Any:
    """Serialize a scalar, with null, Undefined or an error for some values."""
    if value in ("none", "undefined"):
        return None if value == "none" else Undefined
    if value == "refused":
        raise ValueError("no such value")
    return f"odd {value if isinstance(value, str | int | float) else type(value).__name__}"


def make_schema(**resolvers: Callable[..., Any]) -> GraphQLSchema:
    """Return the schema with resolvers for fields of things."""
    schema = build_schema(SDL)
    types: Any = schema.type_map
    for name, value in {"RED": Colour.RED, "GREEN": "green", "ONE": 1}.items():
        types["Colour"].values[name].value = value
    types["Odd"].coerce_output_value = odd
    for name, function in resolvers.items():
        types["Thing"].fields[name].resolve = function
    return schema


class Thing:
    """An object with attributes, of the type with its name."""

    def __init__(self, **values: Any) -> None:
        self.__dict__.update(values)


class Other(Thing):
    """An object of the other type."""


def mapping(**values: Any) -> Any:
    """Return a mapping that is not a dictionary."""
    return UserDict(values)


class Waited:
    """An awaitable that may be dropped without being awaited."""

    def __await__(self) -> Generator[Any, None, str]:
        yield from asyncio.sleep(0).__await__()
        return "waited"


async def both(schema: GraphQLSchema, document: DocumentNode, make: Callable[[], Any]) -> None:
    """Fail if the executors' results differ, ignoring the order of errors."""
    answers = []
    for chosen in (None, BreadthFirstExecutor):
        result: Any = execute(schema, document, make(), executor_class=chosen)
        result = await result if isawaitable(result) else result
        answers.append(answer_of(result, True, []))
    theirs, ours = answers
    assert ours == theirs


def called(info: Any) -> str:
    """Return a value when called."""
    return "called"


def failing(info: Any) -> str:
    """Fail when called."""
    raise ValueError(info.field_name)


# Created for each execution, since some can be consumed only once.
VALUES: dict[str, Callable[[], Any]] = {
    "null": lambda: None,
    "nothing": lambda: Undefined,
    "a text": lambda: "red",
    "an empty text": lambda: "",
    "a text for a scalar that makes null of it": lambda: "none",
    "a text for a scalar that makes nothing of it": lambda: "undefined",
    "a text for a scalar that refuses it": lambda: "refused",
    "a number": lambda: 1,
    "the largest number": lambda: 2**31 - 1,
    "a number too large": lambda: 2**31,
    "the smallest number": lambda: -(2**31),
    "a number too small": lambda: -(2**31) - 1,
    "true": lambda: True,
    "a decimal": lambda: 1.5,
    "a whole decimal": lambda: 1.0,
    "no number": lambda: float("nan"),
    "an infinite number": lambda: float("inf"),
    "a date": lambda: date(2024, 2, 29),
    "bytes": lambda: b"b",
    "an error": lambda: ValueError("an error as a value"),
    "a function": lambda: called,
    "a function that raises": lambda: failing,
    "what waits": Waited,
    "a member": lambda: Colour.RED,
    "a member that equals a number": lambda: Size.SMALL,
    "a member that equals a text": lambda: Words.RED,
    "a member of no use": lambda: Refusal.NO,
    "a list": lambda: ["a", "b"],
    "an empty list": list,
    "a tuple": lambda: ("a", None),
    "a set": lambda: {"a"},
    "a generator": lambda: (text for text in "ab"),
    "a dictionary": lambda: {"a": 1},
    "a list with an error": lambda: ["a", ValueError("an error in a list")],
    "a list of lists": lambda: [[1, 2], None, [3], []],
    "a list of lists with a null": lambda: [[1], [2, None]],
    "a list of tuples": lambda: ((1,), [2.0], []),
    "a list of members": lambda: ["green", Colour.RED, 1],
    "a list of what waits": lambda: [Waited(), "green"],
}


@pytest.mark.parametrize("name", LEAVES)
async def test_leaves_of_any_value_equal_graphql_core(name: str) -> None:
    schema = make_schema()
    document = parse(f"{{ maybe {{ __typename {name} text }} }}")
    for value in VALUES.values():
        for make in (Thing, dict, mapping):
            for count in (1, 2):
                make_things = partial(things, make, count, name, value)
                await both(schema, document, make_things)


@pytest.mark.parametrize("name", LEAVES)
async def test_batches_of_any_values_equal_graphql_core(name: str) -> None:
    schema = make_schema(
        **{name: batch(lambda parents, info: [parent[name] for parent in parents])}
    )
    document = parse(f"{{ maybe {{ {name} }} }}")
    for value in VALUES.values():
        await both(schema, document, partial(things, dict, 2, name, value))


def things(make: Callable[..., Any], count: int, name: str, value: Callable[[], Any]) -> Any:
    """Return a root with things that have a value in one field."""
    return {"maybe": [make(**{"text": "beside", name: value()}) for _ in range(count)]}


@contextmanager
def calls() -> Iterator[list[str]]:
    """Count the calls of the executor's functions by name."""
    found: list[str] = []

    def note(frame: FrameType, event: str, _: Any) -> None:
        # Resuming a generator expression for each value is not a call.
        code = frame.f_code
        counts = event == "call" and code.co_name != "<genexpr>"
        if counts and code.co_filename.startswith(OURS):
            found.append(code.co_qualname)

    before = sys.getprofile()
    sys.setprofile(note)
    try:
        yield found
    finally:
        sys.setprofile(before)


def deep(make: Callable[..., Any], n: int) -> Any:
    """Return a thing with only ordinary values."""
    return make(
        text=str(n),
        id=str(n),
        sureText=str(n),
        number=n,
        sureNumber=n,
        decimal=n / 2,
        flag=n % 2 == 0,
        colour=(Colour.RED, "green")[n % 2],
        sureColour="green",
        odd=n,
        sureOdd=n,
    )


ALL = "text id sureText number sureNumber decimal flag colour sureColour odd sureOdd __typename"
BOTH = "{ __typename ... on Thing { text } ... on Other { number } }"
# Operations, and the value of the field ``single`` or ``maybe`` for a number of objects.
SCENES: dict[str, tuple[str, Callable[[int], Any]]] = {
    "attributes": (
        f"{{ maybe {{ {ALL} }} }}",
        lambda count: {"maybe": [deep(Thing, n) for n in range(count)]},
    ),
    "items of dictionaries": (
        f"{{ maybe {{ {ALL} }} }}",
        lambda count: {"maybe": [deep(dict, n) for n in range(count)]},
    ),
    "objects in objects": (
        "{ maybe { inner { text } sureInner { number inner { text } } } }",
        lambda count: {
            "maybe": [
                Thing(inner=Thing(text="a"), sureInner=Thing(number=n, inner=Thing(text="b")))
                for n in range(count)
            ]
        },
    ),
    "nulls that are allowed": (
        "{ maybe { inner { text } } single { inner { text } } }",
        lambda count: {
            "maybe": [Thing(inner=(Thing(text="a"), None)[n % 2]) for n in range(count)],
            "single": Thing(inner=None),
        },
    ),
    "lists in lists": (
        "{ things { others { text } sureOthers { number } } }",
        lambda count: {
            "things": [
                Thing(others=[Thing(text="a")] * (n % 3), sureOthers=[Thing(number=1)])
                for n in range(count)
            ]
        },
    ),
    "lists in a list": (
        "{ lists { text } }",
        lambda count: {
            "lists": [([Thing(text="a")], (Thing(text="b"),), [])[n % 2] for n in range(count)]
        },
    ),
    "objects of one abstract type": (
        f"{{ union {BOTH} named {{ text }} things {{ either {BOTH} }} }}",
        lambda count: {
            "union": [Other(number=n) for n in range(count)],
            "named": [Thing(text="a")] * count,
            "things": [Thing(either=Thing(text="a"))] * count,
        },
    ),
}


OBJECTS = ("inner", "sureInner", "others", "sureOthers", "either")
# Called for each object if an attribute may be missing.
READING = "default_value"


def attributes(parents: list[Any], info: Any) -> list[Any]:
    """Return the things' values of a field."""
    return [getattr(parent, info.field_name) for parent in parents]


def typed_by_class(sure: bool) -> GraphQLSchema:
    """Return the schema with types that are resolved, or checked, by the objects' classes."""
    schema = make_schema(**dict.fromkeys(OBJECTS, batch(attributes)))
    types: Any = schema.type_map
    for name in ("Either", "Named"):
        types[name].resolve_type = by_class(lambda value, info, type_: type(value).__name__)
    if sure:
        for kind in (Thing, Other):
            check = by_class(lambda value, info, kind=kind: type(value) in (kind, dict))
            types[kind.__name__].is_type_of = check
    return schema


@pytest.mark.parametrize("sure", [False, True])
@pytest.mark.parametrize("name", SCENES)
async def test_ordinary_values_take_the_same_work_however_many_they_are(
    name: str, sure: bool
) -> None:
    text, make = SCENES[name]
    document = parse(text)
    schema = typed_by_class(sure)
    for count in (FEW, MANY):
        await both(schema, document, partial(make, count))
    made = []
    for count in (FEW, MANY):
        root = make(count)
        with calls() as found:
            execute(schema, document, root, executor_class=BreadthFirstExecutor)
        made.append(Counter(name for name in found if name != READING))
    few, many = made
    assert many == few


async def test_values_that_batches_answer_take_the_same_work_however_many_they_are() -> None:
    schema = make_schema(
        text=batch(lambda parents, info: [f"{parent['number']}" for parent in parents]),
        flag=batch(lambda parents, info: [True] * len(parents)),
        inner=batch(lambda parents, info: [{"number": 1}] * len(parents)),
        sureOthers=batch(lambda parents, info: [[{"number": 1}]] * len(parents)),
    )
    document = parse("{ maybe { text flag inner { number } sureOthers { number } } }")
    made = []
    for count in (FEW, MANY):
        root = {"maybe": [{"number": n} for n in range(count)]}
        await both(schema, document, partial(dict, root))
        with calls() as found:
            execute(schema, document, root, executor_class=BreadthFirstExecutor)
        made.append(Counter(name for name in found if "<lambda>" not in name))
    few, many = made
    assert many == few


@pytest.mark.parametrize("name", SCENES)
def test_an_operation_is_compiled_when_it_is_executed_first(name: str) -> None:
    text, make = SCENES[name]
    document, schema = parse(text), typed_by_class(sure=False)
    compiled = []
    for _ in range(3):
        with calls() as found:
            execute(schema, document, make(FEW), executor_class=BreadthFirstExecutor)
        compiled.append(sum(called in ("ScopePlan.__init__", "make_reader") for called in found))
    first, *others = compiled
    assert first > 0
    assert others == [0, 0]
