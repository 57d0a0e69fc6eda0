"""The types of every list of records: filter, order and connection."""

import sys
from collections.abc import Collection

from models.columns import model_of
from resolvers import connections
from resolvers.data import PagePart
from resolvers.dataloaders.listings import LISTINGS, Listing
from schema.building.columns import describe
from schema.building.costs import COUNT
from schema.building.fields import batch_field
from schema.building.filters import filter_type
from schema.building.groups import groups_field
from schema.building.inputs import make_enum, make_order
from schema.building.page_types import Wording, page_type
from schema.building.permissions import rule_of
from schema.building.wording import article, plural, singular


def list_types(type_: type, grouping: Collection[object] = ()) -> None:
    """Make the types of the lists of a type of records: filter, order and connection.

    Its module gets them as attributes, by which other types refer to them, such as
    ``VolunteerFilter``. A listing without orders has only a filter. ``grouping`` are the
    directives of groups whose access differs from that of the records.
    """
    module, name = sys.modules[type_.__module__], type_.__name__
    listing = LISTINGS.get(model_of(f"{type_.__module__.removeprefix('schema.')}.{name}"))
    if listing is None:
        return
    setattr(module, f"{name}Filter", filter_type(listing, type_))
    if listing.orders:
        setattr(module, f"{name}Order", _order(listing, type_))
        setattr(module, f"{name}Connection", _connection(listing, type_, grouping))


def _order(listing: Listing, node: type) -> type:
    field = make_enum(
        f"{listing.name}OrderField",
        f"Fields to order {plural(listing.name)} by.",
        {name: (name, describe(node, name)) for name in listing.orders},
    )
    return make_order(f"{listing.name}Order", field, any(map(listing.is_text, listing.orders)))


def _connection(listing: Listing, node: type, grouping: Collection[object]) -> type:
    name = listing.name
    words = Wording(
        item="record",
        whole="list",
        edge=f"{article(singular(name)).capitalize()} in a list.",
        page=f"A page of {plural(name)}.",
    )
    text = "The number of records that match the filter, on all pages."
    total = batch_field(connections.total_count, int, text, directives=[COUNT], data=PagePart.TOTAL)
    fields = {"total_count": total}
    if listing.groups:
        fields["groups"] = groups_field(listing, node, grouping)
    return page_type(name, node, rule_of(node), words, fields)
