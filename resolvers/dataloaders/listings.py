"""What a list of records offers, and what was asked of it: plain, comparable values."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, NamedTuple

from tortoise.fields import DateField, DatetimeField
from tortoise.models import Model

from erikti.database.dialect import Truncation


@dataclass(frozen=True)
class Link:
    """A table that ties records to further values: ``owner`` and ``value`` are its columns."""

    model: type[Model]
    owner: str
    value: str


@dataclass(frozen=True)
class Dimension:
    """Something to group by: a field, cut down to a calendar unit where it is a date."""

    name: str
    field: str
    truncation: Truncation | None = None


LISTINGS: dict[type[Model], "Listing"] = {}


@dataclass(frozen=True)
class Listing:
    """The fields of a model by which its lists can be filtered, ordered and grouped.

    Every one of them is indexed. ``tags`` are multi-valued fields kept in link tables;
    ``measures`` are numbers that groups add up.
    """

    model: type[Model]
    filters: tuple[str, ...]
    orders: tuple[str, ...]
    groups: tuple[str, ...]
    measures: tuple[str, ...] = ()
    tags: Mapping[str, Link] = field(default_factory=dict, hash=False)

    def __post_init__(self) -> None:
        LISTINGS[self.model] = self

    @property
    def name(self) -> str:
        """The name of the records, for example ``Volunteer``."""
        return self.model.__name__

    @cached_property
    def dimensions(self) -> dict[str, Dimension]:
        """What to group by, by name: ``registered_on`` gives ``registered_year`` and so on."""
        found: dict[str, Dimension] = {}
        for name in self.groups:
            column = self.model._meta.fields_map.get(name)
            if isinstance(column, DateField | DatetimeField):
                stem = name.removesuffix("_on").removesuffix("_at")
                for unit in Truncation:
                    found[f"{stem}_{unit}"] = Dimension(f"{stem}_{unit}", name, unit)
            else:
                # One value of ``directions`` is a direction.
                single = name.removesuffix("s") if name in self.tags else name
                found[single] = Dimension(single, name)
        return found


@dataclass(frozen=True)
class Comparison:
    """A field compared with a value; ``operator`` is one of ``conditions.OPERATORS``."""

    field: str
    operator: str
    value: Any


@dataclass(frozen=True)
class Related:
    """A condition on the record that a relation leads to."""

    field: str
    condition: "Condition"


@dataclass(frozen=True)
class Every:
    """All of the conditions; with none of them, every record."""

    conditions: tuple["Condition", ...]


@dataclass(frozen=True)
class Some:
    """At least one of the conditions."""

    conditions: tuple["Condition", ...]


@dataclass(frozen=True)
class Not:
    """The records that a condition does not hold for, unknown values included."""

    condition: "Condition"


@dataclass(frozen=True)
class Pointed:
    """Some record of another model, whose relation ``field`` leads here, fulfils a condition."""

    model: type[Model]
    field: str
    condition: "Condition"


Condition = Comparison | Related | Every | Some | Not | Pointed
ANY: Condition = Every(())
NOTHING: Condition = Some(())


def every(*conditions: Condition) -> Condition:
    """All of the conditions, in the simplest form."""
    parts = tuple(condition for condition in conditions if condition != ANY)
    if NOTHING in parts:
        return NOTHING
    return parts[0] if len(parts) == 1 else Every(parts)


def some(*conditions: Condition) -> Condition:
    """At least one of the conditions, in the simplest form."""
    parts = tuple(condition for condition in conditions if condition != NOTHING)
    if ANY in parts:
        return ANY
    return parts[0] if len(parts) == 1 else Some(parts)


def fields_of(condition: Condition) -> Iterator[str]:
    """The fields of the records themselves that a condition asks by."""
    match condition:
        case Every(parts) | Some(parts):
            for part in parts:
                yield from fields_of(part)
        case Not(part):
            yield from fields_of(part)
        case Related(field) | Comparison(field):
            yield field


@dataclass(frozen=True)
class Order:
    """One sort key; records without a value come last in either direction."""

    field: str
    descending: bool = False


@dataclass(frozen=True)
class PageRequest:
    """One page: ``size`` records after or before a position in an order.

    ``position`` holds the order's values and the id of the record that the page begins
    behind (or, ``backward``, ends before); None is the beginning (the end).
    """

    size: int
    order: tuple[Order, ...] = ()
    condition: Condition = ANY
    position: tuple[Any, ...] | None = None
    backward: bool = False


class Page(NamedTuple):
    """The rows of a page in order, and whether more lie beyond it in its direction."""

    rows: list[Any]
    more: bool


@dataclass(frozen=True)
class Aggregate:
    """A number of a group: ``count``, or ``sum``, ``avg``, ``min``, ``max`` of a measure."""

    function: str
    measure: str | None = None


@dataclass(frozen=True)
class GroupRequest:
    """Groups of the records that a condition holds for.

    ``aggregates`` are the numbers to compute besides the count, all of them where it is
    None; fewer cost less, since ``min`` and ``max`` must look at every record.
    """

    by: tuple[str, ...]
    limit: int
    condition: Condition = ANY
    having: tuple[tuple[Aggregate, str, Any], ...] = ()
    order: tuple[tuple[str | Aggregate, bool], ...] = ()
    aggregates: frozenset[Aggregate] | None = None


@dataclass(frozen=True)
class Group:
    """One group: its keys by dimension, and those of its numbers that were computed."""

    keys: Mapping[str, Any]
    count: int
    measures: Mapping[str, Mapping[str, Any]]
