"""The listing of the access log; a person's key is the keyed hash of their ID."""

from models.access import AccessPerson, AccessRecord
from resolvers.dataloaders.listings import Link, Listing
from resolvers.dataloaders.lists import lists_through

ACCESS_RECORDS = Listing(AccessRecord, filters=("recorded_at",), orders=("recorded_at",), groups=())
RECORDS_OF_PERSON = lists_through(
    ACCESS_RECORDS, Link(AccessPerson, owner="person_hash", value="record_id")
)
