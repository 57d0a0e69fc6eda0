"""Incremental delivery: results in parts, for ``@defer`` and ``@stream``."""

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

# Not in the SDL: a gateway defines these itself, and reports a mismatch with other subgraphs.
UNPRINTED = StrawberrySchemaDirective("", "", [], [], print_definition=False)
DIRECTIVES = tuple(
    GraphQLDirective(**directive.to_kwargs() | {"extensions": {"strawberry-definition": UNPRINTED}})
    for directive in (GraphQLDeferDirective, GraphQLStreamDirective)
)
NAMES = frozenset(directive.name for directive in DIRECTIVES)
# A result in the format of the response, except for its errors, which are not formatted yet.
Part: TypeAlias = dict[str, Any]
Emit: TypeAlias = Callable[[Part], None]


def without_incremental(document: Document) -> DocumentNode:
    """Return a document without ``@defer`` and ``@stream``, for a response in one piece."""
    found: DocumentNode | None = document.notes.get(without_incremental)
    if found is None:
        assert document.node is not None
        found = document.notes[without_incremental] = visit(document.node, _WithoutIncremental())
    return found


def is_incremental(document: Document) -> bool:
    """Whether a document has ``@defer`` or ``@stream``."""
    return without_incremental(document) is not document.node


class _WithoutIncremental(Visitor):
    def enter_directive(self, node: DirectiveNode, *_: object) -> object:
        return REMOVE if node.name.value in NAMES else None


async def in_parts(work: Callable[[Emit], Awaitable[None]]) -> AsyncGenerator[Part, None]:
    """Yield the parts that ``work`` emits; emitting never waits for the consumer.

    If ``work`` fails, a last part completes all pending ids with errors. The caller closes it.
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


async def emit_parts(found: object, emit: Emit) -> None:
    """Emit a result, as one part or as several."""
    if isinstance(found, ExecutionResult):
        emit(_data_part(found.data, found.errors) | {"hasNext": False})
        return
    assert isinstance(found, ExperimentalIncrementalExecutionResults)
    first, later = found
    try:
        emit(
            _data_part(first.data, first.errors)
            | {"pending": _formatted(first.pending), "hasNext": True}
        )
        async for more in later:
            part: Part = {"hasNext": more.has_next}
            for name in ("pending", "incremental", "completed"):
                if items := getattr(more, name):
                    part[name] = _formatted(items)
            emit(part)
    finally:
        await later.aclose()


def _data_part(data: object, errors: Sequence[GraphQLError] | None) -> Part:
    part: Part = {"data": data}
    if errors:
        part["errors"] = [masked(error) for error in errors]
    return part


def _formatted(items: Sequence[Any]) -> list[Part]:
    found = []
    for item in items:
        shown = dict(item.formatted)
        if item_errors := getattr(item, "errors", None):
            shown["errors"] = [masked(error) for error in item_errors]
        found.append(shown)
    return found
