"""Fields that answer with a connection."""

from collections.abc import Callable, Collection
from typing import Any

import strawberry
from strawberry.federation.schema_directives import RequiresScopes

from resolvers.connections import DEFAULT_SIZE, PageArguments, connect
from resolvers.context import Info
from resolvers.dataloaders import Loaders
from resolvers.dataloaders.listings import ANY, Condition
from resolvers.dataloaders.lists import Lists
from resolvers.personal_policy import telling
from resolvers.relations import BatchResolver
from schema.building.cache_control import PRIVATE
from schema.building.costs import PAGES
from schema.building.fields import answered
from schema.building.inputs import argument, lazy
from schema.building.permissions import PEOPLE_READ, PUBLIC, Public

FIRST = (
    "How many records from the beginning, or behind after: 1 to the caller's row limit, "
    f"else {DEFAULT_SIZE}."
)
LAST = "How many records from the end, or ahead of before: 1 to the caller's row limit."
AFTER = "Begin behind the record with this cursor."
BEFORE = "End ahead of the record with this cursor."
FILTER = "Which records to take; all of them by default."
ORDER = "In which order; by age of the records by default."


@strawberry.federation.type(
    shareable=True,
    description="Where a page lies in its list (Relay).",
    directives=[PUBLIC],
)
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
    access: Public | RequiresScopes | None = None,
    of_person: bool = False,
) -> Any:
    """A field that answers with a page of ``name`` records, whose types live in ``module``.

    ``key`` is the parent's column that the lists are found by; without it they are the
    whole table. ``scope`` is a condition that always holds, ``access`` who may ask it, where
    that differs from the parent's type. A list ``of_person`` tells that its records are the
    parent's, which is recorded.
    """

    def resolve(parents: list[Any], info: Info, **given: Any) -> Any:
        found = lists(info.context.loaders)
        return connect(parents, info, found, key, PageArguments(**given), scope)

    told = telling(resolve) if of_person else resolve
    directives = [PRIVATE, access] if access is PEOPLE_READ else [access] if access else []
    return connection_by(told, name, module, description, [key] if key else (), directives)


def connection_by(
    resolver: BatchResolver,
    name: str,
    module: str,
    description: str,
    reads: Collection[str],
    directives: Collection[object] = (),
) -> Any:
    """A connection that a resolver of its own makes; it is given the arguments by name."""
    found = lazy(f"{name}Connection", module)
    field = answered(resolver, found, description, reads, [PAGES, *directives])
    field.arguments = [
        argument("first", int, FIRST),
        argument("after", str, AFTER),
        argument("last", int, LAST),
        argument("before", str, BEFORE),
        argument("filter", lazy(f"{name}Filter", module), FILTER),
        argument("order_by", list[lazy(f"{name}Order", module)], ORDER),  # type: ignore[misc]
    ]
    return field
