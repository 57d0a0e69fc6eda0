"""The CIS Volunteers' Forum."""

from datetime import date, datetime

import strawberry

from models.cis_forum import DelegateRole, DelegateStatus, SessionFormat
from resolvers.cis_forum import head
from resolvers.dataloaders.cis_forum import DELEGATES, DELEGATIONS, FORUM_SESSIONS, FORUMS
from resolvers.personal_policy import delegates
from schema.building.columns import NAMED
from schema.building.connections import connection
from schema.building.fields import answered, enum, text, to_one
from schema.building.inputs import lazy
from schema.building.listings import listing_types
from schema.building.node import Node
from schema.building.permissions import CIS_FORUM_READ, PUBLIC
from schema.people import Country, Person

enum(SessionFormat, "How a session of the Forum is held.")
enum(
    DelegateRole,
    "What a delegate is in the delegation.",
    HEAD="Leads the delegation.",
)
enum(
    DelegateStatus,
    "Where a delegate stands on the way to the Forum.",
    NOMINATED="Named by the sending country.",
    APPROVED="Accepted by the host.",
    ACCREDITED="Holds an accreditation.",
    ATTENDED="Was there.",
    REJECTED="Not accepted by the host.",
    WITHDRAWN="Taken back by the sending country.",
)


@strawberry.federation.type(
    keys=["id"],
    description="One yearly edition of the CIS Volunteers' Forum.",
    directives=[PUBLIC],
)
class Forum(Node):
    """One yearly edition of the CIS Volunteers' Forum."""

    year: int = strawberry.field(description="The year of the edition.")
    host_city = text("host_city", "The city that hosts it.")
    host_country = to_one(
        Country,
        lambda loaders: loaders.people.country_by_code,
        "host_country_id",
        "The country that hosts it.",
    )
    starts_on: date | None = strawberry.field(description="The first day, once it is set.")
    ends_on: date | None = strawberry.field(description="The last day, once it is set.")
    decision: str | None = strawberry.field(description="The decision that it rests on.")
    sessions = connection(
        "ForumSession",
        __name__,
        lambda loaders: loaders.cis_forum.sessions_by_forum,
        "The sessions of the programme.",
        key="id",
    )
    delegations = connection(
        "Delegation",
        __name__,
        lambda loaders: loaders.cis_forum.delegations_by_forum,
        "The delegations that take part.",
        key="id",
    )


@strawberry.federation.type(
    keys=["id"],
    description="One session in the programme of a Forum.",
    directives=[PUBLIC],
)
class ForumSession(Node):
    """One session in the programme of a Forum."""

    forum = to_one(
        Forum, lambda loaders: loaders.cis_forum.forum_by_id, "forum_id", "At which Forum."
    )
    title = text("title", "The session's title.")
    format: SessionFormat = strawberry.field(description="How it is held.")
    starts_at: datetime = strawberry.field(description="When it begins.")
    ends_at: datetime = strawberry.field(description="When it ends.")


@strawberry.federation.type(
    keys=["id"],
    description="One country's group at one Forum.",
    directives=[PUBLIC],
)
class Delegation(Node):
    """One country's group at one Forum."""

    forum = to_one(
        Forum, lambda loaders: loaders.cis_forum.forum_by_id, "forum_id", "At which Forum."
    )
    country = to_one(
        Country,
        lambda loaders: loaders.people.country_by_code,
        "country_id",
        "The country that sends it.",
    )
    quota: int = strawberry.field(description="The most delegates that it may send.")
    head = answered(
        head,
        lazy("Delegate", __name__) | None,
        "The delegate who leads it; null while nobody does.",
        reads=["id"],
    )
    delegates = connection(
        "Delegate",
        __name__,
        lambda loaders: loaders.cis_forum.delegates_by_delegation,
        "Its delegates.",
        key="id",
    )


@strawberry.federation.type(
    keys=["id"],
    description="One person in one delegation.",
    directives=[CIS_FORUM_READ],
)
class Delegate(Node):
    """One person in one delegation."""

    delegation = to_one(
        Delegation,
        lambda loaders: loaders.cis_forum.delegation_by_id,
        "delegation_id",
        "In which delegation.",
    )
    person = answered(delegates, Person | None, f"Who it is. {NAMED}", reads=["person_id"])
    role: DelegateRole = strawberry.field(description="What they are in the delegation.")
    status: DelegateStatus = strawberry.field(description="Where they stand.")
    sessions = connection(
        "ForumSession",
        __name__,
        lambda loaders: loaders.cis_forum.sessions_by_delegate,
        "The sessions that they have a place in.",
        key="id",
    )


ForumFilter, ForumOrder, ForumConnection = listing_types(FORUMS, Forum)
ForumSessionFilter, ForumSessionOrder, ForumSessionConnection = listing_types(
    FORUM_SESSIONS, ForumSession
)
DelegationFilter, DelegationOrder, DelegationConnection = listing_types(DELEGATIONS, Delegation)
DelegateFilter, DelegateOrder, DelegateConnection = listing_types(DELEGATES, Delegate)
