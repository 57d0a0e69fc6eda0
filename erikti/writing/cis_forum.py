"""Files of the CIS Volunteers' Forum."""

from erikti.writing.cells import Cell, bounded
from erikti.writing.kind import Kind, Link, Lookup, ordered
from models.cis_forum import (
    DELEGATE_STATES,
    Delegate,
    DelegateSession,
    Delegation,
    Forum,
    ForumSession,
)

KINDS = (
    Kind(
        "forums",
        "Yearly editions of the CIS Volunteers' Forum.",
        Forum,
        ("year", "host_city", "host_country", "starts_on", "ends_on", "decision"),
        (ordered("starts_on", "ends_on"),),
        lookups=(Lookup(Forum, ("year",)),),
    ),
    Kind(
        "forum-sessions",
        "Sessions in the programme of a Forum.",
        ForumSession,
        ("forum", "title", "format", "starts_at", "ends_at"),
        (ordered("starts_at", "ends_at", strictly=True),),
    ),
    Kind(
        "delegations",
        "The countries' groups at a Forum.",
        Delegation,
        ("forum", "country", Cell("quota", bounded(1, 32767))),
        lookups=(Lookup(Delegation, ("forum.year", "country")),),
    ),
    Kind(
        "delegates",
        "People in a country's delegation.",
        Delegate,
        (
            "delegation",
            "role",
            "status",
            Link("sessions", DelegateSession, "delegate_id", "session_id"),
        ),
        person=True,
        person_field="person_id",
        prefix="delegates",
        states=DELEGATE_STATES,
    ),
)
