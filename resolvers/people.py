"""Fields of people and of what every domain refers to."""

import re
from datetime import UTC, datetime
from typing import Annotated, Any

import strawberry

from erikti.database.sealed import keyring
from erikti.errors import BadUserInputError, LimitError
from erikti.guard.budget import BudgetError
from models.people import CisStatus
from resolvers.context import Info
from resolvers.global_ids import key_text

IIN = re.compile(r"[0-9]{12}")
CIS = "Those that belong to the CIS (true) or those that do not (false); all by default."


async def person_by_iin(
    parents: list[Any],
    info: Info,
    iin: Annotated[str, strawberry.argument(description="The number, 12 digits.")],
) -> Any:
    """The person with an identification number, None where the caller sees none.

    That there is such a person shows in the answer, so it is recorded as a reading; and what
    is not found is paid for, lest numbers be tried out.
    """
    if not IIN.fullmatch(iin):
        raise BadUserInputError("iin", "an individual identification number has 12 digits")
    context = info.context
    try:
        paid = await context.lookups.pay() if context.lookups else []
    except BudgetError as error:
        text = f"iin_misses: no lookups are left, again in {error.retry_after} s"
        raise LimitError(text, limit="iin_misses") from None
    person = await context.loaders.people.person_by_iin_hash.load(keyring().digest(iin))
    if person is not None:
        context.ledger.persons.add(key_text(person.id))
        if context.lookups:
            await context.lookups.give_back(paid)
    return [person] * len(parents)


def cis_statuses(parents: list[Any], info: Info) -> list[CisStatus | None]:
    """How countries belong to the CIS today (UTC)."""
    return [_cis_status(country) for country in parents]


def _cis_status(country: Any) -> CisStatus | None:
    today = datetime.now(UTC).date()
    if country.cis_valid_from is not None and today < country.cis_valid_from:
        return None
    if country.cis_valid_to is not None and today > country.cis_valid_to:
        return None
    return None if country.cis_status is None else CisStatus(country.cis_status)


async def countries(
    info: Info, cis: Annotated[bool | None, strawberry.argument(description=CIS)] = strawberry.UNSET
) -> list[Any]:
    """All countries by code; those that belong to the CIS, or those that do not, by ``cis``."""
    rows: list[Any] = await info.context.loaders.people.countries.load(None)
    if cis is None or cis is strawberry.UNSET:
        return rows
    return [row for row in rows if (_cis_status(row) is not None) == cis]
