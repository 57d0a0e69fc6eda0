"""Files of the CIS Volunteers' Forum."""

from erikti.writing.kind import (
    COUNTRY,
    IDENTIFIERS,
    SOURCE_COLUMNS,
    YEAR,
    Column,
    Kind,
    Link,
    Lookup,
    Reference,
    any_language,
    bounded,
    by_source,
    ordered,
    person_columns,
    plain,
)
from models.cis_forum import Delegate, Delegation, Forum, ForumSession

FORUM_COLUMN = Column("forum", YEAR, required=True)
FORUM = Reference(("forum",), "forum_id", (Lookup("forums", ("year",)),))
DELEGATION = Lookup(
    "delegations JOIN forums ON forums.id = delegations.forum_id",
    ("forums.year", "delegations.country_id"),
    "delegations.id",
)

KINDS = (
    Kind(
        "forums",
        "Yearly editions of the CIS Volunteers' Forum.",
        Forum,
        SOURCE_COLUMNS
        + plain(Forum, "year", "host_city_*", "host_country", "starts_on", "ends_on", "decision"),
        rules=(any_language("host_city"), ordered("starts_on", "ends_on")),
    ),
    Kind(
        "forum-sessions",
        "Sessions in the programme of a Forum.",
        ForumSession,
        (
            *SOURCE_COLUMNS,
            FORUM_COLUMN,
            *plain(ForumSession, "title_*", "format", "starts_at", "ends_at"),
        ),
        references=(FORUM,),
        rules=(any_language("title"), ordered("starts_at", "ends_at", strictly=True)),
    ),
    Kind(
        "delegations",
        "The countries' groups at a Forum.",
        Delegation,
        (
            *SOURCE_COLUMNS,
            FORUM_COLUMN,
            *plain(Delegation, "country", "quota", quota=bounded(1, 32767)),
        ),
        references=(FORUM,),
    ),
    Kind(
        "delegates",
        "People in a country's delegation.",
        Delegate,
        (
            *SOURCE_COLUMNS,
            *person_columns(),
            FORUM_COLUMN,
            Column("country", COUNTRY, required=True),
            *plain(Delegate, "role", "status"),
            Column("sessions", IDENTIFIERS),
        ),
        references=(Reference(("forum", "country"), "delegation_id", (DELEGATION,)),),
        links=(
            Link(
                "sessions",
                "delegate_sessions",
                "delegate_id",
                "session_id",
                by_source("forum_sessions"),
            ),
        ),
        person=True,
        person_field="person_id",
        prefix="delegates",
    ),
)
