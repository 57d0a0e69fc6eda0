"""Fields of people and of what every domain refers to."""

from datetime import UTC, datetime
from typing import Annotated, Any

import strawberry

from models.people import CisStatus
from resolvers.context import Info

CIS = "Those that belong to the CIS (true) or those that do not (false); all by default."


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
