"""Warnings about new people who may be recorded already, which an IIN would decide.

Two may be one person if they have the same birth date and similar names, and one has no IIN.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from typing import Any

from erikti.database.connection import dialect
from erikti.writing import likeness
from erikti.writing.batches import Batch
from erikti.writing.lookups import query, where
from models.global_ids import encoded

COMPARED = ("family_name", "given_name", "patronymic", "birth_date", "sex")

# Programs write one birth date for all whose own is unknown: without bounds, each of these would be
# compared with all others, and each batch would read all of them.
MOST = 20
MOST_OF_A_DAY = 500

Source = tuple[str, str]  # the system, and its identifier of the person


class Known:
    """A person to compare with others, from the values of the columns ``COMPARED``.

    ``source`` is None until it is read.
    """

    __slots__ = ("_name", "_texts", "birth", "has_iin", "id", "sex", "source")

    def __init__(
        self, id_: object, has_iin: bool, row: Sequence[Any], source: Source | None = None
    ) -> None:
        *self._texts, self.birth, self.sex = row
        self.id = id_
        self.has_iin = has_iin
        self.source = source
        self._name: likeness.Name | None = None

    @property
    def name(self) -> likeness.Name:
        """Return the name, read when it is needed first."""
        if self._name is None:
            self._name = likeness.name(*self._texts)
        return self._name

    def heads(self) -> set[str]:
        """Return what people with a similar name have in common."""
        family, given, _ = self._texts
        return likeness.heads(family, given)

    def may_be(self, other: "Known") -> bool:
        """Return whether this person, born on the same day, may be another."""
        if self.id == other.id or (self.has_iin and other.has_iin):
            return False
        contradicts = None not in (self.sex, other.sex) and self.sex != other.sex
        return not contradicts and likeness.alike(self.name, other.name)


class _People:
    """People by birth date and heads of the name, the first ``MOST_OF_A_DAY`` of each."""

    def __init__(self) -> None:
        self._found: dict[tuple[object, str], list[Known]] = {}

    def add(self, person: Known, heads: Iterable[str]) -> None:
        for head in heads:
            alike = self._found.setdefault((person.birth, head), [])
            if len(alike) < MOST_OF_A_DAY:
                alike.append(person)

    def like(self, person: Known, heads: Iterable[str]) -> Known | None:
        """Return who may be this person, among the ``MOST`` with the most heads in common."""
        common = Counter(
            other for head in heads for other in self._found.get((person.birth, head), ())
        )
        some = (other for other, _ in common.most_common(MOST))
        return next((other for other in some if person.may_be(other)), None)


async def report(batch: Batch, new: Sequence[tuple[int, Known]]) -> None:
    """Add a warning for each new person, given with its row, who may be another."""
    people = _People()
    days = {person.birth for _, person in new if not person.has_iin}
    # An IIN parts all who were born on the other days, but from stored people without one.
    stored = await _born_on(days)
    stored += await _born_on({person.birth for _, person in new} - days, " AND t.iin IS NULL")
    days |= {person.birth for person in stored}
    for known in stored:
        people.add(known, known.heads())
    found: list[tuple[int, Known]] = []
    for index, person in new:
        if person.birth not in days:
            continue
        heads = person.heads()
        if (other := people.like(person, heads)) is not None:
            found.append((index, other))
        people.add(person, heads)
    sources = await _sources({other.id for _, other in found if other.source is None})
    for index, other in found:
        system, identifier = other.source or sources[other.id]
        named = f"{system}/{identifier}, global ID {encoded('Person', other.id)}"
        reason = f"similar name and the same birth date as {named}; not merged"
        batch.warnings.append(batch.problem(index, "family_name", "LIKELY_DUPLICATE", reason))


async def _born_on(days: Collection[object], condition: str = "") -> list[Known]:
    """Return stored people of each day, those with the least IDs."""
    if not days:
        return []
    spell = dialect()
    inner = f"SELECT t.{spell.row} FROM people t WHERE t.birth_date = k.value{condition}"
    selected = f"id, iin IS NOT NULL, {', '.join(COMPARED)}"
    keys, limited = spell.keys(1, "date"), f"{inner} ORDER BY t.id LIMIT {MOST_OF_A_DAY}"
    sql = spell.first_per_key(keys, "people", selected, limited)
    rows = await query(sql, spell.array(days))
    return [Known(id_, bool(iin), row) for id_, iin, *row in rows]


async def _sources(people: set[object]) -> dict[object, Source]:
    """Return the first source of each person."""
    selected = "id, person_id, system, identifier"
    rows = await where(selected, "person_sources", ("person_id",), {(id_,) for id_ in people})
    return {person: source for _, person, *source in sorted(rows, key=lambda row: -row[0])}
