"""Fields of the volunteer registry."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from resolvers.context import Info
from resolvers.relations import either


@dataclass(frozen=True)
class Money:
    """An amount in a currency (ISO 4217)."""

    amount: Decimal
    currency: str


def money(parents: list[Any], info: Info) -> list[Money]:
    """The amounts of grants."""
    return [Money(parent.amount, parent.currency) for parent in parents]


# The organisation or person that a grant went to.
recipient = either(
    (lambda loaders: loaders.volunteers.organisation_by_id, "recipient_organisation_id"),
    (lambda loaders: loaders.people.person_by_id, "recipient_person_id"),
)
