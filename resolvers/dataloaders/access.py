"""Loaders of the access log."""

from models.access import AccessPerson, AccessRecord
from resolvers.dataloaders.listings import Link, Listing
from resolvers.dataloaders.lists import lists_through
from resolvers.dataloaders.loading import LoaderGroup

ACCESS_RECORDS = Listing(AccessRecord, filters=("recorded_at",), orders=("recorded_at",), groups=())

LISTINGS = (ACCESS_RECORDS,)


class AccessLoaders(LoaderGroup):
    """Loaders of the access log; a person's key is the keyed hash of their ID."""

    records_by_person = lists_through(
        ACCESS_RECORDS, Link(AccessPerson, owner="person_hash", value="record_id")
    )
