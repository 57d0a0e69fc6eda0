"""Generated worlds: a schema, the objects behind it, and how each field of each object comes out.

A world is plain data. Everything that can be consumed once (awaitables, iterators) is made anew
whenever a resolver is called, so that two executions see the same.
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
    """A value as it is."""

    value: Any


@dataclass(frozen=True)
class Ref:
    """One of the objects, by its type and number."""

    type: str
    number: int


@dataclass(frozen=True)
class Fail:
    """An error: raised by the resolver, or with ``returned`` handed out as a value."""

    kind: str
    text: str
    returned: bool = False


@dataclass(frozen=True)
class Wait:
    """Something awaitable that takes some turns of the event loop."""

    outcome: "Outcome"
    turns: int


@dataclass(frozen=True)
class Many:
    """Several values in some kind of iterable, which may fail after the last."""

    kind: str
    outcomes: tuple["Outcome", ...]
    failure: Fail | None = None


@dataclass(frozen=True)
class Echo:
    """A text of the arguments."""


Outcome: TypeAlias = Plain | Ref | Fail | Wait | Many | Echo


@dataclass(frozen=True)
class Node:
    """An object: the type that it claims to have, whether it is a dictionary, its fields."""

    claims: str | None
    mapping: bool
    outcomes: Mapping[str, Outcome]


@dataclass(frozen=True)
class World:
    """A schema with its objects; ``resolvers`` says by ``Type.field`` how a field is resolved.

    ``type_of`` and ``type_resolvers`` say by type whether it knows its own objects, and an
    abstract type the type of each: "sync" or "async".
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
    """An awaitable that is no coroutine."""

    def __init__(self, make: Callable[[], Any]) -> None:
        self.make = make

    def __await__(self) -> Any:
        return self.make().__await__()


class Theatre:
    """One execution's view of a world: makes objects and values as they are asked for."""

    def __init__(self, world: World, schedule: Callable[[int], int] = int) -> None:
        self.world = world
        self.schedule = schedule
        # The response paths of what was resolved, in this order.
        self.calls: list[list[str | int]] = []
        self._coroutines: list[Coroutine[Any, Any, Any]] = []

    def close(self) -> None:
        """End what nobody awaited: graphql-core drops some of what it has given up."""
        for coroutine in self._coroutines:
            coroutine.close()

    def object(self, type_: str, number: int) -> Any:
        """An object as resolvers see it: a dictionary, or something with attributes."""
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
        """What a field of an object resolves to."""
        found = identity(source)
        if found is None:
            return None
        node = self.world.nodes[found[0]][found[1]]
        return self.resolved(node.outcomes.get(name, Plain(None)), arguments)

    def resolved(  # noqa: PLR0911 - one for each kind
        self, outcome: Outcome, arguments: Mapping[str, Any]
    ) -> Any:
        """The value of an outcome; raises where it is a failure to be raised."""
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
    """The type and number of an object, None for any other value."""
    found: tuple[str, int] | None = (
        source.get("identity") if isinstance(source, dict) else getattr(source, "identity", None)
    )
    return found


def claims(world: World, source: Any) -> str | None:
    """The name of the type that an object claims to have."""
    found = identity(source)
    return world.nodes[found[0]][found[1]].claims if found else None


@lru_cache(maxsize=8)
def parsed(text: str) -> DocumentNode:
    """The document of a text, the same one for the same text: plans know it by identity."""
    return parse(text)


def schema_of(world: World, batched: bool) -> GraphQLSchema:
    """The schema; without ``batched``, fields with a batch resolver have an ordinary one."""
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
    """The custom scalar: refuses some values in every way there is."""
    if value == "raise":
        raise ValueError("odd value")
    if value == "refuse":
        raise GraphQLError("odd refusal", extensions={"code": "ODD"})
    if value in ("null", "undefined"):
        return None if value == "null" else Undefined
    return f"odd {value}"


def wire(definition: GraphQLField, kind: str | None, batched: bool) -> None:
    """Give a field its resolver."""
    for name, argument in definition.args.items():
        argument.out_name = "camel_case" if name == "camelCase" else None
    if kind == "resolve" or (kind is not None and not batched):
        definition.resolve = resolve
    elif kind is not None:
        definition.resolve = batch(BATCHES[kind])


def resolve(source: Any, info: GraphQLResolveInfo[Any], **arguments: Any) -> Any:
    """An ordinary resolver."""
    theatre: Theatre = info.context
    theatre.calls.append(info.path.as_list())
    return theatre.answer(source, info.field_name, arguments)


def resolve_all(parents: list[Any], info: GraphQLResolveInfo[Any], **arguments: Any) -> list[Any]:
    """A batch resolver; what an ordinary one raises is in the list."""
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
    """An asynchronous batch resolver."""
    await asyncio.sleep(0)
    return resolve_all(parents, info, **arguments)


BATCHES = {"batch": resolve_all, "batch later": resolve_all_later}


def resolve_custom(source: Any, info: GraphQLResolveInfo[Any], **arguments: Any) -> Any:
    """A resolver for fields that have none, in the place of graphql-core's."""
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
