"""The public aggregates of the registry."""

from erikti.errors import NotFoundError
from resolvers.context import Info
from resolvers.dataloaders.registry import REGISTRY_OF_YEAR, RegistryYear
from resolvers.statistics import Year, check_year


async def registry(info: Info, year: Year) -> RegistryYear:
    """Return the public aggregates of a year.

    Raises NotFoundError if no record of that year exists.
    """
    check_year(year)
    found = await info.context.loaders.of(REGISTRY_OF_YEAR).load(year)
    if found is None:
        raise NotFoundError(f"year: there are no records of the year {year}", argument="year")
    return found
