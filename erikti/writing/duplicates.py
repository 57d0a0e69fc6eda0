"""Warnings about new people who may be recorded already, which an IIN would decide.

Two may be one person if they have the same birth date and similar names, and one has no IIN.
"""

from collections.abc import Collection, Iterator, Sequence
from typing import NamedTuple

from erikti.database.connection import dialect
from erikti.writing import likeness
from erikti.writing.batches import Batch
from erikti.writing.lookups import Rows, query, where
from models.global_ids import encoded

COMPARED = ("family_name", "given_name", "patronymic", "birth_date", "sex")

# Programs write one birth date for all whose own is unknown: without a bound, each of these would
# be compared with all who have the same given name, and each batch would read all of them.
MOST = 20
MOST_OF_A_DAY = 500

Source = tuple[str, str]  # the system, and its identifier of the person


class Known(NamedTuple):
    """A person to compare with others; ``source`` is None until it is read."""

    id: object
    has_iin: bool
    name: likeness.Name
    birth: object
    sex: object
    source: Source | None

    def may_be(self, other: "Known") -> bool:
        """Return whether this person, born on the same day, may be another."""
        if self.id == other.id or (self.has_iin and other.has_iin):
            return False
        contradicts = None not in (self.sex, other.sex) and self.sex != other.sex
        return not contradicts and likeness.alike(self.name, other.name)


class _People:
    """People by birth date and words of the name, the first ``MOST`` of each."""

    def __init__(self) -> None:
        self._found: dict[tuple[object, str], list[Known]] = {}

    def add(self, person: Known) -> None:
        for word in person.name.words:
            alike = self._found.setdefault((person.birth, word), [])
            if len(alike) < MOST:
                alike.append(person)

    def like(self, person: Known) -> Iterator[Known]:
        for word in person.name.words:
            for other in self._found.get((person.birth, word), ()):
                if person.may_be(other):
                    yield other


def compared(id_: object, has_iin: bool, row: Sequence[object], source: Source | None) -> Known:
    """Return a person from the values of the columns ``COMPARED``."""
    family, given, patronymic, birth, sex = row
    texts = (None if text is None else str(text) for text in (family, given, patronymic))
    return Known(id_, has_iin, likeness.name(*texts), birth, sex, source)


async def report(batch: Batch, new: Sequence[tuple[int, Known]]) -> None:
    """Add a warning for each new person, given with its row, who may be another."""
    people = _People()
    for known in await _of_the_same_days(new):
        people.add(known)
    found: list[tuple[int, Known]] = []
    for index, person in new:
        other = next(people.like(person), None)
        if other is not None:
            found.append((index, other))
        people.add(person)
    sources = await _sources({other.id for _, other in found if other.source is None})
    for index, other in found:
        system, identifier = other.source or sources[other.id]
        named = f"{system}/{identifier}, global ID {encoded('Person', other.id)}"
        reason = f"similar name and the same birth date as {named}; not merged"
        batch.warnings.append(batch.problem(index, "family_name", "LIKELY_DUPLICATE", reason))


async def _of_the_same_days(new: Sequence[tuple[int, Known]]) -> Iterator[Known]:
    """Return the stored people who were born when new ones were, if an IIN does not part them."""
    open_days = {person.birth for _, person in new if not person.has_iin}
    other_days = {person.birth for _, person in new} - open_days
    rows = [*await _born_on(open_days), *await _born_on(other_days, " AND t.iin IS NULL")]
    return (compared(id_, bool(iin), row, None) for id_, iin, *row in rows)


async def _born_on(days: Collection[object], condition: str = "") -> Rows:
    """Return the first people of each day."""
    spell = dialect()
    inner = f"SELECT t.{spell.row} FROM people t WHERE t.birth_date = k.value{condition}"
    selected = f"id, iin IS NOT NULL, {', '.join(COMPARED)}"
    keys, limited = spell.keys(1, "date"), f"{inner} LIMIT {MOST_OF_A_DAY}"
    sql = spell.first_per_key(keys, "people", selected, limited)
    return await query(sql, spell.array(days)) if days else ()


async def _sources(people: set[object]) -> dict[object, Source]:
    """Return the first source of each person."""
    selected = "id, person_id, system, identifier"
    rows = await where(selected, "person_sources", ("person_id",), {(id_,) for id_ in people})
    return {person: source for _, person, *source in sorted(rows, key=lambda row: -row[0])}
