"""Fields that return a connection."""

from collections.abc import Callable, Collection
from typing import Any

import strawberry
from strawberry.federation.schema_directives import RequiresScopes
from strawberry.types.field import StrawberryField

from models.columns import OfRecord, Own, Record, model_of
from resolvers.connections import DEFAULT_SIZE, Connection, PageArguments, connect
from resolvers.context import Info
from resolvers.data import Data, Identifying, Page
from resolvers.dataloaders.listings import LISTINGS, Link
from resolvers.dataloaders.lists import lists, lists_by, lists_through
from resolvers.dataloaders.pages import Source
from resolvers.personal_policy import personal, recorded
from resolvers.relations import BatchResolver
from schema.building.annotations import of_records, optional, several
from schema.building.columns import WITHHELD
from schema.building.costs import PAGES
from schema.building.fields import batch_field
from schema.building.inputs import argument
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
    record: Record,
    description: str,
    by: OfRecord | Link,
    key: Own = "id",
    access: Public | RequiresScopes | None = None,
    of_person: bool = False,
) -> StrawberryField:
    """Return a field with a page of the records of a type that belong to the parent.

    Their column ``by``, or a link table, has what the parent has in its column ``key``. ``access``
    is the access rule if it differs from the parent type's. A list ``of_person`` reveals that its
    records belong to the parent, so reading it is recorded in the access log.
    """
    data = Page(source(record, by), key)
    directives = [access] if access else []
    if of_person:
        of_someone = Identifying(data, key)
        resolve = recorded(paged(data), key)
        return connection_by(resolve, record, description, (), directives, data=of_someone)
    return connection_by(paged(data), record, description, (), directives, data=data)


def personal_connection(record: Record, description: str, by: OfRecord) -> StrawberryField:
    """Return a field with a page of personal records of a person; null if they are withheld."""
    inner = personal(paged(Page(source(record, by), "id")))
    text = f"{description} {WITHHELD}"
    return connection_by(inner, record, text, ["id"], [PEOPLE_READ], nullable=True)


def source(record: Record, by: str | Link | None = None) -> Source:
    """Declare the lists of a type of records: all of them, or those of a parent."""
    listing = LISTINGS[model_of(record)]
    if by is None:
        return lists(listing)
    return lists_through(listing, by) if isinstance(by, Link) else lists_by(listing, by)


def paged(data: Page) -> Callable[..., list[Connection]]:
    """Return the resolver of a page that is declared."""

    def resolve(parents: list[object], info: Info, **given: Any) -> list[Connection]:
        found = data.lists(info.context.loaders)
        return connect(parents, info, found, data.key, PageArguments(**given), data.scope)

    return resolve


def connection_by(
    resolver: BatchResolver,
    record: Record,
    description: str,
    reads: Collection[Own],
    directives: Collection[object] = (),
    nullable: bool = False,
    data: Data | None = None,
) -> StrawberryField:
    """Return a connection field with its own resolver, which receives the arguments by name."""
    model = model_of(record)
    found = of_records(model, "Connection")
    type_ = optional(found) if nullable else found
    field = batch_field(resolver, type_, description, reads, [PAGES, *directives], data)
    field.arguments = [
        argument("first", int, FIRST),
        argument("after", str, AFTER),
        argument("last", int, LAST),
        argument("before", str, BEFORE),
        argument("filter", of_records(model, "Filter"), FILTER),
        argument("order_by", several(of_records(model, "Order")), ORDER),
    ]
    return field
