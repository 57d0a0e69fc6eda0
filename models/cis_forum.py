"""The CIS Volunteers' Forum: editions, sessions, delegations and delegates."""

from enum import StrEnum
from uuid import UUID

from tortoise.fields import (
    BigIntField,
    CharEnumField,
    DateField,
    DatetimeField,
    IntField,
)
from tortoise.models import Model

from erikti.database.constraints import any_language, check, check_values
from erikti.database.fields import Folded, SortKey, Text
from models.base import (
    SOURCE,
    TITLES,
    Sourced,
    Titled,
    keyset,
    keyset_of,
    part_of,
    refers_to,
)
from models.states import State, States


class SessionFormat(StrEnum):
    """How a session of the Forum is held."""

    CEREMONY = "CEREMONY"
    PLENARY = "PLENARY"
    PANEL = "PANEL"
    WORKSHOP = "WORKSHOP"


class DelegateRole(StrEnum):
    """The role of a delegate in the delegation; a delegation has one head."""

    HEAD = "HEAD"
    DELEGATE = "DELEGATE"
    EXPERT = "EXPERT"
    OBSERVER = "OBSERVER"


class DelegateStatus(StrEnum):
    """The status of a delegate's participation in the Forum."""

    NOMINATED = "NOMINATED"
    APPROVED = "APPROVED"
    ACCREDITED = "ACCREDITED"
    ATTENDED = "ATTENDED"
    REJECTED = "REJECTED"
    WITHDRAWN = "WITHDRAWN"


# The sending state names and withdraws; the host of the Forum decides.
DELEGATE_STATES = States(
    "status",
    DelegateStatus,
    (
        State("NOMINATED", ("REJECTED", "WITHDRAWN"), ("partner",), first=True),
        State("APPROVED", ("NOMINATED",), ("host",)),
        State("ACCREDITED", ("APPROVED",), ("host",)),
        State("ATTENDED", ("ACCREDITED",), ("host",)),
        State("REJECTED", ("NOMINATED", "APPROVED", "ACCREDITED"), ("host",)),
        State("WITHDRAWN", ("NOMINATED", "APPROVED", "ACCREDITED"), ("partner",)),
    ),
)


class Forum(Sourced):
    """One yearly edition of the CIS Volunteers' Forum."""

    year = IntField(unique=True)
    host_city_kk = Text(max_length=100, null=True)
    host_city_ru = Text(max_length=100, null=True)
    host_city_en = Text(max_length=100, null=True)
    host_city_kk_key = SortKey("host_city_kk")
    host_city_ru_key = SortKey("host_city_ru")
    host_city_en_key = SortKey("host_city_en")
    host_city_folded = Folded(("host_city_kk", "host_city_ru", "host_city_en"))
    host_country = refers_to("Country")
    starts_on = DateField(null=True)
    ends_on = DateField(null=True)
    decision = Text(max_length=2000, null=True)
    host_country_id: str

    class Meta:
        table = "forums"
        unique_together = (SOURCE,)
        indexes = [
            *keyset("host_country_id", "starts_on"),
            *keyset("host_city_kk_key", "host_city_ru_key", "host_city_en_key"),
        ]
        constraints = (
            any_language("forums", "host_city"),
            check("forums", "period", "ends_on >= starts_on"),
        )


class ForumSession(Sourced, Titled):
    """One session in the programme of a Forum; instants in UTC."""

    forum = refers_to("Forum")
    format = CharEnumField(SessionFormat, max_length=12, description="")
    starts_at = DatetimeField()
    ends_at = DatetimeField()
    forum_id: UUID

    class Meta:
        table = "forum_sessions"
        unique_together = (SOURCE,)
        indexes = [
            *keyset("forum_id", "format", "starts_at", *TITLES),
            *keyset_of("forum_id", orders=("starts_at", *TITLES)),
        ]
        constraints = (
            check_values("forum_sessions", "format", SessionFormat),
            any_language("forum_sessions", "title"),
            check("forum_sessions", "period", "ends_at > starts_at"),
        )


class Delegation(Sourced):
    """One country's group at one Forum; ``quota`` is the most delegates it may send."""

    forum = refers_to("Forum")
    country = refers_to("Country")
    quota = IntField()
    forum_id: UUID
    country_id: str

    class Meta:
        table = "delegations"
        unique_together = (SOURCE, ("forum", "country"))
        # A forum has one delegation of a country, so an index has their order.
        indexes = [
            *keyset("forum_id", "country_id", "quota"),
            *keyset_of("forum_id", "country_id", orders=("quota",)),
        ]
        constraints = (check("delegations", "quota", "quota > 0"),)


class Delegate(Sourced):
    """One person in one delegation."""

    delegation = refers_to("Delegation")
    person = refers_to("Person")
    role = CharEnumField(DelegateRole, max_length=12, description="")
    status = CharEnumField(DelegateStatus, max_length=12, description="")
    delegation_id: UUID
    person_id: UUID

    class Meta:
        table = "delegates"
        unique_together = (SOURCE, ("delegation", "person"))
        indexes = [
            *keyset("delegation_id", "person_id", "role", "status"),
            *keyset_of("delegation_id", "person_id", orders=("role", "status")),
        ]
        constraints = (
            check_values("delegates", "role", DelegateRole),
            check_values("delegates", "status", DelegateStatus),
        )


class DelegateSession(Model):
    """A delegate's place in a session."""

    id = BigIntField(primary_key=True, generated=True)
    delegate = part_of("Delegate")
    session = part_of("ForumSession")
    delegate_id: UUID
    session_id: UUID

    class Meta:
        table = "delegate_sessions"
        unique_together = (("delegate", "session"),)
        indexes = [("session_id", "delegate_id")]
