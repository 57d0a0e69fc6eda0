"""Listings of the CIS Volunteers' Forum."""

from models.cis_forum import Delegate, DelegateSession, Delegation, Forum, ForumSession
from resolvers.dataloaders.listings import Link, Listing, Via

DELEGATE_SESSIONS = Link(DelegateSession, owner="delegate_id", value="session_id")

FORUMS = Listing(
    Forum,
    filters=("id", "year", "host_city", "host_country", "starts_on"),
    orders=("year", "host_city", "starts_on"),
    groups=("host_country", "starts_on"),
    keys=("year",),
)
FORUM_SESSIONS = Listing(
    ForumSession,
    filters=("id", "forum", "title", "format", "starts_at"),
    orders=("title", "starts_at"),
    groups=("forum", "format", "starts_at"),
)
DELEGATIONS = Listing(
    Delegation,
    filters=("id", "forum", "country", "quota"),
    orders=("quota", "country"),
    groups=("forum", "country"),
    measures=("quota",),
)
DELEGATES = Listing(
    Delegate,
    filters=("id", "delegation", "person", "role", "status"),
    orders=("status", "role"),
    groups=("delegation", "role", "status", Via("delegation.country")),
)
