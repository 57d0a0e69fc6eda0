"""Fields of the volunteer registry."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import strawberry

from resolvers.context import Info


@dataclass(frozen=True)
class Money:
    """An amount in a currency (ISO 4217)."""

    amount: Decimal
    currency: str


def money(root: strawberry.Parent[Any]) -> Money:
    """The amount of a grant."""
    return Money(root.amount, root.currency)


async def recipient(root: strawberry.Parent[Any], info: Info) -> Any:
    """The organisation or person that a grant went to."""
    loaders = info.context.loaders
    if root.recipient_organisation_id is not None:
        return await loaders.volunteers.organisation_by_id.load(root.recipient_organisation_id)
    return await loaders.people.person_by_id.load(root.recipient_person_id)
