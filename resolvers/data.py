"""What fields of the schema are, each declared once.

The executor resolves a field by its resolver, which ``relations.py`` and others make from the
declaration; the database writes it as the declaration says.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum, auto

from models.people import Language
from resolvers.dataloaders import Loaders
from resolvers.dataloaders.found import AllOf, OneBy, SumBy, ValuesBy
from resolvers.dataloaders.listings import ANY, NOTHING, Comparison, Condition, PageRequest
from resolvers.dataloaders.lists import Lists
from resolvers.dataloaders.pages import Source


@dataclass(frozen=True)
class GlobalId:
    """The global ID of the record."""


@dataclass(frozen=True)
class Column:
    """The value of a column of the record."""

    name: str


@dataclass(frozen=True)
class PublicName:
    """A name that callers see of people in a public role, or of those whom they may identify."""

    column: str


@dataclass(frozen=True)
class Localised:
    """A text that is stored in three columns, ``{prefix}_kk`` and so on."""

    prefix: str


@dataclass(frozen=True)
class ToOne:
    """What a loader finds by the record's column ``key``."""

    found: OneBy | SumBy
    key: str


@dataclass(frozen=True)
class Values:
    """The few values that a link table has for the record."""

    found: ValuesBy


@dataclass(frozen=True)
class ToMany:
    """The few records whose keys a link table has for the record."""

    found: OneBy
    values: ValuesBy


@dataclass(frozen=True)
class Part:
    """An object made of the record's own columns: the column of each of its attributes."""

    columns: Mapping[str, str] = field(hash=False)


@dataclass(frozen=True)
class Either:
    """The person or the organisation that one of two columns refers to.

    Whose the record is may be known to anyone if it meets the condition ``public``.
    """

    person: str
    organisation: str
    public: Condition = NOTHING


@dataclass(frozen=True)
class Disclosed:
    """A related person whom not all callers may know to be related.

    The persons are recorded in the access log; those withheld are counted.
    """

    inner: ToOne


@dataclass(frozen=True)
class Page:
    """A page of a list, by the record's column ``key``; without one, of all records.

    ``scope`` is a condition that always applies.
    """

    source: Source
    key: str | None = None
    scope: Condition = ANY

    def lists(self, loaders: Loaders) -> Lists:
        """Return the lists in an operation."""
        return loaders.lists(self.source)


@dataclass(frozen=True)
class First:
    """The first record of a page whose request is constant, by the record's own key."""

    source: Source
    request: PageRequest

    def lists(self, loaders: Loaders) -> Lists:
        """Return the lists in an operation."""
        return loaders.lists(self.source)


class PagePart(Enum):
    """A field of a page."""

    NODES = auto()
    EDGES = auto()
    INFO = auto()
    TOTAL = auto()


@dataclass(frozen=True)
class Identifying:
    """A related record, or a page, that tells whose a record is: the ID is in a column.

    Reading it is recorded in the access log.
    """

    inner: ToOne | Page
    person: str


@dataclass(frozen=True)
class SourceOfPerson:
    """The source of a record that stands for a person, whose identifier may be withheld."""


@dataclass(frozen=True)
class Present:
    """The value of a column in a period of days, with both ends; null outside of it today.

    An end that is null leaves the period open.
    """

    column: str
    since: str
    until: str


@dataclass(frozen=True)
class Whole:
    """All records of a small table, or those with or without a present value.

    ``having`` is that value, and the argument that asks for the records with it or without it.
    """

    found: AllOf
    having: tuple[str, Present] | None = None


@dataclass(frozen=True)
class LookUp:
    """The record of a type with a key."""

    type_name: str


class ByKeys(Enum):
    """Records of any type, in the order of their keys."""

    NODE = auto()
    NODES = auto()
    ENTITIES = auto()


Data = (
    GlobalId
    | Column
    | PublicName
    | Localised
    | ToOne
    | Values
    | ToMany
    | Part
    | Either
    | Identifying
    | Disclosed
    | SourceOfPerson
    | Present
    | Page
    | First
    | PagePart
    | Whole
    | LookUp
    | ByKeys
)


def columns_of(data: Data) -> Sequence[str]:
    """Return the columns of its record that a field needs."""
    columns: Sequence[str | None] = ()
    match data:
        case Column(key) | PublicName(key) | ToOne(_, key) | Page(_, key):
            columns = (key,)
        case Disclosed(inner):
            columns = columns_of(inner)
        case Values() | ToMany() | First():
            columns = ("id",)
        case Localised(prefix):
            columns = [f"{prefix}_{code}" for code in Language]
        case Part(several):
            columns = [*several.values()]
        case Identifying(inner, person):
            columns = (*columns_of(inner), person)
        case SourceOfPerson():
            columns = ("id", "source_system", "source_id")
        case Present(column, since, until):
            columns = (column, since, until)
        case Either(person, organisation, public):
            compared = public.field if isinstance(public, Comparison) else None
            columns = (person, organisation, compared)
    return list(dict.fromkeys(column for column in columns if column is not None))
