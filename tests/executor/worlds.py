"""Generated worlds: a schema, its objects, and the outcome of each field of each object.

A world is plain data. Values that can be consumed only once (awaitables, iterators) are created
whenever a resolver is called, so that two executions get equal values.
"""
# ruff: noqa: ARG005 - resolvers take what graphql-core gives them.

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache, partial
from typing import Any, TypeAlias

from graphql import (
    DocumentNode,
    GraphQLEnumType,
    GraphQLError,
    GraphQLField,
    GraphQLResolveInfo,
    GraphQLScalarType,
    GraphQLSchema,
    Undefined,
    build_ast_schema,
    is_interface_type,
    is_object_type,
    is_union_type,
    parse,
)

from erikti.executor import batch

ERRORS: Mapping[str, Callable[[str], Exception]] = {
    "value": ValueError,
    "type": TypeError,
    "graphql": lambda text: GraphQLError(text, extensions={"code": text}),
    "located": lambda text: GraphQLError(text, path=["else", 0]),
}


@dataclass(frozen=True)
class Plain:
    """A plain value."""

    value: Any


@dataclass(frozen=True)
class Ref:
    """A reference to an object by type and number."""

    type: str
    number: int


@dataclass(frozen=True)
class Fail:
    """An error, raised by the resolver, or returned as a value with ``returned``."""

    kind: str
    text: str
    returned: bool = False


@dataclass(frozen=True)
class Wait:
    """An awaitable that takes some event loop steps."""

    outcome: "Outcome"
    turns: int


@dataclass(frozen=True)
class Many:
    """Several values in a kind of iterable, which may fail after the last one."""

    kind: str
    outcomes: tuple["Outcome", ...]
    failure: Fail | None = None


@dataclass(frozen=True)
class Echo:
    """The arguments as text."""


Outcome: TypeAlias = Plain | Ref | Fail | Wait | Many | Echo


@dataclass(frozen=True)
class Node:
    """An object: its claimed type, whether it is a dictionary, and its fields."""

    claims: str | None
    mapping: bool
    outcomes: Mapping[str, Outcome]


@dataclass(frozen=True)
class World:
    """A schema with its objects; ``resolvers`` has the kind of resolver by ``Type.field``.

    ``type_of`` and ``type_resolvers`` are the kinds of ``is_type_of`` and ``resolve_type`` by
    type: "sync" or "async".
    """

    sdl: str
    nodes: Mapping[str, Sequence[Node]]
    resolvers: Mapping[str, str]
    type_of: Mapping[str, str] = field(default_factory=dict)
    type_resolvers: Mapping[str, str] = field(default_factory=dict)
    custom_resolver: bool = False


class Thing:
    """An object whose fields are its attributes."""


class Later:
    """An awaitable that is not a coroutine."""

    def __init__(self, make: Callable[[], Any]) -> None:
        self.make = make

    def __await__(self) -> Any:
        return self.make().__await__()


class Theatre:
    """One execution's view of a world, which creates objects and values on demand."""

    def __init__(self, world: World, schedule: Callable[[int], int] = int) -> None:
        self.world = world
        self.schedule = schedule
        # The response paths of what was resolved, in this order.
        self.calls: list[list[str | int]] = []
        self._coroutines: list[Coroutine[Any, Any, Any]] = []

    def close(self) -> None:
        """Close unawaited coroutines, since graphql-core drops some after errors."""
        for coroutine in self._coroutines:
            coroutine.close()

    def object(self, type_: str, number: int) -> Any:
        """Return an object as a dictionary or with attributes."""
        node = self.world.nodes[type_][number]
        known: dict[str, Any] = {"identity": (type_, number)}
        if type_ not in self.world.type_of:
            known["_Thing__typename" if not node.mapping else "__typename"] = node.claims
        for name, outcome in node.outcomes.items():
            known[name] = outcome.value if isinstance(outcome, Plain) else self._method(outcome)
        if node.mapping:
            return known
        thing = Thing()
        thing.__dict__.update(known)
        return thing

    def _method(self, outcome: Outcome) -> Callable[..., Any]:
        return lambda info, **arguments: self.resolved(outcome, arguments)

    def answer(self, source: Any, name: str, arguments: Mapping[str, Any]) -> Any:
        """Return the value of an object's field."""
        found = identity(source)
        if found is None:
            return None
        node = self.world.nodes[found[0]][found[1]]
        return self.resolved(node.outcomes.get(name, Plain(None)), arguments)

    def resolved(  # noqa: PLR0911 - one for each kind
        self, outcome: Outcome, arguments: Mapping[str, Any]
    ) -> Any:
        """Return the value of an outcome, or raise its failure."""
        match outcome:
            case Plain(value):
                return value
            case Echo():
                return repr(sorted(arguments.items(), key=str))
            case Ref(type_, number):
                return self.object(type_, number)
            case Fail(kind, text, returned):
                error = ERRORS[kind](text)
                if returned:
                    return error
                raise error
            case Wait(inner, turns):
                waiting = Later(partial(self._later, inner, self.schedule(turns), arguments))
                if turns % 2:
                    return waiting
                self._coroutines.append(waiting.make())
                return self._coroutines[-1]
            case Many():
                return self._many(outcome, arguments)

    async def _later(self, outcome: Outcome, turns: int, arguments: Mapping[str, Any]) -> Any:
        for _ in range(turns):
            await asyncio.sleep(0)
        return self.resolved(outcome, arguments)

    def _many(self, many: Many, arguments: Mapping[str, Any]) -> Any:
        def generate() -> Iterator[Any]:
            for outcome in many.outcomes:
                yield self.resolved(outcome, arguments)
            if many.failure:
                self.resolved(many.failure, arguments)

        async def generate_later() -> AsyncIterator[Any]:
            for value in generate():
                await asyncio.sleep(0)
                yield value

        if many.kind == "async generator":
            return generate_later()
        if many.kind == "generator":
            return generate()
        values = [self.resolved(outcome, arguments) for outcome in many.outcomes]
        return tuple(values) if many.kind == "tuple" else values


def identity(source: Any) -> tuple[str, int] | None:
    """Return the type and number of an object, or None for other values."""
    found: tuple[str, int] | None = (
        source.get("identity") if isinstance(source, dict) else getattr(source, "identity", None)
    )
    return found


def claims(world: World, source: Any) -> str | None:
    """Return the name of the type that an object claims."""
    found = identity(source)
    return world.nodes[found[0]][found[1]].claims if found else None


@lru_cache(maxsize=8)
def parsed(text: str) -> DocumentNode:
    """Return the document of a text, cached because plans compare documents by identity."""
    return parse(text)


def schema_of(world: World, batched: bool) -> GraphQLSchema:
    """Return the schema; without ``batched``, batch resolvers are replaced by ordinary ones."""
    schema = build_ast_schema(parsed(world.sdl), assume_valid_sdl=True)
    for type_ in list(schema.type_map.values()):
        if type_.name.startswith("__"):
            continue
        if is_object_type(type_):
            for name, definition in type_.fields.items():
                wire(definition, world.resolvers.get(f"{type_}.{name}"), batched)
            if type_.name in world.type_of:
                type_.is_type_of = _type_of(world, type_.name)
        elif (
            is_interface_type(type_) or is_union_type(type_)
        ) and type_.name in world.type_resolvers:
            type_.resolve_type = _type_resolver(world, world.type_resolvers[type_.name])
        elif isinstance(type_, GraphQLEnumType):
            for value in type_.values.values():
                value.value = str(value.value).lower() if value.value is not None else None
        elif isinstance(type_, GraphQLScalarType) and type_.name == "Odd":
            type_.coerce_output_value = type_.coerce_input_value = odd
    return schema


def odd(value: Any) -> Any:
    """Serialize the custom scalar, which rejects values in every possible way."""
    if value == "raise":
        raise ValueError("odd value")
    if value == "refuse":
        raise GraphQLError("odd refusal", extensions={"code": "ODD"})
    if value in ("null", "undefined"):
        return None if value == "null" else Undefined
    return f"odd {value}"


def wire(definition: GraphQLField, kind: str | None, batched: bool) -> None:
    """Set a field's resolver."""
    for name, argument in definition.args.items():
        argument.out_name = "camel_case" if name == "camelCase" else None
    if kind == "resolve" or (kind is not None and not batched):
        definition.resolve = resolve
    elif kind is not None:
        definition.resolve = batch(BATCHES[kind])


def resolve(source: Any, info: GraphQLResolveInfo[Any], **arguments: Any) -> Any:
    """Resolve one parent."""
    theatre: Theatre = info.context
    theatre.calls.append(info.path.as_list())
    return theatre.answer(source, info.field_name, arguments)


def resolve_all(parents: list[Any], info: GraphQLResolveInfo[Any], **arguments: Any) -> list[Any]:
    """Resolve all parents, with exceptions as list items."""
    theatre: Theatre = info.context
    theatre.calls.append(info.path.as_list())
    values = []
    for parent in parents:
        try:
            values.append(theatre.answer(parent, info.field_name, arguments))
        except Exception as error:
            values.append(error)
    return values


async def resolve_all_later(
    parents: list[Any], info: GraphQLResolveInfo[Any], **arguments: Any
) -> list[Any]:
    """Resolve all parents asynchronously."""
    await asyncio.sleep(0)
    return resolve_all(parents, info, **arguments)


BATCHES = {"batch": resolve_all, "batch later": resolve_all_later}


def resolve_custom(source: Any, info: GraphQLResolveInfo[Any], **arguments: Any) -> Any:
    """Resolve fields without a resolver, instead of the default resolver."""
    theatre: Theatre = info.context
    return theatre.answer(source, info.field_name, arguments)


def _type_of(world: World, name: str) -> Callable[..., Any]:
    def is_type_of(value: Any, info: Any) -> bool:
        return claims(world, value) == name

    return _maybe_later(is_type_of, world.type_of[name])


def _type_resolver(world: World, kind: str) -> Callable[..., Any]:
    def resolve_type(value: Any, info: Any, type_: Any) -> str | None:
        found = claims(world, value)
        if found == "raise":
            raise ValueError("no type")
        return found

    return _maybe_later(resolve_type, kind)


def _maybe_later(function: Callable[..., Any], kind: str) -> Callable[..., Any]:
    if kind == "sync":
        return function

    async def later(*arguments: Any) -> Any:
        await asyncio.sleep(0)
        return function(*arguments)

    return later
