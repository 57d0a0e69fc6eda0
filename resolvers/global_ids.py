"""Global IDs (Relay), and the record types that have them."""

import binascii
from binascii import b2a_base64
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from operator import attrgetter
from typing import Any
from uuid import UUID

from strawberry.relay import from_base64
from tortoise.fields import IntField
from tortoise.models import Model

from erikti.database.connection import dialect
from erikti.database.fields import Uuid
from erikti.errors import BadUserInputError
from models import awards, cis_forum, people, un_placements, volunteers
from resolvers.context import Info
from resolvers.dataloaders import Loaders
from resolvers.dataloaders.loading import Loader
from resolvers.dataloaders.tables import table
from resolvers.values import bindable

Load = Callable[[Loaders], Loader]


@dataclass(frozen=True)
class NodeType:
    """The keys of one GraphQL type: its global ID and the columns ``natural``, each unique.

    ``load`` finds records by the primary key, which the global ID holds.
    """

    model: type[Model]
    load: Load
    natural: tuple[str, ...] = ()

    def key(self, text: str) -> Any:
        """Parse a key; raises ValueError if the text is not one."""
        records = table(self.model)
        field = records.field(records.key)
        if isinstance(field, Uuid):
            return dialect().encode(field, UUID(text))
        number = isinstance(field, IntField)
        return bindable(field, int(text) if number else text)


NODES = {
    node.model.__name__: node
    for node in (
        NodeType(people.Person, lambda all_: all_.people.person_by_id),
        NodeType(people.Consent, lambda all_: all_.people.consent_by_id),
        NodeType(people.Region, lambda all_: all_.people.region_by_code, ("code",)),
        NodeType(people.Country, lambda all_: all_.people.country_by_code, ("code",)),
        NodeType(
            people.SustainableDevelopmentGoal, lambda all_: all_.people.goal_by_number, ("number",)
        ),
        NodeType(volunteers.Volunteer, lambda all_: all_.volunteers.volunteer_by_id),
        NodeType(
            volunteers.Organisation, lambda all_: all_.volunteers.organisation_by_id, ("bin",)
        ),
        NodeType(volunteers.FrontOffice, lambda all_: all_.volunteers.front_office_by_id),
        NodeType(volunteers.Project, lambda all_: all_.volunteers.project_by_id),
        NodeType(volunteers.Participation, lambda all_: all_.volunteers.participation_by_id),
        NodeType(volunteers.Grant, lambda all_: all_.volunteers.grant_by_id),
        NodeType(volunteers.GoodDeed, lambda all_: all_.volunteers.good_deed_by_id),
        NodeType(volunteers.Enquiry, lambda all_: all_.volunteers.enquiry_by_id),
        NodeType(volunteers.Committee, lambda all_: all_.volunteers.committee_by_id),
        NodeType(cis_forum.Forum, lambda all_: all_.cis_forum.forum_by_id, ("year",)),
        NodeType(cis_forum.ForumSession, lambda all_: all_.cis_forum.session_by_id),
        NodeType(cis_forum.Delegation, lambda all_: all_.cis_forum.delegation_by_id),
        NodeType(cis_forum.Delegate, lambda all_: all_.cis_forum.delegate_by_id),
        NodeType(un_placements.Programme, lambda all_: all_.un_placements.programme_by_id),
        NodeType(un_placements.HostEntity, lambda all_: all_.un_placements.host_entity_by_id),
        NodeType(un_placements.DutyStation, lambda all_: all_.un_placements.duty_station_by_id),
        NodeType(un_placements.Placement, lambda all_: all_.un_placements.placement_by_id),
        NodeType(un_placements.PlacementReport, lambda all_: all_.un_placements.report_by_id),
        NodeType(awards.AwardEdition, lambda all_: all_.awards.edition_by_id, ("year",)),
        NodeType(awards.AwardCategory, lambda all_: all_.awards.category_by_id),
        NodeType(awards.Nomination, lambda all_: all_.awards.nomination_by_id),
    )
}


def global_ids(parents: list[Any], info: Info) -> list[str]:
    """Return the global IDs of rows."""
    kind = type(parents[0])
    prefix, key = f"{kind.__name__}:", attrgetter(kind.key_column)
    if isinstance(key(parents[0]), bytes) or any(type(row) is not kind for row in parents):
        return [global_id(row) for row in parents]
    return [b2a_base64(f"{prefix}{key(row)}".encode(), newline=False).decode() for row in parents]


def global_id(row: Any) -> str:
    """Return the global ID of a row: its type and key, opaque to clients."""
    kind = type(row)
    name: str = f"{kind.__name__}:{key_text(getattr(row, kind.key_column))}"
    return b2a_base64(name.encode(), newline=False).decode()


def key_text(key: Any) -> str:
    """Return a key as text, independent of the database's representation."""
    return str(UUID(bytes=key) if isinstance(key, bytes) else key)


def parse_id(value: str, argument: str, expected: str | None = None) -> tuple[str, Any]:
    """Return the type and key of a global ID.

    Raises BadUserInputError if it is invalid or its type is not ``expected``.
    """
    try:
        name, text = from_base64(value)
        key = NODES[name].key(text)
    except (ValueError, KeyError, binascii.Error, UnicodeDecodeError) as error:
        raise BadUserInputError(argument, "this is not a valid ID") from error
    if expected not in (None, name):
        raise BadUserInputError(argument, f"this is the ID of type {name}, not {expected}")
    return name, key


def load_node(info: Info, value: str, argument: str, expected: str | None = None) -> Awaitable[Any]:
    """Return the record with a global ID, or None if there is none."""
    name, key = parse_id(value, argument, expected)
    found: Awaitable[Any] = NODES[name].load(info.context.loaders).load(key)
    return found
