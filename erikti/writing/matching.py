"""Matching of rows with people, by the system's identifier, then by IIN; others are created.

People are never merged because of similar names.
"""

from collections.abc import Iterable, Sequence

from erikti.database.calendar import calendar
from erikti.writing import duplicates
from erikti.writing.batches import Batch, Memo
from erikti.writing.corrections import Corrections
from erikti.writing.humans import (
    BIRTH,
    FAMILY,
    FIELDS,
    IIN,
    STORED,
    Details,
    Human,
    hashed,
    new_ids,
    stored_day,
    unsealed,
)
from erikti.writing.identifiers import born
from erikti.writing.kind import Kind
from erikti.writing.lookups import query, where
from erikti.writing.problems import Problem
from models.people import Person
from models.suppressions import Suppressed, by_iin, by_source
from models.suppressions import read as read_suppressions

SourceKey = tuple[str, str]


class Matcher:
    """Matches rows with people; created once per import."""

    def __init__(
        self, kind: Kind, anonymous: bool, corrections: Corrections, suppressed: Suppressed
    ) -> None:
        self.kind = kind
        self.corrections = corrections
        self.anonymous = anonymous
        self.suppressed = suppressed
        self.today = stored_day(calendar().today())
        self.born = Memo(_born)

    @classmethod
    async def prepared(
        cls, kind: Kind, precedence: Sequence[str] = (), person_key: bytes | None = None
    ) -> "Matcher":
        """Return a matcher for a kind, which matches nothing if its rows describe no people.

        ``precedence`` names the systems whose values replace those of the systems after them.
        Raises SuppressionKeyError if ``person_key`` is not that of the suppression list.
        """
        if not kind.person:
            return cls(kind, False, Corrections(precedence), Suppressed())
        anonymous = bool(await query("SELECT 1 FROM people WHERE iin IS NULL LIMIT 1"))
        suppressed = await read_suppressions(person_key)
        return cls(kind, anonymous, Corrections(precedence), suppressed)

    def complete(self, batch: Batch) -> None:
        """Derive birth date and sex from the IIN, and identifiers from the rows' own."""
        values = batch.values
        births, sexes, iins = values["birth_date"], values["sex"], values["iin"]
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
                    batch.refuse(index, column, "IIN_MISMATCH", reason)
            if births[index] is not None and births[index] > self.today:
                reason = "the birth date is in the future"
                batch.refuse(index, "birth_date", "INVALID_DATE", reason)
        self._warn_of_one_name(batch)
        self._identify(batch)
        if self.suppressed:
            self._refuse_suppressed(batch)
        for index, (iin, *identifiers) in enumerate(
            batch.zipped(("iin", "source_id", "person_key"))
        ):
            if iin and iin in identifiers:
                reason = "identifiers are not encrypted, so an IIN cannot be one"
                batch.refuse(index, "iin", "IIN_AS_IDENTIFIER", reason)

    def _warn_of_one_name(self, batch: Batch) -> None:
        reason = "blank: right only for a person with one name, which is the family name"
        for index, (family, given) in enumerate(batch.zipped(("family_name", "given_name"))):
            if given is None and family is not None and index not in batch.invalid:
                batch.warnings.append(batch.problem(index, "given_name", "ONE_NAME", reason))

    def _refuse_suppressed(self, batch: Batch) -> None:
        columns = ("iin", "source_system", "person_key")
        for index, (iin, system, key) in enumerate(batch.zipped(columns)):
            for column, person in (
                ("iin", iin and by_iin(iin)),
                ("source_id", system and key and by_source(system, key)),
            ):
                if person and person in self.suppressed:
                    reason = "the suppression list names this person, who was erased"
                    batch.refuse(index, column, "SUPPRESSED", reason)
                    break

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
        differing = [(index, human) for index, human in differing if index not in bad]
        if differing:
            bad |= await self.corrections.merge(batch, details, differing)
        await self._report_duplicates(batch, details)
        batch.drop(bad)

    async def _report_duplicates(self, batch: Batch, details: Sequence[Details]) -> None:
        """Add warnings for new people who may be known already, unless IINs decide it."""
        columns = ("human", "source_system", "person_key", *duplicates.COMPARED)
        new = [
            (index, duplicates.Known(human.id, bool(human.details[IIN]), row, (system, key)))
            for index, (human, system, key, *row) in enumerate(batch.zipped(columns))
            if human and human.details is details[index] and human.new and human.details[BIRTH]
        ]
        self.anonymous = self.anonymous or any(not person.has_iin for _, person in new)
        if self.anonymous:
            await duplicates.report(batch, new)


def _born(head: str) -> tuple[object, str | None]:
    birth_date, sex = born(head)
    return stored_day(birth_date), sex.value if sex else None


async def _by_source(keys: set[SourceKey]) -> dict[SourceKey, Human]:
    selected = ", ".join(f"p.{name}" for name in ("id", *STORED))
    rows = await where(
        f"s.system, s.identifier, {selected}",
        "person_sources s JOIN people p ON p.id = s.person_id",
        ("s.system", "s.identifier"),
        keys,
    )
    humans: dict[object, Human] = {}
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
