"""The types of every list of records: filter, order and connection."""

from collections.abc import Collection
from typing import Any, NamedTuple

from resolvers import connections
from resolvers.dataloaders.listings import Listing
from schema.building.cache_control import CACHED
from schema.building.columns import describe
from schema.building.costs import COUNT
from schema.building.fields import batch_field
from schema.building.filters import filter_type
from schema.building.groups import groups_field
from schema.building.inputs import make_enum, make_order
from schema.building.page_types import Wording, page_type
from schema.building.permissions import rule_of
from schema.building.wording import article, plural, singular


class ListingTypes(NamedTuple):
    """The GraphQL types of one listing."""

    filter: Any
    order: Any
    connection: Any


def listing_types(listing: Listing, node: Any, grouping: Collection[object] = ()) -> ListingTypes:
    """Build the types of a listing of ``node`` records; without orders, only the filter.

    ``grouping`` are the directives of groups whose access differs from that of the records.
    """
    if not listing.orders:
        return ListingTypes(filter_type(listing, node), None, None)
    return ListingTypes(
        filter=filter_type(listing, node),
        order=_order(listing, node),
        connection=_connection(listing, node, grouping),
    )


def _order(listing: Listing, node: Any) -> Any:
    field = make_enum(
        f"{listing.name}OrderField",
        f"Fields to order {plural(listing.name)} by.",
        {name: (name, describe(node, name)) for name in listing.orders},
    )
    return make_order(f"{listing.name}Order", field, any(map(listing.is_text, listing.orders)))


def _connection(listing: Listing, node: Any, grouping: Collection[object]) -> Any:
    name = listing.name
    words = Wording(
        item="record",
        whole="list",
        edge=f"{article(singular(name)).capitalize()} in a list.",
        page=f"A page of {plural(name)}.",
    )
    text = "The number of records that match the filter, on all pages."
    fields = {"total_count": batch_field(connections.total_count, int, text, directives=[COUNT])}
    if listing.groups:
        fields["groups"] = groups_field(listing, node, grouping)
    return page_type(name, node, rule_of(node), words, fields, [CACHED])
