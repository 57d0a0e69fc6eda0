"""Random valid operations on any schema."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Any, TypeVar

from graphql import (
    GraphQLArgument,
    GraphQLEnumType,
    GraphQLField,
    GraphQLInputObjectType,
    GraphQLNamedType,
    GraphQLSchema,
    Undefined,
    get_named_type,
    get_nullable_type,
    is_abstract_type,
    is_composite_type,
    is_input_object_type,
    is_interface_type,
    is_list_type,
    is_non_null_type,
    is_object_type,
)

T = TypeVar("T")
# What may be given for an input: by "Type.field.argument", by "Input.field" or by the name of a type.
Givens = Mapping[str, Sequence[Any]]

SCALARS: Givens = {
    "Int": range(-2, 4),
    "Float": (0.5, -1, 2e3),
    "String": ("", "a", 'quoted "b"'),
    "Boolean": (False, True),
    "ID": ("a", "1"),
}
OMITTED = object()


@dataclass(frozen=True)
class Limits:
    """How large an operation may become.

    Of the arguments that may be left out, those in ``always`` never are, and others are given
    once in ``seldom`` times.
    """

    depth: int = 4
    selections: int = 5
    fields: int = 50
    introspection: bool = True
    seldom: int = 2
    always: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Operation:
    """A document with one operation, and values for its variables."""

    text: str
    variables: dict[str, Any] = field(default_factory=dict)

    @property
    def root(self) -> str:
        """The usual name of the type of its root."""
        return self.text.partition(" ")[0].capitalize()


class Writer:
    """Writes one valid operation.

    A response key stands for the same field, type and arguments everywhere in a document, so
    that fields of one key can always be merged.
    """

    def __init__(
        self,
        random: Random,
        schema: GraphQLSchema,
        givens: Givens = SCALARS,
        limits: Limits = Limits(),
    ) -> None:
        self.random = random
        self.schema = schema
        self.givens = givens
        self.limits = limits
        self.left = limits.fields
        self.keys: dict[str, tuple[str, str, str]] = {}
        self.fragments: dict[str, tuple[GraphQLNamedType, str]] = {}
        self.definitions: list[str] = []
        self.values: dict[str, Any] = {}

    def operation(self, kind: str) -> Operation:
        """The whole document."""
        root = {
            "query": self.schema.query_type,
            "mutation": self.schema.mutation_type,
        }[kind]
        assert root is not None
        body = self.selection_set(root, self.limits.depth)
        head = f"({', '.join(self.definitions)})" if self.definitions else ""
        texts = [f"{kind} Operation{head} {body}"]
        texts += [
            f"fragment {name} on {type_} {text}" for name, (type_, text) in self.fragments.items()
        ]
        return Operation("\n".join(texts), self.values)

    def one_of(self, values: Sequence[T]) -> T:
        """One of these."""
        return self.random.choice(values)

    def chance(self, one_in: int) -> bool:
        """True once in so many times."""
        return self.random.randint(1, one_in) == one_in

    def selection_set(self, type_: Any, depth: int) -> str:
        """Braces and what is selected of a type: less of it the deeper it is."""
        most = max(2, self.limits.selections - (self.limits.depth - depth))
        count = self.random.randint(1 + (depth > 1), most)
        return f"{{ {' '.join(self.selection(type_, depth) for _ in range(count))} }}"

    def selection(self, type_: Any, depth: int) -> str:
        """A field, an inline fragment or the spread of a fragment."""
        if self.left <= 0:
            return "__typename"
        choice = self.random.randint(0, 9)
        if depth <= 0 or choice < 8:
            return self.field(type_, depth)
        condition = type_ if self.chance(2) else self.one_of(self.overlapping(type_))
        if choice == 8:
            on = "" if condition is type_ and self.chance(2) else f" on {condition}"
            return f"...{on}{self.directive()} {self.selection_set(condition, depth - 1)}"
        return f"...{self.fragment(condition, depth - 1)}{self.directive()}"

    def overlapping(self, type_: Any) -> list[Any]:
        """The types that an object of a type may also have."""
        own = self.possible(type_)
        composites = [t for n, t in self.schema.type_map.items() if not n.startswith("__")]
        found = [t for t in composites if is_composite_type(t) and own & self.possible(t)]
        return [type_, *(t for t in found if t is not type_)]

    def possible(self, type_: Any) -> set[str]:
        """The names of the object types that an object of a type may have."""
        if is_abstract_type(type_):
            return {t.name for t in self.schema.get_possible_types(type_)}
        return {type_.name}

    def fragment(self, type_: Any, depth: int) -> str:
        """The name of a fragment on a type: one written before, or a new one."""
        known = [name for name, (on, _) in self.fragments.items() if on is type_]
        if known and self.chance(2):
            return self.one_of(known)
        text = self.selection_set(type_, depth)
        name = f"F{len(self.fragments)}"
        self.fragments[name] = (type_, text)
        return name

    def field(self, type_: Any, depth: int) -> str:
        """A field with its arguments, directives and what is selected below it."""
        self.left -= 1
        fields = dict(type_.fields) if is_object_type(type_) or is_interface_type(type_) else {}
        root = self.schema.query_type
        if root is not None and root is type_ and self.limits.introspection and self.chance(20):
            fields = {n: self.schema.get_field(root, n) for n in ("__schema", "__type")}
        fields = {
            n: f for n, f in fields.items() if depth > 0 or not is_composite_type(named(f.type))
        }
        if not fields or self.chance(16):
            return f"{self.key('__typename', 'String!', '')}__typename{self.directive()}"
        name = self.one_of(sorted(fields))
        definition: GraphQLField = fields[name]
        arguments = self.arguments(f"{type_}.{name}", definition)
        below = named(definition.type)
        inner = f" {self.selection_set(below, depth - 1)}" if is_composite_type(below) else ""
        key = self.key(name, str(definition.type), arguments)
        return f"{key}{name}{arguments}{self.directive()}{inner}"

    def key(self, name: str, type_: str, arguments: str) -> str:
        """An alias where one is needed, and now and then where none is."""
        meaning = (name, type_, arguments)
        number = 1 if self.chance(6) else 0
        while True:
            key = f"{name}_{number}" if number else name
            if self.keys.setdefault(key, meaning) == meaning:
                return f"{key}: " if number else ""
            number += 1

    def directive(self) -> str:
        """Rarely one that leaves something in or out."""
        if not self.chance(12):
            return ""
        name = self.one_of(["include", "skip"])
        value = self.one_of((False, True))
        if self.chance(2):
            return f" @{name}(if: {json.dumps(value)})"
        return f" @{name}(if: {self.variable('Boolean!', value)})"

    def variable(self, type_: str, value: Any, default: str = "") -> str:
        """A new variable of a type; with ``OMITTED`` no value is given for it."""
        name = f"v{len(self.definitions)}"
        self.definitions.append(f"${name}: {type_}{default}")
        if value is not OMITTED:
            self.values[name] = value
        return f"${name}"

    def arguments(self, place: str, definition: GraphQLField) -> str:
        """Arguments in parentheses, or nothing."""
        found = [
            f"{name}: {text}"
            for name, argument in definition.args.items()
            if (text := self.argument(f"{place}.{name}", argument)) is not None
        ]
        return f"({', '.join(found)})" if found else ""

    def argument(self, place: str, argument: GraphQLArgument) -> str | None:
        """The text of one argument, None where it is left out."""
        type_: Any = argument.type
        required = is_non_null_type(type_)
        has_default = argument.default_value is not Undefined or argument.default is not None
        optional = not required or has_default
        always = place.rpartition(".")[2] in self.limits.always
        if optional and not always and not self.chance(self.limits.seldom):
            return None
        value = self.value(place, type_)
        if not self.chance(3):
            return literal(type_, value)
        if required and has_default and self.chance(2):
            # A nullable variable may stand where there is a default, and then be null.
            given = self.one_of([OMITTED, None, value])
            return self.variable(str(type_.of_type), given)
        if self.chance(3):
            given = self.one_of([OMITTED, value])
            return self.variable(str(type_), given, f" = {literal(type_, value)}")
        given = value if required else self.one_of([OMITTED, None, value])
        return self.variable(str(type_), given)

    def value(self, place: str, type_: Any, depth: int = 2) -> Any:
        """A value for an input, as in JSON; enum values by name."""
        inner: Any = get_nullable_type(type_)
        known = self.givens.get(place)
        if known is not None:
            return self.one_of(known)
        if inner is type_ and (depth < 0 or self.chance(6)):
            return None
        if is_list_type(inner):
            count = self.random.randint(0, 2)
            return [self.value(place, inner.of_type, depth - 1) for _ in range(count)]
        if isinstance(inner, GraphQLEnumType):
            return self.one_of(sorted(inner.values))
        if is_input_object_type(inner):
            return self.input_object(inner, depth - 1)
        return self.one_of(self.givens[inner.name])

    def input_object(self, type_: GraphQLInputObjectType, depth: int) -> dict[str, Any]:
        """A value for an input object: one field of those of which just one may be given."""
        if type_.is_one_of:
            name = self.one_of(sorted(type_.fields))
            inner = type_.fields[name].type
            given = None
            while given is None:
                given = self.value(f"{type_}.{name}", inner, max(depth, 0))
            return {name: given}
        needed: list[str] = []
        others: list[str] = []
        for name, input_field in type_.fields.items():
            default = input_field.default_value is not Undefined or input_field.default
            required = is_non_null_type(input_field.type) and not default
            (needed if required else others).append(name)
        if others and depth >= 0:
            needed += self.random.sample(others, min(self.random.randint(0, 2), len(others)))
        return {
            name: self.value(f"{type_}.{name}", type_.fields[name].type, depth) for name in needed
        }


def named(type_: Any) -> Any:
    """The innermost type."""
    return get_named_type(type_)


def literal(type_: Any, value: Any) -> str:
    """A value of an input type as it is written in a document."""
    inner: Any = get_nullable_type(type_)
    if value is None:
        return "null"
    if is_list_type(inner):
        return f"[{', '.join(literal(inner.of_type, item) for item in value)}]"
    if isinstance(inner, GraphQLEnumType):
        return str(value)
    if is_input_object_type(inner):
        fields = inner.fields
        found = [f"{name}: {literal(fields[name].type, item)}" for name, item in value.items()]
        return f"{{{', '.join(found)}}}"
    if isinstance(value, dict):
        # A scalar that takes any value.
        return f"{{{', '.join(f'{name}: {literal(inner, item)}' for name, item in value.items())}}}"
    return json.dumps(value)
