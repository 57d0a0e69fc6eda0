"""Fields that return a connection."""

from collections.abc import Callable, Collection
from typing import Any

import strawberry
from strawberry.federation.schema_directives import RequiresScopes

from resolvers.connections import DEFAULT_SIZE, PageArguments, connect
from resolvers.context import Info
from resolvers.dataloaders import Loaders
from resolvers.dataloaders.listings import ANY, Condition
from resolvers.dataloaders.lists import Lists
from resolvers.personal_policy import personal, recorded
from resolvers.relations import BatchResolver
from schema.building.cache_control import PRIVATE
from schema.building.columns import WITHHELD
from schema.building.costs import PAGES
from schema.building.fields import batch_field
from schema.building.inputs import argument, lazy
from schema.building.permissions import PEOPLE_READ, PUBLIC, Public

FIRST = (
    "Number of records from the start of the list or after `after`: from 1 to the caller's row "
    f"limit, by default {DEFAULT_SIZE}."
)
LAST = (
    "Number of records from the end of the list or before `before`: from 1 to the caller's row "
    "limit."
)
AFTER = "Cursor of the record after which the page starts."
BEFORE = "Cursor of the record before which the page ends."
FILTER = "Conditions on the records; by default all records are returned."
ORDER = "Order of the records; by default the oldest come first."


@strawberry.federation.type(
    shareable=True,
    description="The position of a page in its list (Relay).",
    directives=[PUBLIC],
)
class PageInfo:
    """The position of a page in its list."""

    has_next_page: bool = strawberry.field(description="Whether records follow this page.")
    has_previous_page: bool = strawberry.field(description="Whether records precede this page.")
    start_cursor: str | None = strawberry.field(
        description="The cursor of the first record; null if the page is empty."
    )
    end_cursor: str | None = strawberry.field(
        description="The cursor of the last record; null if the page is empty."
    )


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
    """Return a field with a page of ``name`` records, whose types are defined in ``module``.

    ``key`` is the parent's column by which the lists are loaded; without it the list is the
    whole table. ``scope`` is a condition that always applies. ``access`` is the access rule if
    it differs from the parent type's. A list ``of_person`` reveals that its records belong to
    the parent, so reading it is recorded in the access log.
    """

    def resolve(parents: list[Any], info: Info, **given: Any) -> Any:
        found = lists(info.context.loaders)
        return connect(parents, info, found, key, PageArguments(**given), scope)

    resolver = recorded(resolve) if of_person else resolve
    directives = [PRIVATE, access] if access is PEOPLE_READ else [access] if access else []
    reads = [key] if key else ()
    return connection_by(
        resolver, name, module, description, reads, directives, nullable=key is None
    )


def personal_connection(
    name: str, module: str, lists: Callable[[Loaders], Lists], description: str
) -> Any:
    """Return a field with a page of personal records of a person; null if they are withheld."""

    def inner(parents: list[Any], info: Info, **given: Any) -> Any:
        return connect(parents, info, lists(info.context.loaders), "id", PageArguments(**given))

    text = f"{description} {WITHHELD}"
    directives = [PRIVATE, PEOPLE_READ]
    return connection_by(personal(inner), name, module, text, ["id"], directives, nullable=True)


def connection_by(
    resolver: BatchResolver,
    name: str,
    module: str,
    description: str,
    reads: Collection[str],
    directives: Collection[object] = (),
    nullable: bool = False,
) -> Any:
    """Return a connection field with its own resolver, which receives the arguments by name.

    Fields of the root are ``nullable``, so that an error in one leaves its neighbours.
    """
    found = lazy(f"{name}Connection", module)
    found = found | None if nullable else found
    field = batch_field(resolver, found, description, reads, [PAGES, *directives])
    field.arguments = [
        argument("first", int, FIRST),
        argument("after", str, AFTER),
        argument("last", int, LAST),
        argument("before", str, BEFORE),
        argument("filter", lazy(f"{name}Filter", module), FILTER),
        argument("order_by", list[lazy(f"{name}Order", module)], ORDER),  # type: ignore[misc]
    ]
    return field
