"""The types that every list of records brings: filter, order, connection."""

from collections.abc import Collection
from typing import Any, NamedTuple

import strawberry

from resolvers import connections
from resolvers.dataloaders.listings import Listing
from schema.building.cache_control import KEPT
from schema.building.columns import describe
from schema.building.connections import PageInfo
from schema.building.costs import COUNT
from schema.building.fields import answered
from schema.building.filters import filter_type
from schema.building.groups import groups_field
from schema.building.inputs import make_enum, make_order
from schema.building.permissions import rule_of


class ListingTypes(NamedTuple):
    """The GraphQL types of one listing."""

    filter: Any
    order: Any
    connection: Any


def listing_types(listing: Listing, node: Any, grouping: Collection[object] = ()) -> ListingTypes:
    """Make the types of a listing of ``node`` records; one without orders has a filter alone.

    ``grouping`` are the directives of groups, where not all who see the records may ask them.
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
        f"What {listing.name} records can be ordered by.",
        {name: (name, describe(node, name)) for name in listing.orders},
    )
    return make_order(f"{listing.name}Order", field)


def _connection(listing: Listing, node: Any, grouping: Collection[object]) -> Any:
    name, rule = listing.name, rule_of(node)
    edge = strawberry.federation.type(
        type(
            f"{name}Edge",
            (),
            {
                "__annotations__": {"node": node, "cursor": str},
                "node": strawberry.field(description="The record."),
                "cursor": strawberry.field(description="Its position in the list."),
            },
        ),
        description=f"A {name} in a list.",
        directives=[rule],
    )
    many_edges: Any = list[edge]  # type: ignore[valid-type]
    many_nodes: Any = list[node]
    fields = {
        "edges": answered(connections.edges, many_edges, "The records with their cursors."),
        "nodes": answered(connections.nodes, many_nodes, "The records."),
        "page_info": answered(connections.page_info, PageInfo, "Where the page lies in the list."),
        "total_count": answered(
            connections.total_count,
            int,
            "How many records the filter lets through, on all pages.",
            directives=[COUNT],
        ),
    }
    if listing.groups:
        fields["groups"] = groups_field(listing, node, grouping)
    return strawberry.type(
        type(f"{name}Connection", (), fields),
        description=f"A page of {name} records.",
        directives=[KEPT, rule],
    )
