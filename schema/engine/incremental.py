"""Incremental delivery: an operation in parts, as its ``@defer`` and ``@stream`` wish."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import suppress
from typing import Any, TypeAlias

from graphql import (
    REMOVE,
    DirectiveNode,
    DocumentNode,
    ExecutionResult,
    ExperimentalIncrementalExecutionResults,
    GraphQLDeferDirective,
    GraphQLDirective,
    GraphQLError,
    GraphQLStreamDirective,
    Visitor,
    visit,
)
from strawberry.schema_directive import StrawberrySchemaDirective

from erikti.errors import ApiError
from erikti.masking import internal_error, masked
from schema.engine.parsed_documents import Document

# Not in the SDL: a gateway has these of its own, and would ask why other subgraphs lack them.
UNPRINTED = StrawberrySchemaDirective("", "", [], [], print_definition=False)
DIRECTIVES = tuple(
    GraphQLDirective(**directive.to_kwargs() | {"extensions": {"strawberry-definition": UNPRINTED}})
    for directive in (GraphQLDeferDirective, GraphQLStreamDirective)
)
NAMES = frozenset(directive.name for directive in DIRECTIVES)
# A result as it is sent, but for its errors, which may stand in several places.
Part: TypeAlias = dict[str, Any]
Put: TypeAlias = Callable[[Part], None]


def whole(document: Document) -> DocumentNode:
    """A document without the wishes for parts, which a client that takes none may have left in."""
    found: DocumentNode | None = document.notes.get(whole)
    if found is None:
        assert document.node is not None
        found = document.notes[whole] = visit(document.node, _Whole())
    return found


def wishes_parts(document: Document) -> bool:
    """Whether a document may be answered in parts."""
    return whole(document) is not document.node


class _Whole(Visitor):
    def enter_directive(self, node: DirectiveNode, *_: Any) -> Any:
        return REMOVE if node.name.value in NAMES else None


async def in_parts(work: Callable[[Put], Awaitable[None]]) -> AsyncGenerator[Part, None]:
    """What ``work`` puts, as soon as it does; work never waits for who takes it.

    Where it fails, a last part says so of all that is still to come. To be closed.
    """
    queue: asyncio.Queue[Part | None] = asyncio.Queue()
    task = asyncio.ensure_future(work(queue.put_nowait))
    task.add_done_callback(lambda _: queue.put_nowait(None))
    open_: dict[str, None] = {}
    begun = False
    try:
        while (part := await queue.get()) is not None:
            begun = True
            open_ |= dict.fromkeys(pending["id"] for pending in part.get("pending", ()))
            for completed in part.get("completed", ()):
                open_.pop(completed["id"], None)
            yield part
        if (error := task.exception()) is not None:
            errors = [error if isinstance(error, ApiError) else internal_error(error)]
            completed = [{"id": id_, "errors": errors} for id_ in open_]
            first: Part = {"data": None, "errors": errors}
            yield ({"completed": completed} if begun else first) | {"hasNext": False}
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError, Exception):
            await task


async def put_parts(found: Any, put: Put) -> None:
    """Put the parts of a result that comes at once or in parts."""
    if isinstance(found, ExecutionResult):
        put(_shown(found.data, found.errors) | {"hasNext": False})
        return
    assert isinstance(found, ExperimentalIncrementalExecutionResults)
    first, later = found
    try:
        put(_shown(first.data, first.errors) | {"pending": _each(first.pending), "hasNext": True})
        async for more in later:
            part: Part = {"hasNext": more.has_next}
            for name in ("pending", "incremental", "completed"):
                if items := getattr(more, name):
                    part[name] = _each(items)
            put(part)
    finally:
        await later.aclose()


def _shown(data: Any, errors: Sequence[GraphQLError] | None) -> Part:
    part: Part = {"data": data}
    if errors:
        part["errors"] = [masked(error) for error in errors]
    return part


def _each(items: Sequence[Any]) -> list[Part]:
    found = []
    for item in items:
        shown = dict(item.formatted)
        if item_errors := getattr(item, "errors", None):
            shown["errors"] = [masked(error) for error in item_errors]
        found.append(shown)
    return found
