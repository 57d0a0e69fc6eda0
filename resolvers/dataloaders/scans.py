"""Costs, in points, of scanning records one by one when no rollup covers a request.

Only tables with rollups grow large, so scanning others is free.
"""

from collections.abc import Sequence
from typing import NamedTuple

from erikti.database.connection import fetch
from models.rollups import ROLLUPS
from resolvers.dataloaders.conditions import Statement
from resolvers.dataloaders.dimensions import link_of, target_of
from resolvers.dataloaders.groups import required_aggregates
from resolvers.dataloaders.listings import (
    ANY,
    Comparison,
    Condition,
    Dimension,
    Every,
    FromSource,
    GroupRequest,
    Listing,
    ReferencedBy,
    Some,
)
from resolvers.dataloaders.pages import Source
from resolvers.dataloaders.rollups import COUNT, Covered, bounding_rollup, covering_rollup, parts_of
from resolvers.dataloaders.searches import search_of
from resolvers.dataloaders.tables import related, table

GROWING = {rollup.base for rollup in ROLLUPS}
# Records per point.
COUNTED = 1_500
GROUPED = 60  # for each dimension
# Beyond so many records and dimensions, a grouping soon takes longer than it may.
MANY = 50_000
GROUPED_MORE = 8
SEARCHED = 300


class Scan(NamedTuple):
    """A cost in points and its reason."""

    points: int
    text: str


async def of_groups(
    source: Source, request: GroupRequest, keys: Sequence[object], visible: Condition
) -> Scan:
    """Return the cost to group records; 0 if a rollup has the groups."""
    listing = source.listing
    dimensions = [listing.dimensions[name] for name in request.by]
    if covering_rollup(
        listing, request.condition, _owner(source), dimensions, required_aggregates(source, request)
    ):
        return Scan(0, "")
    values = sum(weight(listing, dimension) for dimension in dimensions)
    records = await _records(source, request.condition, keys, visible)
    text = f"groups by {', '.join(request.by).upper()} scan {records} records of {listing.name}"
    scanned = records * values
    return Scan(scanned // GROUPED + max(0, scanned - MANY) // GROUPED_MORE, text)


def weight(listing: Listing, dimension: Dimension) -> int:
    """Return how many times as expensive a dimension is as a column with few values.

    A record can have several values in a link table, related records are joined, and a relation
    to a table that grows makes nearly as many groups as there are records.
    """
    target = target_of(listing, dimension)
    many = target is not None and target._meta.db_table in GROWING
    several = link_of(listing, dimension) is not None
    return 1 + len(dimension.steps) * (1 + several) + int(many or several)


async def of_counts(
    source: Source, condition: Condition, keys: Sequence[object], visible: Condition
) -> Scan:
    """Return the cost to count records; 0 if a rollup has the count."""
    if is_free_count(source, condition):
        return Scan(0, "")
    records = await _records(source, condition, keys, visible)
    return Scan(records // COUNTED, f"a count of {source.listing.name} scans {records} records")


def may_grow(listing: Listing) -> bool:
    """Return whether a table may have so many records that scanning them costs points."""
    return listing.model._meta.db_table in GROWING


def is_free_count(source: Source, condition: Condition) -> bool:
    """Return whether counting scans nothing that grows, so that it costs nothing."""
    owner = _owner(source)
    return (
        covering_rollup(source.listing, condition, owner) is not None
        or bounding_rollup(source.listing, condition, owner) is None
        or _few(source, condition)
    )


def is_search(source: Source, condition: Condition) -> bool:
    """Return whether filling a page may scan many records."""
    found = bounding_rollup(source.listing, condition, _owner(source))
    # The columns of a rollup are indexed or have one value in most records; texts are indexed.
    searches = [search_of(source.listing.model, part) for part in parts_of(condition)]
    return found is not None and len(_known(found)) < searches.count(None)


def _known(found: Covered) -> Sequence[Condition]:
    return found.condition.conditions if isinstance(found.condition, Every) else ()


async def of_search(
    source: Source, condition: Condition, keys: Sequence[object], visible: Condition
) -> Scan:
    """Return the cost to search for records that did not fill a page."""
    records = await _records(source, condition, keys, visible)
    return Scan(records // SEARCHED, f"a page of {source.listing.name} scans {records} records")


def _owner(source: Source) -> str | None:
    return None if source.parent is None else source.key()


async def _records(
    source: Source, condition: Condition, keys: Sequence[object], visible: Condition
) -> int:
    """Return the number of records to scan: the upper bound that a rollup has.

    ``visible`` is the condition of records that the caller sees. If no rollup has it, all
    records count whatever the filter is, since points must not reveal hidden records.
    """
    found = bounding_rollup(source.listing, condition, _owner(source))
    if found is None or _few(source, condition):
        return 0
    if is_search(Source(source.listing), visible):
        source, found = Source(source.listing), bounding_rollup(source.listing, ANY)
        assert found is not None
    statement = Statement()
    where = found.where(statement)
    if source.parent is not None:
        where = f"{where} AND {source.among(statement, keys)}"
    sql = f"SELECT {found.aggregate(statement, COUNT)} FROM {found.rows} WHERE {where}"
    return (await fetch(sql, statement.parameters))[0][0] or 0


def _few(source: Source, condition: Condition) -> bool:
    """Return whether an index finds few records, by a key that few records share."""
    return any(
        isinstance(part, ReferencedBy | FromSource)
        or (
            isinstance(part, Some) and all(isinstance(one, ReferencedBy) for one in part.conditions)
        )
        or (
            isinstance(part, Comparison)
            and part.operator in ("eq", "in")
            and _is_single(source, part.field)
        )
        for part in parts_of(condition)
    )


def _is_single(source: Source, field: str) -> bool:
    """Return whether a field is a key without a rollup, since few records share its values."""
    model = source.listing.model
    if field == table(model).key:
        return True
    found = bounding_rollup(source.listing, Comparison(field, "eq", None))
    return related(model, field) is not None and found is not None and found.condition == ANY
