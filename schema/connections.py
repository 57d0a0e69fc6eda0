"""Fields that answer with a connection."""

from collections.abc import Callable
from typing import Any

import strawberry

from resolvers.connections import DEFAULT_SIZE, MAX_SIZE, PageArguments, connect
from resolvers.context import Info
from resolvers.dataloaders import Loaders
from resolvers.dataloaders.listings import ANY, Condition
from resolvers.dataloaders.loading import Lists
from schema.inputs import argument, lazy

FIRST = (
    f"How many records from the beginning, or behind after: 1 to {MAX_SIZE}, else {DEFAULT_SIZE}."
)
LAST = f"How many records from the end, or ahead of before: 1 to {MAX_SIZE}."
AFTER = "Begin behind the record with this cursor."
BEFORE = "End ahead of the record with this cursor."
FILTER = "Which records to take; all of them by default."
ORDER = "In which order; by age of the records by default."


@strawberry.federation.type(shareable=True, description="Where a page lies in its list (Relay).")
class PageInfo:
    """Where a page lies in its list."""

    has_next_page: bool = strawberry.field(description="Whether records follow this page.")
    has_previous_page: bool = strawberry.field(description="Whether records precede this page.")
    start_cursor: str | None = strawberry.field(description="The first record's cursor.")
    end_cursor: str | None = strawberry.field(description="The last record's cursor.")


def connection(
    name: str,
    module: str,
    lists: Callable[[Loaders], Lists],
    description: str,
    key: str | None = None,
    scope: Condition = ANY,
) -> Any:
    """A field that answers with a page of ``name`` records, whose types live in ``module``.

    ``key`` is the parent's column that the lists are found by; without it they are the
    whole table. ``scope`` is a condition that always holds.
    """

    def resolve(root: strawberry.Parent[Any], info: Info, **given: Any) -> Any:
        parent = None if key is None else getattr(root, key)
        return connect(info, lists(info.context.loaders), parent, PageArguments(**given), scope)

    field = strawberry.field(
        resolver=resolve,
        graphql_type=lazy(f"{name}Connection", module),
        description=description,
    )
    field.arguments = [
        argument("first", int, FIRST),
        argument("after", str, AFTER),
        argument("last", int, LAST),
        argument("before", str, BEFORE),
        argument("filter", lazy(f"{name}Filter", module), FILTER),
        argument("order_by", list[lazy(f"{name}Order", module)], ORDER),  # type: ignore[misc]
    ]
    return field
