"""Fields of the CIS Volunteers' Forum."""

from typing import Any

from erikti.errors import NotFoundError
from models.cis_forum import DelegateRole
from resolvers.context import Info
from resolvers.dataloaders.listings import Comparison, PageRequest
from resolvers.relations import loaded
from resolvers.statistics import Year, check_year

HEAD = PageRequest(size=1, condition=Comparison("role", "eq", DelegateRole.HEAD))


async def forum(info: Info, year: Year) -> Any:
    """Return the Forum of a year; raises NotFoundError if there is none."""
    check_year(year)
    row = await info.context.loaders.cis_forum.forum_by_year.load(year)
    if row is None:
        raise NotFoundError(f"year: there is no Forum of the year {year}", argument="year")
    return row


async def head(parents: list[Any], info: Info) -> list[Any]:
    """Return the heads of the delegations, None for a delegation without one."""
    pages = info.context.loaders.cis_forum.delegates_by_delegation.pages(HEAD)
    found = await loaded(pages.load_many([parent.id for parent in parents]))
    return [page.rows[0] if page.rows else None for page in found]
