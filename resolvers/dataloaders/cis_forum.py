"""Loaders and listings of the CIS Volunteers' Forum."""

from models.cis_forum import Delegate, DelegateSession, Delegation, Forum, ForumSession
from resolvers.dataloaders.listings import Link, Listing, Via
from resolvers.dataloaders.lists import lists, lists_by, lists_through
from resolvers.dataloaders.loading import LoaderGroup, one_by

FORUMS = Listing(
    Forum,
    filters=("id", "year", "host_city", "host_country", "starts_on"),
    orders=("year", "host_city", "starts_on"),
    groups=("host_country", "starts_on"),
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

LISTINGS = (FORUMS, FORUM_SESSIONS, DELEGATIONS, DELEGATES)


class CisForumLoaders(LoaderGroup):
    """Loaders of the Forum."""

    forum_by_id = one_by(Forum, "id")
    forums = lists(FORUMS)

    session_by_id = one_by(ForumSession, "id")
    sessions_by_forum = lists_by(FORUM_SESSIONS, "forum_id")
    sessions_by_delegate = lists_through(
        FORUM_SESSIONS, Link(DelegateSession, owner="delegate_id", value="session_id")
    )

    delegation_by_id = one_by(Delegation, "id")
    delegations = lists(DELEGATIONS)
    delegations_by_forum = lists_by(DELEGATIONS, "forum_id")
    delegations_by_country = lists_by(DELEGATIONS, "country_id")

    delegate_by_id = one_by(Delegate, "id")
    delegates = lists(DELEGATES)
    delegates_by_delegation = lists_by(DELEGATES, "delegation_id")
    delegates_by_person = lists_by(DELEGATES, "person_id")
