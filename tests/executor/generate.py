"""Random worlds: small schemas with all kinds of types, and mostly valid outcomes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from random import Random
from typing import Any

from tests.executor.worlds import Echo, Fail, Many, Node, Outcome, Plain, Ref, Wait, World

# The wrappers of a named type, from the inside out: "!" and "[" for a list.
WRAPPERS = ("", "!", "[", "[!", "![", "![!", "[[", "![![!", "[![", "![[!")
LEAVES = ("Int", "Float", "String", "Boolean", "ID", "Colour", "Odd")
ARGUMENTS = (
    "n: Int",
    "n: Int! = 3",
    "n: Float!",
    's: String = "d"',
    "c: Colour = RED",
    "cs: [Colour!]",
    "p: Point",
    "p: Point = {x: 1, near: {x: 2}}",
    "ps: [[Point!]]",
    "o: Odd",
    "either: Either",
    "camelCase: Boolean",
)
INPUTS = """
enum Colour { RED GREEN BLUE }
scalar Odd
input Point { x: Int! y: Int = 7 c: Colour near: Point }
input Either @oneOf { a: Int b: [String!] }
"""
RIGHT: Mapping[str, Sequence[Any]] = {
    "Int": (1, -2, 2**31 - 1, 1.0, "12"),
    "Float": (0.5, 1, float("nan"), "1.5"),
    "String": ("", "text", 1, True, 1.0),
    "Boolean": (True, False, 1, 0.0),
    "ID": ("id", 7, ""),
    "Colour": ("red", "green", "blue"),
    "Odd": ("a", 1, "b"),
}
JUNK: tuple[Any, ...] = (
    None,
    None,
    2**31,
    1.5,
    "x",
    [],
    {},
    (),
    b"b",
    ["x"],
    {"a": 1},
    "raise",
    "refuse",
    "null",
    "undefined",
)
CLAIMS = ("Nope", "Int", "A", "Query", "raise", None)
NUMBERS = range(3)


@dataclass(frozen=True)
class Traits:
    """The features of a world: awaitables and faults."""

    waits: bool
    faults: bool = True


@dataclass(frozen=True)
class FieldSpec:
    """A field: its name, arguments and type."""

    name: str
    arguments: tuple[str, ...]
    named: str
    wrappers: str

    def sdl(self) -> str:
        """Return the field in the schema definition language."""
        type_ = self.named
        for wrapper in self.wrappers:
            type_ = f"{type_}!" if wrapper == "!" else f"[{type_}]"
        arguments = f"({', '.join(self.arguments)})" if self.arguments else ""
        return f"{self.name}{arguments}: {type_}"


class Maker:
    """Generates one world with the traits."""

    def __init__(self, random: Random, traits: Traits) -> None:
        self.random = random
        self.traits = traits
        self.objects = ["A", "B", "C"][: random.randint(1, 3)]
        self.members: dict[str, list[str]] = {
            name: random.sample(self.objects, random.randint(1, len(self.objects)))
            for name in ("I", "U")
        }
        self.possible = {**{name: [name] for name in self.objects}, **self.members}
        self.failures = 0

    def one_in(self, count: int) -> bool:
        """Return True with a probability of 1 in ``count``."""
        return self.random.randint(1, count) == count

    def world(self) -> World:
        shared = self.fields("i", 3)
        own = {name: self.fields(name.lower(), 4) for name in [*self.objects, "Query", "Mutation"]}
        fields = {
            name: [*(shared if name in self.members["I"] else []), *specs]
            for name, specs in own.items()
        }
        resolvers = {
            f"{type_}.{spec.name}": kind
            for type_, specs in fields.items()
            for spec in specs
            if (kind := self.resolver(spec)) is not None
        }
        nodes = {
            type_: [self.node(type_, specs) for _ in (NUMBERS if type_ in own else ())]
            for type_, specs in fields.items()
        }
        return World(
            self.sdl(shared, fields),
            nodes,
            resolvers,
            {name: kind for name in self.objects if (kind := self.timing(3))},
            {name: kind for name in self.members if (kind := self.timing(2))},
            self.one_in(6),
        )

    def timing(self, one_in: int) -> str | None:
        if not self.one_in(one_in):
            return None
        return "async" if self.traits.waits and self.one_in(3) else "sync"

    def resolver(self, spec: FieldSpec) -> str | None:
        kinds = [None, "resolve", "batch"]
        if self.traits.waits:
            kinds.append("batch later")
        chosen: str | None = self.random.choice(kinds)
        return chosen

    def sdl(self, shared: list[FieldSpec], fields: dict[str, list[FieldSpec]]) -> str:
        lines = [INPUTS, f"union U = {' | '.join(self.members['U'])}"]
        lines.append(f"interface I {{ {' '.join(spec.sdl() for spec in shared)} }}")
        for type_, specs in fields.items():
            head = f"type {type_} implements I" if type_ in self.members["I"] else f"type {type_}"
            lines.append(f"{head} {{ {' '.join(spec.sdl() for spec in specs)} }}")
        return "\n".join(lines)

    def fields(self, prefix: str, most: int) -> list[FieldSpec]:
        count = self.random.randint(2, most)
        return [self.field(f"{prefix}{n}") for n in range(count)]

    def field(self, name: str) -> FieldSpec:
        # Objects lead to further fields, so they are more than half.
        named = self.random.choice([*self.possible, *self.possible, *LEAVES])
        arguments: list[str] = []
        if self.one_in(3):
            chosen = self.random.sample(ARGUMENTS, self.random.randint(1, 2))
            # One of each name.
            arguments = list({text.partition(":")[0]: text for text in chosen}.values())
        return FieldSpec(name, tuple(arguments), named, self.random.choice(WRAPPERS))

    def node(self, type_: str, specs: list[FieldSpec]) -> Node:
        claims: str | None = type_
        if self.traits.faults and self.one_in(6):
            claims = self.random.choice(CLAIMS)
        outcomes = {spec.name: self.outcome(spec.named, spec.wrappers) for spec in specs}
        return Node(claims, self.one_in(2), outcomes)

    def outcome(self, named: str, wrappers: str, item: bool = False) -> Outcome:
        """Return the outcome of a value of a type, possibly awaitable."""
        if self.traits.waits and self.one_in(5):
            return Wait(self.present(named, wrappers, False), self.random.randint(0, 3))
        return self.present(named, wrappers, item)

    def present(self, named: str, wrappers: str, item: bool) -> Outcome:
        """Return an outcome of a type that is not awaitable; a list item cannot raise."""
        required = wrappers.endswith("!")
        if self.traits.faults and self.one_in(20):
            return self.fault(item)
        inner = wrappers.removesuffix("!")
        if not required and self.one_in(10):
            return Plain(None)
        if inner.endswith("["):
            return self.many(named, inner[:-1])
        if named in self.possible:
            types = self.possible[named]
            return Ref(self.random.choice(types), self.random.choice(NUMBERS))
        if named == "String" and self.one_in(2):
            return Echo()
        return Plain(self.random.choice(RIGHT[named]))

    def fault(self, item: bool) -> Outcome:
        if self.one_in(2):
            return Plain(self.random.choice(JUNK))
        return self.failure(item or self.one_in(4))

    def failure(self, returned: bool) -> Fail:
        self.failures += 1
        kind = self.random.choice(["value", "type", "graphql", "located"])
        return Fail(kind, f"failure {self.failures}", returned)

    def many(self, named: str, wrappers: str) -> Many:
        kinds = ["list", "list", "list", "tuple", "generator"]
        if self.traits.waits:
            kinds.append("async generator")
        kind = self.random.choice(kinds)
        count = self.random.choice([2, 3, 1, 0, 2])
        outcomes = tuple(self.outcome(named, wrappers, item=True) for _ in range(count))
        if self.one_in(12) and not wrappers.endswith("!"):
            outcomes = (Plain(None),) * count
        if self.traits.faults and "generator" in kind and self.one_in(3):
            # Earlier items must be valid: for a failing iterable, the executor reports only that error.
            right = [] if wrappers or named in self.possible else RIGHT[named][:2]
            return Many(kind, tuple(Plain(value) for value in right), self.failure(False))
        return Many(kind, outcomes)
