"""Fields of the CIS Volunteers' Forum."""

from typing import Any

from models.cis_forum import DelegateRole
from resolvers.context import Info
from resolvers.dataloaders.listings import Comparison, PageRequest
from resolvers.relations import loaded

HEAD = PageRequest(size=1, condition=Comparison("role", "eq", DelegateRole.HEAD))


async def head(parents: list[Any], info: Info) -> list[Any]:
    """Return the heads of the delegations, None for a delegation without one."""
    pages = info.context.loaders.cis_forum.delegates_by_delegation.pages(HEAD)
    found = await loaded(pages.load_many([parent.id for parent in parents]))
    return [page.rows[0] if page.rows else None for page in found]
