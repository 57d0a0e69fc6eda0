"""Batch resolvers: functions that resolve a field for many parents at once."""

import asyncio
import inspect
from collections.abc import Awaitable, Callable, Sequence
from inspect import Parameter
from typing import TypeVar

from graphql import GraphQLField, GraphQLFieldResolver, GraphQLResolveInfo
from graphql.pyutils import is_awaitable

BatchResolver = Callable[..., object]
Function = TypeVar("Function", bound=Callable[..., object])


def by_class(function: Function) -> Function:
    """Mark an ``is_type_of`` or ``resolve_type`` whose result depends only on the value's class.

    It is called once for each class of values instead of once for each value.
    """
    function.by_class = True  # type: ignore[attr-defined]
    return function


class Parents:
    """The objects of one scope, passed in place of a single parent."""

    __slots__ = ("objects",)

    def __init__(self, objects: list[object]) -> None:
        self.objects = objects


def batch(function: BatchResolver) -> GraphQLFieldResolver:
    """Return a resolver for ``function(parents, info, **arguments)``, to be declared on a field.

    The function gets the list of parents and returns a list or tuple (or an awaitable of
    one) with one value for each of them, in order; an exception in the list is an error of
    only that parent. Raising, or a list of another length, is an error for every parent.

    The breadth-first executor calls the function once for each scope. Under any other
    executor, parents resolved in the same event loop step are collected into one call.
    """

    def resolve(root: object, info: GraphQLResolveInfo[object], **arguments: object) -> object:
        if type(root) is Parents:
            return function(root.objects, info, **arguments)
        return _collected(function, root, info, arguments)

    first, *rest = inspect.signature(function).parameters.values()
    root = Parameter("root", Parameter.POSITIONAL_OR_KEYWORD, annotation=object)
    resolve.__signature__ = inspect.Signature([root, *rest])  # type: ignore[attr-defined]
    others = {k: v for k, v in function.__annotations__.items() if k not in (first.name, "return")}
    resolve.__annotations__ = {"root": object, **others, "return": object}
    resolve.__name__ = resolve.__qualname__ = getattr(function, "__name__", "resolve")
    resolve.__doc__ = function.__doc__
    resolve.__module__ = function.__module__
    resolve.batch = function  # type: ignore[attr-defined]
    return resolve


def batch_of(field: GraphQLField) -> BatchResolver | None:
    """Return the batch resolver declared on a field, or None if it has an ordinary one.

    A Strawberry field is found by its back reference; one with field extensions is not batched,
    since these expect a single parent.
    """
    resolver = field.resolve
    definition = field.extensions.get("strawberry-definition")
    if definition is not None and definition.base_resolver and not definition.extensions:
        resolver = definition.base_resolver.wrapped_func
    found: BatchResolver | None = getattr(resolver, "batch", None)
    return found


def one_each(result: object, count: int, name: str) -> list[object]:
    """Return the values of a batch resolver, or the same error for all if their number is wrong."""
    if isinstance(result, Exception):
        return [result] * count
    if not isinstance(result, list | tuple):
        kind = type(result).__name__
        return [TypeError(f"batch resolver of {name} returned a {kind}, not a list")] * count
    if len(result) != count:
        text = f"batch resolver of {name} returned {len(result)} values for {count} objects"
        return [TypeError(text)] * count
    return list(result) if isinstance(result, tuple) else result


class _Collection:
    """Parents of one field collected in the same event loop step."""

    def __init__(
        self,
        function: BatchResolver,
        info: GraphQLResolveInfo[object],
        arguments: dict[str, object],
    ) -> None:
        self.function = function
        self.info = info
        self.arguments = arguments
        self.parents: list[object] = []
        self.futures: list[asyncio.Future[object]] = []


_waiting: dict[tuple[object, ...], _Collection] = {}
_running: set[asyncio.Task[None]] = set()


def _collected(
    function: BatchResolver,
    root: object,
    info: GraphQLResolveInfo[object],
    arguments: dict[str, object],
) -> object:
    try:
        loop = asyncio.get_running_loop()
    except RuntimeError:
        return _alone(function, root, info, arguments)
    # The ids stay valid: a collection exists for one loop step and refers to the objects.
    raw = _raw(info)
    names = tuple(key for key in raw.path.as_list() if isinstance(key, str))
    key = (id(raw.variable_values), id(raw.field_nodes[0]), raw.parent_type.name, names)
    collection = _waiting.get(key)
    if collection is None:
        collection = _waiting[key] = _Collection(function, info, arguments)
        loop.call_soon(_dispatch, key)
    future = loop.create_future()
    collection.parents.append(root)
    collection.futures.append(future)
    return future


def _alone(
    function: BatchResolver,
    root: object,
    info: GraphQLResolveInfo[object],
    arguments: dict[str, object],
) -> object:
    name = _name(info)
    result = function([root], info, **arguments)
    if not is_awaitable(result):
        return one_each(result, 1, name)[0]

    async def first() -> object:
        return (await _settled(one_each(await result, 1, name)))[0]

    return first()


def _raw(info: GraphQLResolveInfo[object]) -> GraphQLResolveInfo[object]:
    """Return graphql-core's resolve info, which Strawberry wraps."""
    raw: GraphQLResolveInfo[object] = getattr(info, "_raw_info", info)
    return raw


def _name(info: GraphQLResolveInfo[object]) -> str:
    raw = _raw(info)
    return f"{raw.parent_type}.{raw.field_name}"


def _dispatch(key: tuple[object, ...]) -> None:
    task = asyncio.ensure_future(_run(_waiting.pop(key)))
    # The event loop holds only weak references to tasks.
    _running.add(task)
    task.add_done_callback(_running.discard)


async def _run(collection: _Collection) -> None:
    count = len(collection.parents)
    name = _name(collection.info)
    try:
        result = collection.function(collection.parents, collection.info, **collection.arguments)
        values = one_each(await result if is_awaitable(result) else result, count, name)
        values = await _settled(values)
    except Exception as error:
        values = [error] * count
    except BaseException:
        for future in collection.futures:
            future.cancel()
        raise
    for future, value in zip(collection.futures, values, strict=True):
        if not future.done():
            future.set_result(value)


async def _settled(values: list[object]) -> list[object]:
    """Return the values, with awaitable ones awaited."""
    waiting = [value for value in values if is_awaitable(value)]
    if not waiting:
        return values
    found = iter(await outcomes(waiting))
    return [next(found) if is_awaitable(value) else value for value in values]


async def outcomes(awaitables: Sequence[Awaitable[object]]) -> list[object]:
    """Run awaitables concurrently and return for each its value or the exception it raised.

    An exception that is no Exception, such as a cancellation, is raised and cancels the others.
    """
    futures = [asyncio.ensure_future(awaitable) for awaitable in awaitables]
    found = []
    try:
        # In reverse: when the last one is done, most others are too and need no loop step.
        for future in reversed(futures):
            try:
                found.append(await future)
            except Exception as error:
                found.append(error)
    except BaseException:
        for future in futures:
            future.cancel()
        raise
    return found[::-1]
