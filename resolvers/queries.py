"""Root fields that belong to no domain: records by ID, and the caller."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Any

import strawberry
from graphql import OperationType

from erikti.auth.scopes import Scope
from erikti.errors import BadUserInputError
from resolvers.connections import MAX_GROUPS
from resolvers.context import Info
from resolvers.global_ids import NODES, load_node, parse_id
from resolvers.relations import BatchResolver, Found

MAX_IDS = 100
Id = Annotated[strawberry.ID, strawberry.argument(description="The record's global ID.")]
Ids = Annotated[
    list[strawberry.ID],
    strawberry.argument(description=f"The records' global IDs, at most {MAX_IDS}."),
]


@dataclass(frozen=True)
class RowLimits:
    """The limits on the number of items that one field may return."""

    page: int
    groups: int


@dataclass(frozen=True)
class ViewerBudget:
    """The caller's quota of points for operations in a time window."""

    limit: int
    remaining: int
    resets_at: datetime


@dataclass(frozen=True)
class Viewer:
    """The caller: identity, access and limits."""

    client: str | None
    organisation: str | None
    role: str | None
    country: str | None
    region: str | None
    scopes: list[str]
    row_limits: RowLimits
    budget: ViewerBudget | None
    root_fields: list[str]


async def node(info: Info, id: Id) -> Any:  # noqa: A002 - the argument's public name
    """Return the record with a global ID, or None if there is none."""
    return await load_node(info, id, "id")


async def nodes(info: Info, ids: Ids) -> list[Any]:
    """Return the records with these global IDs, in order; None for each that does not exist."""
    if len(ids) > MAX_IDS:
        raise BadUserInputError("ids", f"at most {MAX_IDS} IDs, not {len(ids)}")
    for i, value in enumerate(ids):
        parse_id(value, f"ids.{i}")
    waiting = [load_node(info, value, f"ids.{i}") for i, value in enumerate(ids)]
    return await asyncio.gather(*waiting)


def record(name: str) -> BatchResolver:
    """Return a resolver of one record of a type by its global ID."""

    def resolve(parents: list[Any], info: Info, id: Id) -> Found:  # noqa: A002
        _, key = parse_id(id, "id", name)
        return NODES[name].load(info.context.loaders).load_many([key] * len(parents))

    return resolve


def viewer(info: Info) -> Viewer:
    """Return the caller with the scopes, limits and root fields that they have."""
    context = info.context
    caller, left = context.principal, context.spent.left
    budget = None
    if left is not None:
        resets_at = datetime.fromtimestamp(left.resets_at, UTC)
        budget = ViewerBudget(left.limit, left.remaining, resets_at)
    needed: Callable[[str, str], frozenset[Scope]] = info.schema.permissions.scopes  # type: ignore[attr-defined]
    graph = info.schema._schema
    roots = [root for root in map(graph.get_root_type, OperationType) if root]
    names = sorted((root.name, name) for root in roots for name in root.fields)
    return Viewer(
        caller.client,
        caller.organisation,
        caller.role,
        caller.country,
        caller.region,
        sorted(caller.scopes),
        RowLimits(context.max_page, MAX_GROUPS),
        budget,
        [
            name
            for root, name in names
            if not name.startswith("_") and needed(root, name) <= caller.scopes
        ],
    )
