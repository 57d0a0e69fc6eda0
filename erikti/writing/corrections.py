"""Corrections of known people: the system that supplied a value may change it.

Other systems fill blanks. An order of precedence lets some systems replace the values of others;
an IIN is replaced by its supplier only.
"""

from collections.abc import Collection, Iterable, Sequence

from erikti.database.connection import connection, dialect
from erikti.writing.batches import Batch
from erikti.writing.humans import FIELDS, UNKNOWN, Details, Human
from erikti.writing.lookups import where
from erikti.writing.problems import Problem

TABLE = "field_sources"


class Corrections:
    """Merges the details of rows into known people.

    ``precedence`` names systems, the most trusted first; all others come after them.
    """

    def __init__(self, precedence: Sequence[str] = ()) -> None:
        self._ranks = {system: rank for rank, system in enumerate(precedence)}

    def _precedes(self, system: str, supplier: str) -> bool:
        last = len(self._ranks)
        return self._ranks.get(system, last) < self._ranks.get(supplier, last)

    async def merge(
        self, batch: Batch, details: Sequence[Details], differing: Sequence[tuple[int, Human]]
    ) -> dict[int, Problem]:
        """Merge rows into the people that they differ from; return the rows to reject."""
        await load_suppliers([human for _, human in differing if human.owner is None])
        bad: dict[int, Problem] = {}
        for index, human in differing:
            problem = self._merge_one(batch, index, details[index], human)
            if problem is not None:
                bad[index] = problem
        return bad

    def _merge_one(
        self, batch: Batch, index: int, details: Details, human: Human
    ) -> Problem | None:
        system = batch.values["source_system"][index]
        merged = list(human.details)
        taken: list[str] = []
        warnings: list[Problem] = []
        for place, (name, old, new) in enumerate(zip(FIELDS, merged, details, strict=True)):
            if new is None or new == old:
                continue
            supplier = human.supplier(name)
            if old is not None and system != supplier:
                if name == "iin":
                    reason = f"{supplier} recorded this person with another IIN"
                    return batch.problem(index, name, "IIN_CONFLICT", reason)
                replaces = self._precedes(system, supplier)
                warnings.append(_difference(batch, index, name, system, supplier, replaces))
                if not replaces:
                    continue
            merged[place] = new
            taken.append(name)
        batch.warnings += warnings
        if taken:
            for name in taken:
                human.supply(name, system)
            human.details = tuple(merged)
            human.changed = batch.values["human_changed"][index] = True
        return None


def _difference(
    batch: Batch, index: int, name: str, system: str, supplier: str, replaces: bool
) -> Problem:
    if replaces:
        reason = f"the value of {system} replaces that of {supplier}, which it precedes"
        return batch.problem(index, name, "PERSON_CORRECTED", reason)
    reason = f"{system} differs from {supplier}, whose value is kept"
    return batch.problem(index, name, "PERSON_CONFLICT", reason)


async def load_suppliers(humans: Collection[Human]) -> None:
    """Find who recorded stored people first, and who supplied values of theirs since."""
    keys = {(human.id,) for human in humans}
    selected, person = "id, person_id, system", ("person_id",)
    sources = await where(selected, "person_sources", person, keys)
    owners = {row[1]: row[2] for row in sorted(sources, key=lambda row: -row[0])}
    supplied: dict[object, dict[str, str]] = {}
    for owner, name, system in await where("person_id, field, system", TABLE, person, keys):
        supplied.setdefault(owner, {})[name] = system
    for human in humans:
        human.owner = owners.get(human.id, UNKNOWN)
        human.suppliers = supplied.get(human.id, {})


async def store_suppliers(humans: Iterable[Human]) -> None:
    """Store who supplied the values that other systems than the first one gave."""
    rows = [
        [human.id, name, human.suppliers[name]]
        for human in humans
        for name in sorted(human.supplied)
    ]
    if rows:
        places = ", ".join(dialect().param(n) for n in (1, 2, 3))
        await connection().execute_many(
            f"INSERT INTO {TABLE} (person_id, field, system) VALUES ({places})"
            " ON CONFLICT (person_id, field) DO UPDATE SET system = excluded.system",
            rows,
        )
