"""Records read through the models, and the expected lists, computed without SQL."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from enum import Enum
from functools import cache
from itertools import product
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from tortoise.models import Model

from erikti.database.dialect import Truncation
from erikti.text import fold, sort_key
from models.cis_forum import DelegateSession
from models.people import AgeBand, Person
from resolvers.dataloaders import LISTINGS
from resolvers.dataloaders.dimensions import this_year
from resolvers.dataloaders.listings import (
    ANY,
    Aggregate,
    Comparison,
    Condition,
    Dimension,
    Every,
    GroupRequest,
    Link,
    Listing,
    Not,
    Order,
    Related,
    Some,
)
from resolvers.dataloaders.lists import Lists
from resolvers.dataloaders.pages import Parent, Source
from resolvers.dataloaders.scope import LoaderScope
from resolvers.dataloaders.searches import is_searchable, searched
from resolvers.dataloaders.tables import table
from tests.support.queries import REGISTRAR

Row = dict[str, Any]
HOUR = 3_600
ALMATY = ZoneInfo("Asia/Almaty")
COMPARED: dict[str, Callable[[Any, Any], Any]] = {
    "eq": lambda own, value: own == value,
    "in": lambda own, value: own in value,
    "contains": lambda own, value: searched(value) in f" {fold(own)}",
    "min": lambda own, value: own >= value,
    "max": lambda own, value: own <= value,
}
BY_MODEL = {listing.model: listing for listing in LISTINGS}
SESSIONS = Link(DelegateSession, owner="delegate_id", value="session_id")


def plain(value: Any) -> Any:
    """Return a value that compares and sorts like the database's."""
    if isinstance(value, bytes):
        return UUID(bytes=value)
    return value.value if isinstance(value, Enum) else value


def lists_of(listing: Listing, parent: Parent | None = None) -> Lists:
    """Return the lists of a listing for a caller who sees everything."""
    return Lists(LoaderScope(REGISTRAR, "REGISTRATION"), Source(listing, parent))


class Records:
    """All records of the open database."""

    def __init__(self) -> None:
        self.rows: dict[type[Model], list[Row]] = {}
        self.ties: dict[type[Model], dict[Any, list[Any]]] = {}
        self._by_key: dict[type[Model], dict[Any, Row]] = {}

    @classmethod
    async def read(cls) -> "Records":
        """Read the open database, except personal data by which no list can be grouped."""
        found = cls()
        for listing in LISTINGS:
            offered = (*listing.compared, *listing.sorted, *listing.measures)
            offered += ("sex", "birth_date") if listing.model is Person else ()
            names = {column(listing.model, f) for f in offered if f not in listing.tags}
            names.add(key_of(listing.model))
            rows = await listing.model.all().values(*names)
            found.rows[listing.model] = [{n: plain(v) for n, v in row.items()} for row in rows]
            for link in listing.tags.values():
                await found._tie(link)
        await found._tie(SESSIONS)
        found._by_key = {
            model: {row[key_of(model)]: row for row in rows} for model, rows in found.rows.items()
        }
        return found

    async def _tie(self, link: Link) -> None:
        ties = self.ties[link.model] = defaultdict(list)
        for row in await link.model.all().values(link.owner, link.value):
            ties[plain(row[link.owner])].append(plain(row[link.value]))

    def of_parent(self, listing: Listing, parent: Parent | None) -> dict[Any, list[Row]]:
        """Return the rows by parent key, or all of them under None without a parent."""
        rows = self.rows[listing.model]
        if parent is None:
            return {None: rows}
        found: dict[Any, list[Row]] = defaultdict(list)
        if parent.link is not None:
            for owner, values in self.ties[parent.link.model].items():
                found[owner] = [self._by_key[listing.model][value] for value in values]
        else:
            for row in rows:
                found[row[str(parent.column)]].append(row)
            found.pop(None, None)
        return dict(found)

    def fulfils(self, model: type[Model], row: Row, condition: Condition) -> bool:
        """Return whether a row meets a condition."""
        match condition:
            case Every(parts) | Some(parts):
                decide = all if isinstance(condition, Every) else any
                return decide(self.fulfils(model, row, part) for part in parts)
            case Not(part):
                return not self.fulfils(model, row, part)
            case Related(field, part):
                target = model._meta.fields_map[field].related_model  # type: ignore[attr-defined]
                other = self._by_key[target].get(row[column(model, field)])
                return other is not None and self.fulfils(target, other, part)
            case Comparison(field, operator, value):
                tags = self._tags(model, row, field)
                if tags is not None:
                    return not set(tags).isdisjoint(value)
                return _compared(row[column(model, field)], operator, value)
        raise AssertionError(condition)

    def _tags(self, model: type[Model], row: Row, field: str) -> list[Any] | None:
        link = BY_MODEL[model].tags.get(field)
        return None if link is None else self.ties[link.model].get(row[key_of(model)], [])

    def conditions(self, listing: Listing, depth: int = 1) -> Iterator[Condition]:
        """Return conditions of every kind on every filterable field, at values that occur."""
        model = listing.model
        for field in listing.compared:
            if (link := listing.tags.get(field)) is not None:
                tags = sorted({tag for tags in self.ties[link.model].values() for tag in tags})
                yield Comparison(field, "in", (tags[0],))
                yield Comparison(field, "in", (tags[0], tags[-1]))
                continue
            name = column(model, field)
            values = [row[name] for row in self.rows[model]]
            known = sorted({value for value in values if value is not None})
            if not known:
                continue
            middle = known[len(known) // 2]
            yield Comparison(field, "eq", middle)
            yield Comparison(field, "ne", middle)
            yield Comparison(field, "in", (known[0], middle))
            if None in values:
                yield Comparison(field, "is_null", True)
                yield Comparison(field, "is_null", False)
            if isinstance(middle, date | Decimal | int) and not isinstance(middle, bool):
                yield Comparison(field, "min", middle)
                yield Comparison(field, "max", middle)
            if is_searchable(model, field):
                yield Comparison(field, "contains", middle[1:5].upper())
                yield Comparison(field, "contains", max(middle.split(), key=len)[:3])
            target: Any = getattr(model._meta.fields_map[field], "related_model", None)
            other = BY_MODEL.get(target)
            if depth and other is not None:
                inner = list(self.conditions(other, depth - 1))
                yield from (Related(field, part) for part in inner[1::4])

    def groups(self, listing: Listing, rows: Sequence[Row], request: GroupRequest) -> list[Row]:
        """Return the groups of rows with their keys, ``count`` and aggregates."""
        grouped: dict[tuple[Any, ...], list[Row]] = defaultdict(list)
        dimensions = [listing.dimensions[name] for name in request.by]
        for row in rows:
            if request.condition == ANY or self.fulfils(listing.model, row, request.condition):
                for keys in product(*(self._keys(listing, row, by) for by in dimensions)):
                    grouped[keys].append(row)
        every = aggregates_of(listing)
        if request.aggregates is not None:
            used = {key for key, _ in request.order} | {bound[0] for bound in request.having}
            every &= used | request.aggregates
        found = []
        for keys, own in grouped.items():
            group: Row = dict(zip(request.by, keys, strict=True))
            for aggregate in every:
                group[aggregate] = _aggregate(listing, aggregate, own)  # type: ignore[index]
            group[Aggregate("count")] = len(own)  # type: ignore[index]
            if all(_compared(group[a], op, value) for a, op, value in request.having):  # type: ignore[index]
                found.append(group)
        terms = [*request.order, (Aggregate("count"), True), *((key, False) for key in request.by)]
        for key, descending in reversed(terms):
            found = _sorted(found, key, descending)
        return found[: request.size]

    def _keys(self, listing: Listing, row: Row, dimension: Dimension) -> list[Any]:
        for each in dimension.alternatives:
            found = self._keys_of(listing.model, row, each)
            if found != [None]:
                break
        return found

    def _keys_of(self, model: type[Model], row: Row, dimension: Dimension) -> list[Any]:
        for step in dimension.steps:
            target = model._meta.fields_map[step].related_model  # type: ignore[attr-defined]
            other = self._by_key[target].get(row[column(model, step)])
            if other is None:
                return [None]
            model, row = target, other
        tags = self._tags(model, row, dimension.field)
        if tags is not None:
            return tags
        value = row[column(model, dimension.field)]
        if dimension.truncation is not None and value is not None:
            value = _cut(value, dimension.truncation)
        if dimension.bands and value is not None:
            value = max(band for band in AgeBand if band.youngest <= this_year() - value.year)
        return [value]


@cache
def column(model: type[Model], field: str) -> str:
    """Return the column of a field: its name, or that of its relation's key."""
    return field if f"{field}_id" not in model._meta.fields_map else f"{field}_id"


def key_of(model: type[Model]) -> str:
    """Return the name of a model's key."""
    return str(model._meta.pk_attr)


def ordered(model: type[Model], rows: Sequence[Row], order: Sequence[Order]) -> list[Row]:
    """Return rows in an order, with None last and ties by key."""
    found = _sorted(rows, key_of(model), bool(order) and order[-1].descending)
    for term in reversed(order):
        found = _sorted(found, column(model, term.field), term.descending, model)
    return found


def sorted_by(model: type[Model] | None, name: str, value: Any) -> Any:
    """Return what a value of a column is sorted by."""
    alphabetical = model is not None and name in table(model).sort_keys
    return sort_key(value) if alphabetical and value is not None else value


def _sorted(
    rows: Sequence[Row], name: Any, descending: bool, model: type[Model] | None = None
) -> list[Row]:
    known = [row for row in rows if row[name] is not None]
    known.sort(key=lambda row: sorted_by(model, name, row[name]), reverse=descending)
    return [*known, *(row for row in rows if row[name] is None)]


def _compared(own: Any, operator: str, value: Any) -> bool:
    if operator == "is_null":
        return bool((own is None) == value)
    if operator == "ne":
        return bool(own != value)
    return own is not None and bool(COMPARED[operator](own, value))


def aggregates_of(listing: Listing) -> set[Aggregate]:
    """Return every aggregate of a listing besides the count."""
    functions = listing.functions.items()
    return {Aggregate(function, measure) for measure, those in functions for function in those}


def _aggregate(listing: Listing, aggregate: Aggregate, rows: Sequence[Row]) -> Any:
    numbers = sorted(
        number
        for number in (_measured(listing, str(aggregate.measure), row) for row in rows)
        if number is not None
    )
    if not numbers:
        return None
    match aggregate.function:
        case "avg":
            return sum(numbers, Decimal()) / len(numbers)
        case "sum":
            return sum(numbers)
        case "median" | "p90" as quantile:
            share = {"median": 50, "p90": 90}[quantile]
            return next(n for i, n in enumerate(numbers, 1) if 100 * i >= share * len(numbers))
    return numbers[0] if aggregate.function == "min" else numbers[-1]


def _measured(listing: Listing, measure: str, row: Row) -> Decimal | int | None:
    """Return the value of a measure; a duration is in hours."""
    if (duration := listing.duration(measure)) is None:
        number: Decimal | int | None = row[measure]
        return number
    start, end = row[duration.start], row[duration.end]
    if start is None or end is None:
        return None
    seconds = int(end.timestamp() // 1) - int(start.timestamp() // 1)
    return Decimal(seconds) / HOUR


def _cut(value: date, unit: Truncation) -> date:
    day = value.astimezone(ALMATY).date() if isinstance(value, datetime) else value
    if unit is Truncation.WEEK:
        return day - timedelta(days=day.weekday())
    if unit is Truncation.QUARTER:
        return date(day.year, (day.month - 1) // 3 * 3 + 1, 1)
    return date(day.year, 1 if unit is Truncation.YEAR else day.month, 1)
