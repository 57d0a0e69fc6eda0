"""Merging of two records of one person, and its undoing.

The person keeps one of the records, whose blank values the other one fills. What referred to the
other record refers to that one from then on, and so does its ID.
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from typing import Any, NamedTuple, cast
from uuid import UUID

from tortoise import Tortoise
from tortoise.fields.relational import ForeignKeyFieldInstance
from tortoise.models import Model

from erikti.database.connection import dialect
from erikti.database.fields import uuid_of
from erikti.database.sealed import Sealed
from erikti.database.tables import APP
from erikti.database.write_lock import FOREVER, LockTimeout
from erikti.writing.corrections import load_suppliers, store_suppliers
from erikti.writing.humans import (
    BIRTH,
    FIELDS,
    IIN,
    STORED,
    Details,
    Human,
    hashed,
    stored_day,
    unsealed,
)
from erikti.writing.identifiers import born
from erikti.writing.lookups import query
from erikti.writing.storing import insert_people, update_people
from models.changes import Origin, change_set
from models.global_ids import encoded
from models.merged_people import MergedPerson
from models.people import FieldSource, Person, PersonSource
from models.sealing_keys import exclusive_transaction, record_current_keys

ID = Person._meta.fields_map["id"]
WRITTEN = frozenset({Person.__name__})  # what it stamps itself
DETAILS = cast(Sealed, MergedPerson._meta.fields_map["details"])


class MergeError(Exception):
    """Two records cannot be merged, or a merge cannot be undone; the message says why."""


class Reference(NamedTuple):
    """A column that refers to people."""

    model: type[Model]
    field: str

    @property
    def column(self) -> str:
        """Return the name of the column."""
        return f"{self.field}_id"

    @property
    def name(self) -> str:
        """Return its name in a list of what was moved."""
        return f"{self.model._meta.db_table}.{self.column}"

    def unique(self) -> Iterator[list[str]]:
        """Yield the other columns of each unique key that the column is part of."""
        meta = self.model._meta
        if meta.fields_map[self.field].unique:
            yield []
        for names in meta.unique_together:
            if self.field in names:
                stored = (meta.fields_map[name] for name in names if name != self.field)
                yield [str(field.source_field or field.model_field_name) for field in stored]


async def merge(kept: UUID, merged: UUID, origin: Origin, patience: LockTimeout = FOREVER) -> None:
    """Merge the record ``merged`` of a person into the record ``kept``, in one change set.

    Raises MergeError, and changes nothing, if one is not there, if the IINs make them two people,
    or if both have a record of which a person can have only one.
    """
    if kept == merged:
        raise MergeError("both are the same record")
    async with change_set(origin, WRITTEN, exclusive_transaction(patience)) as number:
        await record_current_keys()
        human, other = [await _human(id_) for id_ in (kept, merged)]
        iins = {item.details[IIN] for item in (human, other)} - {None}
        if len(iins) == 2:
            raise MergeError("they have two IINs, so they are two people")
        await _check_unique(kept, merged)
        taken = _fill_blanks(human, other)
        _check_born(human.details)
        moved = {reference.name: await _ids(reference, merged) for reference in references()}
        for reference in references():
            await _move(reference, merged, kept, moved[reference.name])
        sources = PersonSource.filter(person_id=merged).order_by("id")
        named = [list(pair) for pair in await sources.values_list("system", "identifier")]
        await _move_sources(merged, kept, named)
        details = {
            "values": dict(zip(FIELDS, _texts(other.details), strict=True)),
            "suppliers": other.suppliers,
            "taken": taken,
            **await _head(merged),
        }
        await Person.filter(id=merged).delete()
        await update_people([human], number)
        await store_suppliers([human])
        await MergedPerson.create(
            id=merged,
            person_id=kept,
            change_set=number,
            details=DETAILS.seal(merged, json.dumps(details)),
            moved=json.dumps({"into": str(kept), "sources": named, "rows": moved}),
        )


async def unmerge(merged: UUID, origin: Origin, patience: LockTimeout = FOREVER) -> UUID:
    """Undo the merge of a record, in one change set; return the ID of the one that was kept.

    Rows and other values that came later stay with that one. Raises MergeError if it was not
    merged, if another merge has to be undone first, or if another person has its IIN now.
    """
    async with change_set(origin, WRITTEN, exclusive_transaction(patience)) as number:
        await record_current_keys()
        found = await MergedPerson.get_or_none(id=merged)
        if found is None:
            raise MergeError(f"{_named(merged)} was not merged")
        moved, kept = json.loads(found.moved), found.person_id
        if moved["into"] != str(kept):
            raise MergeError(f"{_named(moved['into'])} was merged since: undo that first")
        later = MergedPerson.filter(person_id=kept, change_set__gt=found.change_set)
        if (other_merge := await later.order_by("-change_set").first()) is not None:
            raise MergeError(f"{_named(other_merge.id)} was merged since: undo that first")
        details = json.loads(DETAILS.unseal(merged, found.details))
        human = await _human(kept)
        other = Human(_stored(merged), _parsed(details["values"]), suppliers=details["suppliers"])
        await _give_back(human, other, details["taken"])
        await update_people([human], number)
        if iin := other.details[IIN]:
            await _check_iin(iin)
        head = (stored_day(date.fromisoformat(details["recorded_on"])), details["version"] + 1)
        await insert_people([(other, *head)], number)
        for reference in references():
            await _move(reference, kept, merged, moved["rows"].get(reference.name, ()))
        await _move_sources(kept, merged, moved["sources"])
        other.supplied = set(other.suppliers)
        await store_suppliers([other])
        await found.delete()
    return kept


def references() -> list[Reference]:
    """Return what refers to people and is moved as it is, in the order of the names."""
    found = [
        Reference(model, name)
        for model in Tortoise.apps[APP].values()
        if model not in (PersonSource, FieldSource)
        for name, field in model._meta.fields_map.items()
        if isinstance(field, ForeignKeyFieldInstance) and field.related_model is Person
    ]
    return sorted(found, key=lambda reference: reference.name)


async def _human(id_: UUID) -> Human:
    """Read a person with the suppliers of the values; raises MergeError."""
    one = dialect().param(1)
    rows = await query(f"SELECT {', '.join(STORED)} FROM people WHERE id = {one}", _stored(id_))
    if not rows:
        into = await MergedPerson.get_or_none(id=id_)
        found = f"was merged into {_named(into.person_id)}" if into else "is not there"
        raise MergeError(f"{_named(id_)} {found}")
    human = Human(_stored(id_), unsealed(_stored(id_), tuple(rows[0])))
    await load_suppliers([human])
    return human


async def _head(id_: UUID) -> Mapping[str, object]:
    person = await Person.get(id=id_).only("recorded_on", "version")
    return {"recorded_on": person.recorded_on.isoformat(), "version": person.version}


async def _check_unique(kept: UUID, merged: UUID) -> None:
    """Raise MergeError if both people have a record of which one can have only one."""
    one, two = map(dialect().param, (1, 2))
    for reference in references():
        table, column = reference.model._meta.db_table, reference.column
        for names in reference.unique():
            equal = "".join(f" AND a.{name} = b.{name}" for name in names)
            rows = await query(
                f"SELECT a.source_system, a.source_id, b.source_system, b.source_id FROM {table} a "
                f"JOIN {table} b ON b.{column} = {two}{equal} WHERE a.{column} = {one}",
                *map(_stored, (kept, merged)),
            )
            for system, identifier, other_system, other in map(tuple, rows):
                raise MergeError(
                    f"both have a record in {table}, of which a person can have only one: "
                    f"{system}/{identifier} and {other_system}/{other}"
                )


def _check_born(details: Details) -> None:
    """Raise MergeError if the IIN contradicts the birth date or the sex."""
    if (iin := details[IIN]) is None:
        return
    birth_date, sex = born(str(iin)[:7])
    stated = dict(zip(FIELDS, details, strict=True))
    for name, derived in (("birth_date", stored_day(birth_date)), ("sex", sex and sex.value)):
        if None not in (derived, stated[name]) and derived != stated[name]:
            raise MergeError(
                f"the IIN of one contradicts the {name.replace('_', ' ')} of the other"
            )


async def _check_iin(iin: str) -> None:
    """Raise MergeError if a person has an IIN that a record is to get back."""
    one = dialect().param(1)
    rows = await query(f"SELECT id FROM people WHERE iin_hash = {one}", hashed(iin))
    for (id_,) in map(tuple, rows):
        raise MergeError(f"{_named(uuid_of(id_))} has the IIN of the record now")


def _fill_blanks(human: Human, other: Human) -> list[str]:
    """Give a person the values that only the other record has; return their names."""
    values = list(human.details)
    taken = []
    for place, (name, value) in enumerate(zip(FIELDS, other.details, strict=True)):
        if values[place] is None and value is not None:
            values[place] = value
            taken.append(name)
            human.supply(name, other.supplier(name))
    human.details = tuple(values)
    return taken


async def _give_back(human: Human, other: Human, taken: Sequence[str]) -> None:
    """Take the values away that a person had from the other record, unless they have changed."""
    values = list(human.details)
    for name in taken:
        place = FIELDS.index(name)
        if values[place] == other.details[place]:
            values[place] = None
            human.suppliers.pop(name, None)
            await FieldSource.filter(person_id=uuid_of(human.id), field=name).delete()
    human.details = tuple(values)


async def _ids(reference: Reference, person: UUID) -> list[str]:
    """Return the IDs of the rows that refer to a person."""
    rows = reference.model.filter(**{reference.column: person})
    return [str(id_) for id_ in await rows.values_list("id", flat=True)]


async def _move(reference: Reference, source: UUID, target: UUID, ids: Iterable[str]) -> None:
    """Let these rows refer to the target, if they refer to the source."""
    one, two, three = map(dialect().param, (1, 2, 3))
    table, column = reference.model._meta.db_table, reference.column
    sql = f"UPDATE {table} SET {column} = {one} WHERE id = {two} AND {column} = {three}"
    for id_ in ids:
        await query(sql, *map(_stored, (target, UUID(id_), source)))


async def _move_sources(source: UUID, target: UUID, sources: Sequence[Sequence[str]]) -> None:
    """Give a person these sources of another, after the own ones: the first is the owner."""
    for system, identifier in sources:
        rows = PersonSource.filter(system=system, identifier=identifier, person_id=source)
        if await rows.delete():
            await PersonSource.create(system=system, identifier=identifier, person_id=target)


def _texts(details: Details) -> list[str | None]:
    return [None if value is None else str(value) for value in details]


def _parsed(values: Mapping[str, str | None]) -> Details:
    details: list[object] = [values.get(name) for name in FIELDS]
    if (birth := values[FIELDS[BIRTH]]) is not None:
        details[BIRTH] = stored_day(date.fromisoformat(birth))
    return tuple(details)


def _named(id_: object) -> str:
    return encoded("Person", id_)


def _stored(id_: UUID) -> Any:
    return dialect().encode(ID, id_)
