"""What it costs, in points, to look at records one by one where no rollup answers.

Only the tables that rollups count grow with the nation: to look through others costs nothing.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

from erikti.database.connection import fetch
from resolvers.dataloaders.conditions import Statement
from resolvers.dataloaders.groups import asked_of
from resolvers.dataloaders.listings import (
    ANY,
    Comparison,
    Condition,
    Every,
    GroupRequest,
    Pointed,
    Some,
)
from resolvers.dataloaders.pages import Source
from resolvers.dataloaders.rollups import COUNT, Covered, bounding, covering, parts_of
from resolvers.dataloaders.tables import related, table

# So many records for a point.
COUNTED = 1_500
GROUPED = 100  # by each of the dimensions
SEARCHED = 300


class Scan(NamedTuple):
    """Points, and what they are for."""

    points: int
    text: str


async def of_groups(
    source: Source, request: GroupRequest, keys: Sequence[Any], seen: Condition
) -> Scan:
    """What it costs to group records; nothing where a rollup has the groups."""
    listing = source.listing
    dimensions = [listing.dimensions[name] for name in request.by]
    if covering(listing, request.condition, _owner(source), dimensions, asked_of(source, request)):
        return Scan(0, "")
    # A record has several values of a link table.
    values = sum(2 if dimension.field in listing.tags else 1 for dimension in dimensions)
    records = await _records(source, request.condition, keys, seen)
    text = f"groups by {', '.join(request.by).upper()} look at {records} records of {listing.name}"
    return Scan(records * values // GROUPED, text)


async def of_counts(
    source: Source, condition: Condition, keys: Sequence[Any], seen: Condition
) -> Scan:
    """What it costs to count records; nothing where a rollup has the count."""
    if covering(source.listing, condition, _owner(source)):
        return Scan(0, "")
    records = await _records(source, condition, keys, seen)
    return Scan(records // COUNTED, f"to count {source.listing.name} looks at {records} records")


def is_search(source: Source, condition: Condition) -> bool:
    """Whether many records may be looked at until a page is full."""
    found = bounding(source.listing, condition, _owner(source))
    # What a rollup counts by is indexed, or most records have it.
    return found is not None and len(_known(found)) < len(list(parts_of(condition)))


def _known(found: Covered) -> Sequence[Condition]:
    return found.condition.conditions if isinstance(found.condition, Every) else ()


async def of_search(
    source: Source, condition: Condition, keys: Sequence[Any], seen: Condition
) -> Scan:
    """What it costs to look for records of which there are not enough."""
    records = await _records(source, condition, keys, seen)
    return Scan(records // SEARCHED, f"a page of {source.listing.name} looks at {records} records")


def _owner(source: Source) -> str | None:
    return None if source.parent is None else source.key()


async def _records(
    source: Source, condition: Condition, keys: Sequence[Any], seen: Condition
) -> int:
    """How many records are looked at: as many as a rollup knows that there are at most.

    ``seen`` is the part of the condition that says what the caller sees. Where no rollup knows
    it, all records count, whatever is asked: points must not tell of those that are not seen.
    """
    found = bounding(source.listing, condition, _owner(source))
    if found is None or _few(source, condition):
        return 0
    if is_search(Source(source.listing), seen):
        source, found = Source(source.listing), bounding(source.listing, ANY)
        assert found is not None
    statement = Statement()
    where = found.where(statement)
    if source.parent is not None:
        where = f"{where} AND {source.among(statement, keys)}"
    sql = f"SELECT {found.aggregate(statement, COUNT)} FROM {found.rows} WHERE {where}"
    return (await fetch(sql, statement.parameters))[0][0] or 0


def _few(source: Source, condition: Condition) -> bool:
    """Whether an index leads to few records: by keys of which none has many."""
    return any(
        isinstance(part, Pointed)
        or (isinstance(part, Some) and all(isinstance(one, Pointed) for one in part.conditions))
        or (
            isinstance(part, Comparison)
            and part.operator in ("eq", "in")
            and _is_single(source, part.field)
        )
        for part in parts_of(condition)
    )


def _is_single(source: Source, field: str) -> bool:
    """Whether a field is a key by which no rollup counts, since few records have the same."""
    model = source.listing.model
    if field == table(model).key:
        return True
    found = bounding(source.listing, Comparison(field, "eq", None))
    return related(model, field) is not None and found is not None and found.condition == ANY
