"""The CIS Volunteers' Forum."""

from datetime import date, datetime

import strawberry

from models.cis_forum import DelegateRole, DelegateStatus, SessionFormat
from resolvers.cis_forum import head
from resolvers.dataloaders.cis_forum import DELEGATES, DELEGATIONS, FORUM_SESSIONS, FORUMS
from resolvers.personal_policy import delegates
from schema.building.columns import NAMED
from schema.building.connections import connection
from schema.building.fields import batch_field, enum, text, to_one
from schema.building.inputs import lazy
from schema.building.listings import listing_types
from schema.building.node import Node, entity
from schema.building.permissions import CIS_FORUM_READ, PUBLIC
from schema.people import Country, Person

enum(
    SessionFormat,
    "How a session of the Forum is held.",
    CEREMONY="A ceremony, such as the opening.",
    PLENARY="A session for all participants.",
    PANEL="A discussion of invited speakers.",
    WORKSHOP="A session to work or learn in a group.",
)
enum(
    DelegateRole,
    "The role of a delegate in the delegation.",
    HEAD="Heads the delegation; it has at most one.",
    DELEGATE="An ordinary member.",
    EXPERT="Takes part for expert knowledge.",
    OBSERVER="Attends without representing the country.",
)
enum(
    DelegateStatus,
    "The status of a delegate's participation in the Forum.",
    NOMINATED="Nominated by the sending country.",
    APPROVED="Accepted by the host.",
    ACCREDITED="Holds an accreditation.",
    ATTENDED="Attended the Forum.",
    REJECTED="Not accepted by the host.",
    WITHDRAWN="Withdrawn by the sending country.",
)


@entity(
    description="One yearly edition of the CIS Volunteers' Forum.",
    directives=[PUBLIC],
)
class Forum(Node):
    """One yearly edition of the CIS Volunteers' Forum."""

    year: int = strawberry.field(
        description="The year of the edition, such as 2026; each year has at most one."
    )
    host_city = text("host_city", "The city where it takes place.")
    host_country = to_one(
        Country,
        lambda loaders: loaders.people.country_by_code,
        "host_country_id",
        "The country where it takes place.",
    )
    starts_on: date | None = strawberry.field(description="The first day; null until it is set.")
    ends_on: date | None = strawberry.field(description="The last day; null until it is set.")
    decision: str | None = strawberry.field(
        description="The official decision to hold this edition, as a text; null if none is "
        "recorded."
    )
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
        "The participating delegations.",
        key="id",
    )


@entity(
    description="One session in the programme of a Forum.",
    directives=[PUBLIC],
)
class ForumSession(Node):
    """One session in the programme of a Forum."""

    forum = to_one(
        Forum,
        lambda loaders: loaders.cis_forum.forum_by_id,
        "forum_id",
        "The Forum that the session is part of.",
    )
    title = text("title", "The session's title.")
    format: SessionFormat = strawberry.field(description="How the session is held.")
    starts_at: datetime = strawberry.field(description="When the session starts.")
    ends_at: datetime = strawberry.field(description="When the session ends.")


@entity(
    description="The delegation of one country to one Forum.",
    directives=[PUBLIC],
)
class Delegation(Node):
    """The delegation of one country to one Forum."""

    forum = to_one(
        Forum,
        lambda loaders: loaders.cis_forum.forum_by_id,
        "forum_id",
        "The Forum that the delegation attends.",
    )
    country = to_one(
        Country,
        lambda loaders: loaders.people.country_by_code,
        "country_id",
        "The sending country.",
    )
    quota: int = strawberry.field(
        description="The maximum number of delegates that the country may send."
    )
    head = batch_field(
        head,
        lazy("Delegate", __name__) | None,
        "The head of the delegation; null until one is appointed.",
        reads=["id"],
    )
    delegates = connection(
        "Delegate",
        __name__,
        lambda loaders: loaders.cis_forum.delegates_by_delegation,
        "The members of the delegation.",
        key="id",
    )


@entity(
    description="One person in one delegation, with role and status.",
    directives=[CIS_FORUM_READ],
)
class Delegate(Node):
    """A member of a delegation."""

    delegation = to_one(
        Delegation,
        lambda loaders: loaders.cis_forum.delegation_by_id,
        "delegation_id",
        "The delegation that the delegate belongs to.",
    )
    person = batch_field(
        delegates, Person | None, f"The person who attends. {NAMED}", reads=["person_id"]
    )
    role: DelegateRole = strawberry.field(description="The role in the delegation.")
    status: DelegateStatus = strawberry.field(description="The status of the participation.")
    sessions = connection(
        "ForumSession",
        __name__,
        lambda loaders: loaders.cis_forum.sessions_by_delegate,
        "The sessions that the delegate is registered for.",
        key="id",
    )


ForumFilter, ForumOrder, ForumConnection = listing_types(FORUMS, Forum)
ForumSessionFilter, ForumSessionOrder, ForumSessionConnection = listing_types(
    FORUM_SESSIONS, ForumSession
)
DelegationFilter, DelegationOrder, DelegationConnection = listing_types(DELEGATIONS, Delegation)
DelegateFilter, DelegateOrder, DelegateConnection = listing_types(DELEGATES, Delegate)
