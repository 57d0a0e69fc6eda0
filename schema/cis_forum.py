"""The CIS Volunteers' Forum."""

from datetime import date, datetime

import strawberry

from models.cis_forum import DelegateRole, DelegateStatus, SessionFormat
from resolvers.cis_forum import HEAD, PERSON
from resolvers.dataloaders.cis_forum import (
    DELEGATE_SESSIONS,
)
from resolvers.personal_policy import disclosed
from schema.building.annotations import lazy, optional
from schema.building.columns import NAMED
from schema.building.connections import connection
from schema.building.fields import batch_field, enum, first, text, to_one
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
        "cis_forum.ForumSession",
        "The sessions of the programme.",
        by="forum_id",
    )
    delegations = connection(
        "cis_forum.Delegation",
        "The participating delegations.",
        by="forum_id",
    )


@entity(
    description="One session in the programme of a Forum.",
    directives=[PUBLIC],
)
class ForumSession(Node):
    """One session in the programme of a Forum."""

    forum = to_one(
        Forum,
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
        "forum_id",
        "The Forum that the delegation attends.",
    )
    country = to_one(
        Country,
        "country_id",
        "The sending country.",
    )
    quota: int = strawberry.field(
        description="The maximum number of delegates that the country may send."
    )
    head = first(
        optional(lazy("Delegate", __name__)),
        HEAD,
        "The head of the delegation; null until one is appointed.",
    )
    delegates = connection(
        "cis_forum.Delegate",
        "The members of the delegation.",
        by="delegation_id",
    )


@entity(
    description="One person in one delegation, with role and status.",
    directives=[CIS_FORUM_READ],
)
class Delegate(Node):
    """A member of a delegation."""

    delegation = to_one(
        Delegation,
        "delegation_id",
        "The delegation that the delegate belongs to.",
    )
    person = batch_field(
        disclosed(PERSON), Person | None, f"The person who attends. {NAMED}", data=PERSON
    )
    role: DelegateRole = strawberry.field(description="The role in the delegation.")
    status: DelegateStatus = strawberry.field(description="The status of the participation.")
    sessions = connection(
        "cis_forum.ForumSession",
        "The sessions that the delegate is registered for.",
        by=DELEGATE_SESSIONS,
    )
