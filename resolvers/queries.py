"""Root fields that belong to no domain: records by ID, and the caller."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Annotated

import strawberry
from graphql import OperationType

from erikti.auth.scopes import Scope
from erikti.errors import BadUserInputError
from resolvers.context import Info
from resolvers.global_ids import load_node
from resolvers.groupings import MAX_GROUPS

MAX_IDS = 100
Id = Annotated[strawberry.ID, strawberry.argument(description="The record's global ID.")]
Ids = Annotated[
    list[strawberry.ID],
    strawberry.argument(description=f"The records' global IDs, at most {MAX_IDS}."),
]


async def node(info: Info, id: Id) -> object:  # noqa: A002 - the argument's public name
    """Return the record with a global ID, or None if there is none."""
    return await load_node(info, id, "id")


async def nodes(info: Info, ids: Ids) -> list[object]:
    """Return the records with these global IDs, in order; None for each that does not exist.

    In place of an invalid ID there is its error, which nulls that item only.
    """
    if len(ids) > MAX_IDS:
        raise BadUserInputError("ids", f"at most {MAX_IDS} IDs, not {len(ids)}")
    found: list[object] = [None] * len(ids)
    waiting = {}
    for i, value in enumerate(ids):
        try:
            waiting[i] = load_node(info, value, f"ids.{i}")
        except BadUserInputError as error:
            found[i] = error.with_traceback(None)
    for i, record in zip(waiting, await asyncio.gather(*waiting.values()), strict=True):
        found[i] = record
    return found


def viewer(
    make: Callable[..., object],
    make_limits: Callable[..., object],
    make_budget: Callable[..., object],
) -> Callable[[Info], object]:
    """Return a resolver of the caller, made by its GraphQL type and those of its parts."""

    def resolve(info: Info) -> object:
        context = info.context
        caller, left = context.principal, context.spent.left
        return make(
            client=caller.client,
            organisation=caller.organisation,
            role=caller.role,
            country=caller.country,
            region=caller.region,
            scopes=sorted(caller.scopes),
            row_limits=make_limits(page=context.max_page, groups=MAX_GROUPS),
            budget=left
            and make_budget(
                limit=left.limit,
                remaining=left.remaining,
                resets_at=datetime.fromtimestamp(left.resets_at, UTC),
            ),
            root_fields=_root_fields(info),
        )

    return resolve


def _root_fields(info: Info) -> list[str]:
    """The root fields that the caller may request, by type and name."""
    needed: Callable[[str, str], frozenset[Scope]] = info.schema.permissions.scopes  # type: ignore[attr-defined]
    graph, scopes = info.schema._schema, info.context.principal.scopes
    roots = [root for root in map(graph.get_root_type, OperationType) if root]
    names = sorted((root.name, name) for root in roots for name in root.fields)
    return [
        name for root, name in names if not name.startswith("_") and needed(root, name) <= scopes
    ]
