"""Fields of people."""

import re
from typing import Annotated

import strawberry

from erikti.database.sealed import keyring
from erikti.errors import BadUserInputError, LimitError
from erikti.guard.budget import BudgetError
from models.people import Person
from resolvers.context import Info
from resolvers.dataloaders.people import PERSON_BY_IIN_HASH
from resolvers.global_ids import key_text

IIN = re.compile(r"[0-9]{12}")


async def person_by_iin(
    parents: list[object],
    info: Info,
    iin: Annotated[str, strawberry.argument(description="The identification number, 12 digits.")],
) -> list[Person | None]:
    """Return the person with an identification number, or None if not visible.

    A match reveals that the person exists, so it is recorded in the access log. Misses are
    charged, so that numbers cannot be guessed.
    """
    if not IIN.fullmatch(iin):
        raise BadUserInputError("iin", "an individual identification number must have 12 digits")
    context = info.context
    try:
        paid = await context.lookups.pay() if context.lookups else []
    except BudgetError as error:
        text = f"iin_misses: no lookups are left; retry in {error.retry_after} s"
        raise LimitError(text, limit="iin_misses") from None
    person = await context.loaders.of(PERSON_BY_IIN_HASH).load(keyring().digest(iin))
    if person is not None:
        context.ledger.persons.add(key_text(person.id))
        if context.lookups:
            await context.lookups.give_back(paid)
    return [person] * len(parents)
