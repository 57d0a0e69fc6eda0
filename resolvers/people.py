"""Fields of people and countries."""

import re
from typing import Annotated, Any

import strawberry

from erikti.database.calendar import calendar
from erikti.database.sealed import keyring
from erikti.errors import BadUserInputError, LimitError
from erikti.guard.budget import BudgetError
from models.people import CisStatus
from resolvers.context import Info
from resolvers.global_ids import key_text

IIN = re.compile(r"[0-9]{12}")
CIS = "Only members (true) or non-members (false) of the CIS; by default all countries."


async def person_by_iin(
    parents: list[Any],
    info: Info,
    iin: Annotated[str, strawberry.argument(description="The identification number, 12 digits.")],
) -> Any:
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
    person = await context.loaders.people.person_by_iin_hash.load(keyring().digest(iin))
    if person is not None:
        context.ledger.persons.add(key_text(person.id))
        if context.lookups:
            await context.lookups.give_back(paid)
    return [person] * len(parents)


def cis_statuses(parents: list[Any], info: Info) -> list[CisStatus | None]:
    """Return the countries' membership in the CIS today."""
    return [_cis_status(country) for country in parents]


def _cis_status(country: Any) -> CisStatus | None:
    today = calendar().today()
    if country.cis_valid_from is not None and today < country.cis_valid_from:
        return None
    if country.cis_valid_to is not None and today > country.cis_valid_to:
        return None
    return None if country.cis_status is None else CisStatus(country.cis_status)


async def countries(
    info: Info, cis: Annotated[bool | None, strawberry.argument(description=CIS)] = strawberry.UNSET
) -> list[Any]:
    """Return all countries by code, or only the members or non-members of the CIS."""
    rows: list[Any] = await info.context.loaders.people.countries.load(None)
    if cis is None or cis is strawberry.UNSET:
        return rows
    return [row for row in rows if (_cis_status(row) is not None) == cis]
