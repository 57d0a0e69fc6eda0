"""Fields of the volunteer registry."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from resolvers.context import Info
from resolvers.personal_policy import party


@dataclass(frozen=True)
class Money:
    """An amount in a currency (ISO 4217)."""

    amount: Decimal
    currency: str


def money(parents: list[Any], info: Info) -> list[Money]:
    """Return the amounts of grants."""
    return [Money(parent.amount, parent.currency) for parent in parents]


# Resolves the organisation or person that received a grant.
recipient = party("recipient_person_id", "recipient_organisation_id")
