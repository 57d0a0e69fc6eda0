"""Matching of rows with people, by the system's identifier, then by IIN; others are created.

The system that recorded a person first owns the record and may change it; other systems only
fill blank fields. People are never merged because of similar names.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from tortoise.models import Model

from erikti.database.calendar import calendar
from erikti.database.connection import dialect
from erikti.database.sealed import Sealed, keyring
from erikti.writing.batches import Batch, Memo
from erikti.writing.identifiers import born
from erikti.writing.kind import Kind
from erikti.writing.lookups import query, where
from erikti.writing.problems import Problem
from models.people import Person

FIELDS = (
    "family_name",
    "given_name",
    "patronymic",
    "latin_name",
    "birth_date",
    "sex",
    "citizenship",
    "iin",
    "email",
    "phone",
    "preferred_language",
)
STORED = tuple("citizenship_id" if name == "citizenship" else name for name in FIELDS)
FAMILY, GIVEN, BIRTH, IIN = (
    FIELDS.index(n) for n in ("family_name", "given_name", "birth_date", "iin")
)
SEALED = tuple(
    (place, field)
    for place, field in enumerate(Person._meta.fields_map[name] for name in FIELDS)
    if isinstance(field, Sealed)
)
BIRTH_DATE = Person._meta.fields_map["birth_date"]

Details = tuple[Any, ...]
SourceKey = tuple[str, str]


@dataclass(slots=True)
class Human:
    """A person, stored or new; ``owner`` is the system that recorded them first."""

    id: Any
    details: Details
    owner: str | None = None
    new: bool = False
    changed: bool = False


def new_id(model: type[Model]) -> Any:
    """Return the ID of a new record."""
    return model._meta.fields_map["id"].default()


def new_ids(model: type[Model], count: int) -> list[Any]:
    """Return IDs of new records in the database's representation."""
    field, encode = model._meta.fields_map["id"], dialect().encode
    return [encode(field, new_id(model)) for _ in range(count)]


def stored_day(value: date | None) -> Any:
    """Return a date in the database's representation."""
    return dialect().encode(BIRTH_DATE, value)


def sealed(person: Any, details: Details) -> Details:
    """Return a person's details in the database's representation, sealed."""
    cells = list(details)
    for place, field in SEALED:
        if cells[place] is not None:
            cells[place] = field.seal(person, cells[place])
    return tuple(cells)


def unsealed(person: Any, stored: Sequence[Any]) -> Details:
    """Return stored details in the form of rows' details; raises SealingError."""
    cells = list(stored)
    for place, field in SEALED:
        if cells[place] is not None:
            cells[place] = field.unseal(person, cells[place])
    return tuple(cells)


def hashed(iin: str | None) -> str | None:
    """Return the keyed hash of an IIN."""
    return None if iin is None else keyring().digest(iin)


def public_name(details: Details) -> str:
    """Return the public form of a name: given name and first letter of the family name."""
    return f"{details[GIVEN]} {details[FAMILY][:1]}."


class Matcher:
    """Matches rows with people; created once per import."""

    def __init__(self, kind: Kind, anonymous: bool) -> None:
        self.kind = kind
        self.anonymous = anonymous
        self.today = stored_day(calendar().today())
        self.born = Memo(_born)

    @classmethod
    async def prepared(cls, kind: Kind) -> "Matcher":
        """Return a matcher, after checking whether there are people without an IIN."""
        return cls(kind, bool(await query("SELECT 1 FROM people WHERE iin IS NULL LIMIT 1")))

    def complete(self, batch: Batch) -> None:
        """Derive birth date and sex from the IIN, and identifiers from the rows' own."""
        values = batch.values
        births, sexes, iins = values["birth_date"], values["sex"], values["iin"]
        bad: dict[int, Problem] = {}
        for index, iin in enumerate(iins):
            birth, sex = self.born[iin[:7]] if iin else (None, None)
            if birth is None and iin:
                reason = "digit 7 of this IIN is 0: it has no century and sex"
                batch.warnings.append(batch.problem(index, "iin", "IIN_UNKNOWN_CENTURY", reason))
            for column, cells, derived in (("birth_date", births, birth), ("sex", sexes, sex)):
                if cells[index] is None:
                    cells[index] = derived
                elif derived is not None and cells[index] != derived:
                    reason = f"{column} and IIN contradict each other"
                    bad[index] = batch.problem(index, column, "IIN_MISMATCH", reason)
            if births[index] is not None and births[index] > self.today:
                reason = "the birth date is in the future"
                bad[index] = batch.problem(index, "birth_date", "INVALID_DATE", reason)
        self._identify(batch)
        for index, (iin, *identifiers) in enumerate(
            batch.zipped(("iin", "source_id", "person_key"))
        ):
            if iin and iin in identifiers:
                reason = "identifiers are not encrypted, so an IIN cannot be one"
                bad[index] = batch.problem(index, "iin", "IIN_AS_IDENTIFIER", reason)
        batch.drop(bad)

    def _identify(self, batch: Batch) -> None:
        prefix, own = self.kind.prefix, batch.values["source_id"]
        given = batch.values.get("person_id", own)
        batch.values["person_key"] = [
            key or (f"{prefix}:{source}" if prefix else source)
            for key, source in zip(given, own, strict=True)
        ]

    async def match(self, batch: Batch) -> None:
        """Find or create each row's person; drops rows with contradictory identities.

        Adds the columns ``human`` (None for rows without a person), ``new_source`` (whether the
        identifier is new) and ``human_changed`` to the batch.
        """
        keys: list[SourceKey] = batch.zipped(("source_system", "person_key"))
        details = batch.zipped(FIELDS)
        known = await _by_source({key for key, d in zip(keys, details, strict=True) if d[FAMILY]})
        by_iin = await _by_iin({d[IIN] for d in details if d[IIN]}, known.values())
        humans = batch.values["human"] = [None] * len(batch)
        fresh = batch.values["new_source"] = [False] * len(batch)
        batch.values["human_changed"] = [False] * len(batch)
        bad: dict[int, Problem] = {}
        differing: list[tuple[int, Human]] = []
        ids = iter(new_ids(Person, len(batch) - len(known)))
        for index, (key, detail) in enumerate(zip(keys, details, strict=True)):
            if not detail[FAMILY]:
                continue
            human, twin = known.get(key), by_iin.get(detail[IIN])
            if human is None:
                human = known[key] = twin or Human(next(ids), detail, key[0], new=True)
                fresh[index] = True
            elif twin is not None and twin is not human:
                reason = "the IIN and the identifier belong to different people"
                bad[index] = batch.problem(index, "iin", "IIN_CONFLICT", reason)
            if detail[IIN]:
                by_iin.setdefault(detail[IIN], human)
            if detail is not human.details and detail != human.details:
                differing.append((index, human))
            humans[index] = human
        if differing:
            await _merge_all(batch, details, differing, bad)
        await self._report_likely(batch, details)
        batch.drop(bad)

    async def _report_likely(self, batch: Batch, details: Sequence[Details]) -> None:
        """Add warnings for new people who may be duplicates, unless an IIN decides it."""
        fresh = [
            (index, human)
            for index, human in enumerate(batch.values["human"])
            if human and human.details is details[index] and human.new and human.details[BIRTH]
        ]
        self.anonymous = self.anonymous or any(h.details[IIN] is None for _, h in fresh)
        if not self.anonymous:
            return
        similar = await _alike({(h.details[BIRTH], h.details[FAMILY]) for _, h in fresh})
        for index, human in fresh:
            likeness = _likeness(human.details[BIRTH], *human.details[:2])
            for other_id, other_iin in similar.setdefault(likeness, []):
                if other_id != human.id and not (other_iin and human.details[IIN]):
                    batch.warnings.append(
                        batch.problem(
                            index,
                            "family_name",
                            "LIKELY_DUPLICATE",
                            f"same name and birth date as person {other_id}; not merged",
                        )
                    )
                    break
            similar[likeness].append((human.id, human.details[IIN]))


def _born(head: str) -> tuple[Any, str | None]:
    birth_date, sex = born(head)
    return stored_day(birth_date), sex.value if sex else None


def _likeness(birth: Any, family: str | None, given: str | None) -> tuple[Any, ...]:
    return birth, (family or "").casefold(), (given or "").casefold()


async def _by_source(keys: set[SourceKey]) -> dict[SourceKey, Human]:
    selected = ", ".join(f"p.{name}" for name in ("id", *STORED))
    rows = await where(
        f"s.system, s.identifier, {selected}",
        "person_sources s JOIN people p ON p.id = s.person_id",
        ("s.system", "s.identifier"),
        keys,
    )
    humans: dict[Any, Human] = {}
    for row in rows:
        if row[2] not in humans:
            humans[row[2]] = Human(row[2], unsealed(row[2], tuple(row)[3:]))
    return {(row[0], row[1]): humans[row[2]] for row in rows}


async def _by_iin(iins: set[str], known: Iterable[Human]) -> dict[str, Human]:
    """Return people by IIN, reusing the objects of known ones."""
    humans = {human.id: human for human in known}
    keys = {(hashed(iin),) for iin in iins}
    rows = await where(f"id, {', '.join(STORED)}", "people", ("iin_hash",), keys)
    found = (humans.get(row[0]) or Human(row[0], unsealed(row[0], tuple(row)[1:])) for row in rows)
    return {human.details[IIN]: human for human in found}


async def _alike(names: set[tuple[Any, str]]) -> dict[tuple[Any, ...], list[Any]]:
    """Return the people with these birth dates and family names, by likeness.

    Searches names as written, in upper case and in title case, since systems differ.
    """
    pairs = {
        (birth, spelled)
        for birth, family in names
        for spelled in (family, family.upper(), family.title())
    }
    found: dict[tuple[Any, ...], list[Any]] = {}
    if not pairs:
        return found
    keys, arrays = dialect().pairs(sorted(pairs), ("date", "text"))
    sql = f"""SELECT p.id, p.iin_hash, p.birth_date, p.family_name, p.given_name FROM {keys} k
        JOIN people p ON p.birth_date = k.a AND p.family_name = k.b"""
    for person, iin, *likeness in await query(sql, *arrays):
        found.setdefault(_likeness(*likeness), []).append((person, iin))
    return found


async def _merge_all(
    batch: Batch,
    details: Sequence[Details],
    differing: Sequence[tuple[int, Human]],
    bad: dict[int, Problem],
) -> None:
    """Merge the details of rows into known people."""
    owners = await _owners({human.id for _, human in differing if human.owner is None})
    for index, human in differing:
        if index in bad:
            continue
        human.owner = human.owner or owners.get(human.id, "another system")
        owned = human.owner == batch.values["source_system"][index]
        merged = []
        for name, old, new in zip(FIELDS, human.details, details[index], strict=True):
            if new is None or new == old or (old is not None and not owned):
                merged.append(old)
            else:
                merged.append(new)
            if None not in (old, new) and new != old and not owned:
                problem = _conflict(batch, index, name, human.owner)
                if name == "iin":
                    bad[index] = problem
                else:
                    batch.warnings.append(problem)
        if tuple(merged) != human.details and index not in bad:
            human.details = tuple(merged)
            human.changed = True
            batch.values["human_changed"][index] = True


def _conflict(batch: Batch, index: int, name: str, owner: str) -> Problem:
    if name == "iin":
        return batch.problem(index, name, "IIN_CONFLICT", "this person is known with another IIN")
    reason = f"differs from the value recorded by {owner}, which is kept"
    return batch.problem(index, name, "PERSON_CONFLICT", reason)


async def _owners(people: set[Any]) -> dict[Any, str]:
    """Return the system that recorded each person first."""
    rows = await where(
        "id, person_id, system", "person_sources", ("person_id",), {(p,) for p in people}
    )
    return {person: system for _, person, system in sorted(rows, key=lambda row: -row[0])}
