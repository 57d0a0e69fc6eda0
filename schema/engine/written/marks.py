"""Marks within written JSON: what Python replaces, counts and records after the statement.

A mark is a number and values between two control characters. Only operations that need them
have any, so the JSON of the others is sent as the database wrote it. There are many of them, so
all marks but cursors are found and removed without a call for each.
"""

import re
from collections.abc import Collection, Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple
from uuid import UUID

import orjson
from tortoise.models import Model

from resolvers import cursors
from resolvers.context import Context
from resolvers.dataloaders.listings import PageRequest
from resolvers.dataloaders.pages import Source
from resolvers.global_ids import key_text
from resolvers.personal_policy import note, withhold
from resolvers.sources import withhold_sources
from schema.engine.written.pieces import CURSOR_SIGN, SIGN, Sql, literal

CURSOR = re.compile(rb"\x04(\d+);([^\x04]*)\x04")
TEXT_END = re.compile(rb'\{"[,}\]]')
SEPARATOR = "\x02"
SIGN_BYTE, SEPARATOR_BYTE, CURSOR_BYTE = SIGN.encode(), SEPARATOR.encode(), CURSOR_SIGN.encode()


@dataclass(frozen=True)
class Weight:
    """An object whose fields cost ``points`` besides it."""

    points: int


@dataclass(frozen=True)
class EmptyObject:
    """An object without fields, which cannot be told from a text with braces."""


@dataclass(frozen=True)
class Cursor:
    """The cursor of a row, from its position; the number of the page tells the order."""

    page: int


@dataclass(frozen=True)
class ListRead:
    """A list of records about people that was read: its parent's key and the number of rows."""

    level: int
    page: int


class OneRead(NamedTuple):
    """A record about people that was read by a column with a key."""

    level: int
    model: type[Model]
    column: str


@dataclass(frozen=True)
class Noted:
    """A person whom a field identifies to a caller that reads personal data."""

    coordinate: str


@dataclass(frozen=True)
class Identified:
    """People whom a list identifies that is filtered or ordered by a field of theirs."""


@dataclass(frozen=True)
class Unfilled:
    """A page of a search that was not filled, which costs points."""

    page: int


@dataclass(frozen=True)
class Withheld:
    """An identity that a field withholds."""

    coordinate: str


@dataclass(frozen=True)
class WithheldSource:
    """The identifier of a source that a field withholds."""

    coordinate: str


Mark = (
    Weight
    | EmptyObject
    | Cursor
    | ListRead
    | OneRead
    | Noted
    | Identified
    | Unfilled
    | Withheld
    | WithheldSource
)


class Marks:
    """The marks of one compiled operation."""

    def __init__(self) -> None:
        self.all: list[Mark] = []

    def add(self, mark: Mark) -> int:
        """Return the number of a mark."""
        if mark not in self.all:
            self.all.append(mark)
        return self.all.index(mark)

    def constant(self, mark: Mark) -> str:
        """Return a mark without values, as constant text."""
        return f"{SIGN}{self.add(mark)};{SIGN}"

    def sql(self, mark: Mark, *values: str) -> Sql:
        """Return the SQL of a mark with these values."""
        sign = CURSOR_SIGN if isinstance(mark, Cursor) else SIGN
        between = f"||{literal(SEPARATOR)}||"
        return Sql(
            f"{literal(f'{sign}{self.add(mark)};')}||{between.join(values)}||{literal(sign)}"
        )


@dataclass(frozen=True)
class Place:
    """What the marks of a page need to know about it, once its arguments are known."""

    model: type[Model]
    purpose: Sequence[str]  # of cursors
    source: Source
    request: PageRequest  # of visible records
    how: tuple[object, ...]  # for the access log: the filter and the relation to the parent
    has_uuids: bool  # whether the keys of its records are UUIDs


@dataclass
class Tally:
    """What the marks of one response amount to: by their mark, or by the identity of a list."""

    cost: int = 0
    empty_objects: int = 0
    lists: list[tuple[int, Place, dict[bytes, bytes]]] = field(default_factory=list)
    records: dict[OneRead, dict[bytes, None]] = field(default_factory=dict)
    noted: dict[str, set[str]] = field(default_factory=dict)
    identified: set[UUID] = field(default_factory=set)
    unfilled: list[Place] = field(default_factory=list)
    withheld: dict[Withheld | WithheldSource, int] = field(default_factory=dict)


def replaced(
    text: bytes, marks: Sequence[Mark], places: Sequence[Place], key: bytes, tally: Tally
) -> bytes:
    """Return JSON without its marks; they are counted in the tally, and cursors are written."""
    parts = text.split(SIGN_BYTE)  # what is between two signs, at the odd places, is a mark
    found: dict[bytes, list[bytes]] = {}
    for part in parts[1::2]:
        number, _, values = part.partition(b";")
        found.setdefault(number, []).append(values)
    for number, several in found.items():
        _count(marks[int(number)], several, places, tally)
    text = b"".join(parts[::2])
    if CURSOR_BYTE not in text:
        return text

    def cursor(match: re.Match[bytes]) -> bytes:
        mark = marks[int(match[1])]
        assert isinstance(mark, Cursor)
        return _cursor(places[mark.page], match[2], key)

    return CURSOR.sub(cursor, text)


def _count(mark: Mark, values: Sequence[bytes], places: Sequence[Place], tally: Tally) -> None:
    match mark:
        case Weight(points):
            tally.cost += points * len(values)
        case EmptyObject():
            tally.empty_objects += len(values)
        case ListRead(level, page):
            counts = (each.partition(SEPARATOR_BYTE) for each in values)
            tally.lists.append((level, places[page], {key: count for key, _, count in counts}))
        case OneRead():
            tally.records.setdefault(mark, {}).update(dict.fromkeys(values))
        case Noted(coordinate):
            persons = tally.noted.setdefault(coordinate, set())
            persons.update(_uuid(value.decode()) for value in values)
        case Identified():
            several = (value.decode().split(",") for value in values)
            tally.identified.update(UUID(each) for some in several for each in some if each)
        case Unfilled(page):
            tally.unfilled.append(places[page])
        case Withheld() | WithheldSource():
            tally.withheld[mark] = tally.withheld.get(mark, 0) + len(values)


def record(tally: Tally, context: Context) -> None:
    """Record what was read about people, as the loaders do."""
    scope = context.loaders.scope
    for model, count, how in reads(tally, scope.written):
        scope.count(model, count, how)
    scope.persons |= tally.identified
    for coordinate, persons in tally.noted.items():
        note(context, coordinate, persons)
    for what, count in tally.withheld.items():
        withheld = withhold if isinstance(what, Withheld) else withhold_sources
        withheld(context, what.coordinate, count)


def reads(
    tally: Tally, known: dict[Hashable, set[str]] | None = None
) -> Iterator[tuple[type[Model], int, Hashable]]:
    """Return numbers of records about people by their model and filter, None if read by key.

    Each key of a loader is read once; those of one level are read together. ``known`` receives
    the keys by their loader, unless the response is that of one statement.
    """
    if known is None and len(tally.lists) <= 1 and len(tally.records) <= 1:
        return _single_reads(tally)
    return _joined_reads(tally, {} if known is None else known)


def _single_reads(tally: Tally) -> Iterator[tuple[type[Model], int, Hashable]]:
    """Yield the reads of a response in which no loader can have read a key before."""
    for _, place, counts in tally.lists:
        yield place.model, sum(map(int, counts.values())), (*place.how, ",".join(_keys(counts)))
    for mark, keys in tally.records.items():
        yield mark.model, len(keys), None


def _joined_reads(
    tally: Tally, known: dict[Hashable, set[str]]
) -> Iterator[tuple[type[Model], int, Hashable]]:
    levels: dict[tuple[int, Hashable], tuple[Place, dict[str, bytes]]] = {}
    for level, place, counts in tally.lists:
        identity: Hashable = (place.source, place.request)
        several = levels.setdefault((level, identity), (place, {}))[1]
        several.update(zip(_keys(counts), counts.values(), strict=True))
    for (_, identity), (place, found) in sorted(levels.items(), key=lambda item: item[0][0]):
        new = _new(known, identity, found)
        how = (*place.how, ",".join(new))
        yield place.model, sum(int(found[each]) for each in new), how
    for mark, keys in sorted(tally.records.items(), key=lambda item: item[0].level):
        yield mark.model, len(_new(known, (mark.model, mark.column), _keys(keys))), None


def _new(known: dict[Hashable, set[str]], loader: Hashable, keys: Iterable[str]) -> list[str]:
    seen = known.setdefault(loader, set())
    new = [each for each in keys if each not in seen]
    seen.update(new)
    return new


def _keys(found: Collection[bytes]) -> list[str]:
    """Return keys as the loaders' ``digits`` do; those that are texts are written as JSON."""
    together = b",".join(found)
    if b'"' in together:
        return [str(orjson.loads(each)) for each in found]
    return together.decode().split(",") if found else []


def _cursor(place: Place, position: bytes, key: bytes) -> bytes:
    values = orjson.loads(position)
    if place.has_uuids:
        values[-1] = _uuid(values[-1])
    return cursors.signed(key, place.purpose, values).encode()


def _uuid(text: str) -> str:
    return key_text(UUID(text))


def objects_in(text: bytes) -> int:
    """Return the number of objects in JSON, but for empty ones.

    A quote after a brace begins a key or ends a text; in a text it would be escaped.
    """
    return text.count(b'{"') - len(TEXT_END.findall(text))
