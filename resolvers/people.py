"""Fields of people and of what every domain refers to."""

import re
from datetime import UTC, datetime
from typing import Annotated, Any

import strawberry

from models.people import CisStatus
from models.sealed import keyring
from resolvers.context import Info
from resolvers.errors import BadUserInputError
from resolvers.nodes import key_text

IIN = re.compile(r"[0-9]{12}")
CIS = "Those that belong to the CIS (true) or those that do not (false); all by default."


def person_by_iin(
    parents: list[Any],
    info: Info,
    iin: Annotated[str, strawberry.argument(description="The number, 12 digits.")],
) -> Any:
    """The person with an identification number, None where the caller sees none.

    That somebody has the number is told by the answer, so it is recorded as a reading.
    """
    if not IIN.fullmatch(iin):
        raise BadUserInputError("iin", "an individual identification number has 12 digits")
    context = info.context

    def told(found: list[Any]) -> list[Any]:
        context.disclosure.persons.update(key_text(person.id) for person in found if person)
        return found

    keys = [keyring().digest(iin)] * len(parents)
    return context.loaders.people.person_by_iin_hash.load_many(keys, told)


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
