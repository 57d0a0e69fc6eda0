"""Capabilities of lists and requests to them, as immutable, hashable values."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from functools import cached_property
from typing import Any, Generic, NamedTuple

from tortoise.fields import DateField, DatetimeField
from tortoise.models import Model

from erikti.database.dialect import Truncation
from models.columns import ColumnOf, FieldOf, LocalName, M, PathOf
from models.people import Language
from resolvers.dataloaders.tables import Row, related


@dataclass(frozen=True)
class Link(Generic[M]):
    """A link table between records and values; ``owner`` and ``value`` are its columns."""

    model: type[M]
    owner: ColumnOf[M]
    value: ColumnOf[M]


@dataclass(frozen=True)
class Via(Generic[M]):
    """A field of a related record to group by, such as ``project.region``.

    ``otherwise`` is the path to use if the first has no value; ``tag`` is the link table of the
    last relation's multi-valued field, which is meant. A name is made of the path unless it is
    given; dates have only the calendar ``units``, or the ``bands`` of the ages since then.
    """

    path: PathOf[M]
    otherwise: PathOf[M] = ""
    name: str = ""
    units: tuple[Truncation, ...] = ()
    bands: bool = False
    tag: Link | None = None


@dataclass(frozen=True)
class Duration(Generic[M]):
    """A measure: the whole seconds between two instants, unknown if one of them is."""

    name: str
    start: ColumnOf[M]
    end: ColumnOf[M]


@dataclass(frozen=True)
class Dimension:
    """A dimension to group by: a field, truncated to a calendar unit if it is a date.

    ``steps`` are the relations that lead to the record with the field; ``otherwise`` is used if
    it has no value. With ``bands`` the keys are the bands of ages of people born on a date.
    """

    name: str
    field: str
    truncation: Truncation | None = None
    steps: tuple[str, ...] = ()
    otherwise: "Dimension | None" = None
    bands: bool = False

    @property
    def alternatives(self) -> "tuple[Dimension, ...]":
        """Return the dimension and the ones to use if it has no value."""
        return (self, *(self.otherwise.alternatives if self.otherwise else ()))


@dataclass(frozen=True)
class Members(Generic[M]):
    """A field with members: a value object such as ``Money``, or a union of records.

    ``columns`` has the model's name of each member.
    """

    type_name: str
    columns: Mapping[str, FieldOf[M]] = field(hash=False)


LISTINGS: dict[type[Model], "Listing"] = {}
LANGUAGES = tuple(Language)
PLURAL = re.compile(r"s(?=$|_of_)")
NUMBER_FUNCTIONS = ("sum", "avg", "min", "max")
DURATION_FUNCTIONS = ("avg", "min", "max", "median", "p90")


@dataclass(frozen=True, eq=False)
class Listing(Generic[M]):
    """The indexed fields of a model by which its lists can be filtered, ordered and grouped.

    Filters are named like the fields of the GraphQL type; so are orders and groups, or like
    members of them. ``tags`` are multi-valued fields in link tables; ``measures`` are numbers
    that groups aggregate, ``durations`` the times between two instants; ``members`` are fields
    with members; ``columns`` has the model's names of fields that have another name there;
    ``keys`` are unique columns by which single records are looked up.
    """

    model: type[M]
    filters: tuple[FieldOf[M], ...]
    orders: tuple[FieldOf[M], ...]
    groups: tuple[FieldOf[M] | Via[M], ...]
    measures: tuple[ColumnOf[M], ...] = ()
    durations: tuple[Duration[M], ...] = ()
    tags: Mapping[LocalName, Link] = field(default_factory=dict)
    columns: Mapping[LocalName, FieldOf[M]] = field(default_factory=dict)
    members: Mapping[LocalName, Members[M]] = field(default_factory=dict)
    keys: tuple[ColumnOf[M], ...] = ()

    def __post_init__(self) -> None:
        LISTINGS[self.model] = self

    def singular(self, name: str) -> str:
        """Return the name of a dimension: ``fields_of_work`` gives ``field_of_work``."""
        return PLURAL.sub("", name) if name in self.tags else name

    def column(self, name: str) -> str:
        """Return the model's name of a field."""
        return self.columns.get(name, name)

    def is_text(self, name: str) -> bool:
        """Return whether a field is a text in three languages."""
        return text_column(name, LANGUAGES[0]) in self.model._meta.fields_map

    def reads(self, name: str) -> tuple[str, ...]:
        """Return the model's names of a field: one for each language or member."""
        if self.is_text(name):
            return tuple(text_column(name, language) for language in LANGUAGES)
        if name in self.members:
            return tuple(self.members[name].columns.values())
        return (self.column(name),)

    @cached_property
    def compared(self) -> tuple[str, ...]:
        """Return what conditions compare: the model's fields that filters read, and the tags."""
        return tuple(column for name in self.filters for column in self.reads(name))

    @cached_property
    def sorted(self) -> tuple[str, ...]:
        """Return the model's fields that lists are ordered by."""
        return tuple(column for name in self.orders for column in self.reads(name))

    @cached_property
    def fields(self) -> dict[str, str]:
        """Return the field of the GraphQL type for each of the model's fields that filters read."""
        return {column: name for name in self.filters for column in self.reads(name)}

    @property
    def name(self) -> str:
        """Return the name of the record type, such as ``Volunteer``."""
        return self.model.__name__

    @cached_property
    def dimensions(self) -> dict[str, Dimension]:
        """Return the dimensions by name: ``registered_on`` gives ``registered_year`` and so on."""
        several = (
            _through(self.model, group) if isinstance(group, Via) else _of(self.model, group)
            for group in self.groups
        )
        return {dimension.name: dimension for each in several for dimension in each}

    @cached_property
    def functions(self) -> dict[str, tuple[str, ...]]:
        """Return the functions of each measure."""
        found = dict.fromkeys(self.measures, NUMBER_FUNCTIONS)
        return found | dict.fromkeys((each.name for each in self.durations), DURATION_FUNCTIONS)

    def duration(self, name: str) -> Duration | None:
        """Return the duration with a name; None if it is another measure."""
        return next((each for each in self.durations if each.name == name), None)

    def unit(self, measure: str) -> str | None:
        """Return the dimension with the unit of a measure: ``currency`` for money; else None."""
        members = self.members.get(measure)
        return "currency" if members is not None and "currency" in members.columns else None


def _of(
    model: type[Model], name: str, units: Sequence[Truncation] = tuple(Truncation)
) -> Iterator[Dimension]:
    """Yield the dimensions of a model's field."""
    if isinstance(model._meta.fields_map.get(name), DateField | DatetimeField):
        stem = name.removesuffix("_on").removesuffix("_at")
        yield from (Dimension(f"{stem}_{unit}", name, unit) for unit in units)
    else:
        listing = LISTINGS.get(model)
        single, field_name = (
            (listing.singular(name), listing.column(name)) if listing else (name,) * 2
        )
        yield Dimension(single, field_name)


def _through(model: type[Model], via: Via) -> Iterator[Dimension]:
    """Yield the dimensions of a field of a related record."""
    *steps, name = [*via.path.split("."), *(["tag"] if via.tag else [])]
    target = model
    for step in steps:
        found = related(target, step)
        assert found is not None, f"{target.__name__} has no relation {step}"
        target = found
    if via.tag:
        name = next(name for name, link in LISTINGS[target].tags.items() if link == via.tag)
    if via.bands:
        yield Dimension(via.name, name, steps=tuple(steps), bands=True)
        return
    others = [*_through(model, Via(via.otherwise))] if via.otherwise else [None]
    for dimension in _of(target, name, via.units):
        named = via.name or "_".join((*steps, dimension.name))
        yield replace(dimension, name=named, steps=tuple(steps), otherwise=others[0])


def text_column(name: str, language: Language) -> str:
    """Return the model's name of a text in a language."""
    return f"{name}_{language}"


@dataclass(frozen=True)
class Comparison:
    """A comparison of a field with a value; ``operator`` is in ``conditions.OPERATORS``."""

    field: str
    operator: str
    value: Any


@dataclass(frozen=True)
class Related:
    """A condition on the record that a relation refers to."""

    field: str
    condition: "Condition"


@dataclass(frozen=True)
class Every:
    """A conjunction; without conditions it matches every record."""

    conditions: tuple["Condition", ...]


@dataclass(frozen=True)
class Some:
    """A disjunction; without conditions it matches no record."""

    conditions: tuple["Condition", ...]


@dataclass(frozen=True)
class Not:
    """A negation; records for which the condition is unknown match."""

    condition: "Condition"


@dataclass(frozen=True)
class ReferencedBy:
    """Whether a record of another model that refers here by ``field`` meets a condition."""

    model: type[Model]
    field: str
    condition: "Condition"


@dataclass(frozen=True)
class FromSource:
    """Whether a record was imported from this record of another system."""

    system: str
    identifier: str


# The place of a group in an order, as a cursor holds it.
GroupPosition = tuple[str | int | None, ...]
Condition = Comparison | Related | Every | Some | Not | ReferencedBy | FromSource
ANY: Condition = Every(())
NOTHING: Condition = Some(())


def every(*conditions: Condition) -> Condition:
    """Return the conjunction of conditions in its simplest form."""
    parts = tuple(condition for condition in conditions if condition != ANY)
    if NOTHING in parts:
        return NOTHING
    return parts[0] if len(parts) == 1 else Every(parts)


def some(*conditions: Condition) -> Condition:
    """Return the disjunction of conditions in its simplest form."""
    parts = tuple(condition for condition in conditions if condition != NOTHING)
    if ANY in parts:
        return ANY
    return parts[0] if len(parts) == 1 else Some(parts)


@dataclass(frozen=True)
class Order:
    """One sort key; NULLs come last in either direction."""

    field: str
    descending: bool = False


@dataclass(frozen=True)
class PageRequest:
    """A request for one page: ``size`` records after or before a position in an order.

    ``position`` holds the order's values and the ID of the record after which the page starts
    (``backward``: before which it ends); None is the start (the end) of the list. ``until`` is
    the same of the record that bounds it at the other side.
    """

    size: int
    order: tuple[Order, ...] = ()
    condition: Condition = ANY
    position: tuple[object, ...] | None = None
    until: tuple[object, ...] | None = None
    backward: bool = False


class Page(NamedTuple):
    """The rows of a page in order, and whether more follow in the page's direction."""

    rows: list[Row]
    more: bool


@dataclass(frozen=True)
class Aggregate:
    """An aggregate of a group: ``count``, or a function of a measure (``Listing.functions``).

    ``median`` and ``p90`` are the smallest value that at least half, or nine tenths, of the
    values do not exceed.
    """

    function: str
    measure: str | None = None


@dataclass(frozen=True)
class GroupRequest:
    """A request for a page of groups of the records that meet a condition.

    ``position``, ``until`` and ``backward`` are those of a ``PageRequest``; positions are what
    ``Group`` has.
    ``periods`` are the first days of periods that have groups even without records.
    ``aggregates`` are the numbers to compute besides the count; None means all of them. Fewer
    are cheaper, since ``min`` and ``max`` read every record.
    """

    by: tuple[str, ...]
    size: int
    condition: Condition = ANY
    having: tuple[tuple[Aggregate, str, int | Decimal], ...] = ()
    order: tuple[tuple[str | Aggregate, bool], ...] = ()
    aggregates: frozenset[Aggregate] | None = None
    position: GroupPosition | None = None
    until: GroupPosition | None = None
    backward: bool = False
    periods: tuple[date, ...] = ()


@dataclass(frozen=True)
class Group:
    """One group: its keys by dimension, the computed aggregates, and its place in the order.

    The count is None if it is suppressed. ``position`` holds the values of the order's terms, as
    JSON can write them.
    """

    keys: Mapping[str, object]
    count: int | None
    measures: Mapping[str, Mapping[str, Decimal | None]]
    position: GroupPosition = field(default=(), compare=False)

    @property
    def suppressed(self) -> bool:
        """Return whether the count is suppressed."""
        return self.count is None


class GroupPage(NamedTuple):
    """A page of groups in order, whether more follow in its direction, and how many there are."""

    rows: list[Group]
    more: bool
    total: int
