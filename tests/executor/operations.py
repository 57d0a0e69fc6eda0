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
# Possible values of inputs by "Type.field.argument", "Input.field" or the name of a type.
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
    """Limits on the size of an operation.

    Optional arguments in ``always`` are always given, others with a probability of 1 in
    ``seldom``.
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
        """Return the conventional name of its root type."""
        return self.text.partition(" ")[0].capitalize()


class Writer:
    """Writes one valid operation.

    A response key has the same field, type and arguments everywhere in a document, so that
    fields with one key can always be merged.
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
        """Return the whole document."""
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
        """Return one of the values."""
        return self.random.choice(values)

    def chance(self, one_in: int) -> bool:
        """Return True with a probability of 1 in ``one_in``."""
        return self.random.randint(1, one_in) == one_in

    def selection_set(self, type_: Any, depth: int) -> str:
        """Return a selection set on a type, which is smaller at greater depth."""
        most = max(2, self.limits.selections - (self.limits.depth - depth))
        count = self.random.randint(1 + (depth > 1), most)
        return f"{{ {' '.join(self.selection(type_, depth) for _ in range(count))} }}"

    def selection(self, type_: Any, depth: int) -> str:
        """Return a field, an inline fragment or a fragment spread."""
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
        """Return the types that overlap with a type."""
        own = self.possible(type_)
        composites = [t for n, t in self.schema.type_map.items() if not n.startswith("__")]
        found = [t for t in composites if is_composite_type(t) and own & self.possible(t)]
        return [type_, *(t for t in found if t is not type_)]

    def possible(self, type_: Any) -> set[str]:
        """Return the names of the possible object types of a type."""
        if is_abstract_type(type_):
            return {t.name for t in self.schema.get_possible_types(type_)}
        return {type_.name}

    def fragment(self, type_: Any, depth: int) -> str:
        """Return the name of a fragment on a type, existing or new."""
        known = [name for name, (on, _) in self.fragments.items() if on is type_]
        if known and self.chance(2):
            return self.one_of(known)
        text = self.selection_set(type_, depth)
        name = f"F{len(self.fragments)}"
        self.fragments[name] = (type_, text)
        return name

    def field(self, type_: Any, depth: int) -> str:
        """Return a field with arguments, directives and selections."""
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
        """Return an alias if one is needed, and sometimes otherwise."""
        meaning = (name, type_, arguments)
        number = 1 if self.chance(6) else 0
        while True:
            key = f"{name}_{number}" if number else name
            if self.keys.setdefault(key, meaning) == meaning:
                return f"{key}: " if number else ""
            number += 1

    def directive(self) -> str:
        """Return, rarely, a ``@skip`` or ``@include``."""
        if not self.chance(12):
            return ""
        name = self.one_of(["include", "skip"])
        value = self.one_of((False, True))
        if self.chance(2):
            return f" @{name}(if: {json.dumps(value)})"
        return f" @{name}(if: {self.variable('Boolean!', value)})"

    def variable(self, type_: str, value: Any, default: str = "") -> str:
        """Return a new variable of a type; with ``OMITTED`` it gets no value."""
        name = f"v{len(self.definitions)}"
        self.definitions.append(f"${name}: {type_}{default}")
        if value is not OMITTED:
            self.values[name] = value
        return f"${name}"

    def arguments(self, place: str, definition: GraphQLField) -> str:
        """Return the arguments in parentheses, or an empty text."""
        found = [
            f"{name}: {text}"
            for name, argument in definition.args.items()
            if (text := self.argument(f"{place}.{name}", argument)) is not None
        ]
        return f"({', '.join(found)})" if found else ""

    def argument(self, place: str, argument: GraphQLArgument) -> str | None:
        """Return the text of one argument, or None to omit it."""
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
            # A nullable variable is allowed at a position with a default, and may be null there.
            given = self.one_of([OMITTED, None, value])
            return self.variable(str(type_.of_type), given)
        if self.chance(3):
            given = self.one_of([OMITTED, value])
            return self.variable(str(type_), given, f" = {literal(type_, value)}")
        given = value if required else self.one_of([OMITTED, None, value])
        return self.variable(str(type_), given)

    def value(self, place: str, type_: Any, depth: int = 2) -> Any:
        """Return a value for an input in JSON; enum values by name."""
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
        """Return a value for an input object, with one field for oneOf inputs."""
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
    """Return the innermost type."""
    return get_named_type(type_)


def literal(type_: Any, value: Any) -> str:
    """Return a value of an input type as a literal."""
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
        # A scalar that accepts any value.
        return f"{{{', '.join(f'{name}: {literal(inner, item)}' for name, item in value.items())}}}"
    return json.dumps(value)
