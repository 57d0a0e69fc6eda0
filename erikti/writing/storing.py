"""Storage of batches: new records are inserted, changed ones updated."""

from collections.abc import Iterable, Mapping, Sequence
from operator import itemgetter

from tortoise.fields.relational import ForeignKeyFieldInstance

from erikti.database.connection import connection, dialect
from erikti.database.fields import Computed
from erikti.database.versioning import stamp
from erikti.writing.batches import Batch
from erikti.writing.corrections import store_suppliers
from erikti.writing.humans import IIN, STORED, Human, hashed, new_ids, public_name, sealed
from erikti.writing.kind import Kind, Link
from erikti.writing.lookups import query, where
from erikti.writing.matching import Matcher
from erikti.writing.problems import Problem
from models.people import Person
from models.states import States

SOURCE = ("source_system", "source_id")
Stored = Mapping[tuple[object, ...], tuple[object, tuple[object, ...]]]
WRITTEN = ("display_name", *STORED, "iin_hash")  # columns of people

PERSON = Computed(Person, WRITTEN)
ALL_WRITTEN = (*WRITTEN, *PERSON.names)


class Store:
    """Writes batches of one kind in a change set; created once per import.

    Stamps all records but those of which only links change, which triggers stamp. Adds the
    columns ``id``, ``is_new`` and ``is_changed`` to each batch.
    """

    def __init__(self, kind: Kind, matcher: Matcher, change_set: int) -> None:
        self.kind = kind
        self.matcher = matcher
        self.change_set = change_set
        self.table = kind.model._meta.db_table
        self.cells = {column.stored: column.name for column in kind.columns if column.stored}
        self.cells.update((r.stored, r.columns[-1]) for r in kind.references)
        if kind.region_office:
            del self.cells["front_office_id"]
        computed = (
            [kind.person_field, "front_office_id"] if kind.region_office else [kind.person_field]
        )
        names = [*self.cells, *filter(None, computed), *kind.constants]
        self.fields = [name for name in names if name not in SOURCE]
        self.unique = _unique(kind)
        self.computed = Computed(kind.model, self.fields)

    async def __call__(self, batch: Batch) -> None:
        """Write a checked batch; removes rows with problems from it."""
        await self._compute(batch)
        stored = await self._stored(batch)
        if self.kind.states is not None:
            self._check_states(batch, self.kind.states, stored)
        warnings = list(batch.warnings)
        if self.kind.person:
            await self.matcher.match(batch)
        if self.kind.person and self.kind.person_field is None:
            await self._write_people(batch)
            humans, fresh = batch.values["human"], batch.values["new_source"]
            batch.values["id"] = [human.id for human in humans]
            batch.values["is_new"] = [h.new and f for h, f in zip(humans, fresh, strict=True)]
            changed = batch.values["human_changed"]
            batch.values["is_changed"] = [c or f for c, f in zip(changed, fresh, strict=True)]
            return
        self._compare(batch, stored)
        if await self._check_unique(batch) and self.kind.person:
            # People have taken values of the rejected rows: match the others without them.
            batch.warnings = warnings
            await self(batch)
            return
        if self.kind.person:
            await self._write_people(batch)
        touched = await self._write_records(batch)
        for link in self.kind.links:
            await self._write_links(link, batch)
        if self.kind.hours:
            await _sum_hours(touched, self.change_set)

    async def _compute(self, batch: Batch) -> None:
        """Fill the columns that are not read from cells, but for people."""
        size = len(batch)
        for name, value in {**self.kind.constants, **self.kind.initial}.items():
            batch.values[name] = [value] * size
        if self.kind.region_office:
            offices = dict(
                map(
                    tuple,
                    await query(
                        "SELECT region_id, id FROM front_offices WHERE region_id IS NOT NULL"
                    ),
                )
            )
            batch.values["front_office_id"] = [
                office or offices.get(region)
                for office, region in batch.zipped(("front_office_id", "region"))
            ]

    async def _stored(self, batch: Batch) -> Stored:
        """Find the stored records of rows: their IDs and values, by source."""
        if self.kind.person and self.kind.person_field is None:
            return {}
        selected = ", ".join((*SOURCE, "id", *self.fields))
        rows = await where(selected, self.table, SOURCE, set(batch.zipped(SOURCE)))
        return {(row[0], row[1]): (row[2], tuple(row)[3:]) for row in rows}

    def _check_states(self, batch: Batch, states: States, stored: Stored) -> None:
        """Reject rows whose record would go to a state that its own does not lead to."""
        place, bad = self.fields.index(states.column), {}
        cell = self.cells.get(states.column)
        for index, (*source, new) in enumerate(batch.zipped((*SOURCE, states.column))):
            _, old = stored.get(tuple(source), (None, None))
            lacks = cell is not None and cell not in batch.rows[index]
            if old is None or lacks or old[place] == new:
                continue
            later = states.later[str(old[place])]
            if new not in later:
                reason = f"{old[place]} leads to {', '.join(later) or 'no other state'}"
                valid = "; ".join(later)
                bad[index] = batch.problem(index, states.column, "INVALID_STATE", reason, valid)
        batch.drop(bad)

    def _compare(self, batch: Batch, stored: Stored) -> None:
        """Compute each row's record, as it was and as it will be."""
        if self.kind.person_field:
            humans = batch.values["human"]
            batch.values[self.kind.person_field] = [human and human.id for human in humans]
        ids = new_ids(self.kind.model, len(batch))
        before: list[tuple[object, ...] | None] = []
        after = batch.zipped(self.fields)
        for index, key in enumerate(batch.zipped(SOURCE)):
            if (old := stored.get(key)) is None:
                before.append(None)
                continue
            ids[index] = old[0]
            before.append(old[1])
            if old[1] != after[index]:
                after[index] = self._merged(batch.rows[index], old[1], after[index])
        batch.values.update({"id": ids, "before": before, "after": after})
        batch.values["is_new"] = [known is None for known in before]

    def _merged(
        self, row: Mapping[str, object], before: tuple[object, ...], after: tuple[object, ...]
    ) -> tuple[object, ...]:
        """Return a record's new state; columns that the file lacks stay unchanged."""
        lasting = self.kind.lasting
        return tuple(
            old
            if ((cell := self.cells.get(name)) and cell not in row)
            or (new is None and name in lasting)
            else new
            for name, old, new in zip(self.fields, before, after, strict=True)
        )

    async def _check_unique(self, batch: Batch) -> bool:
        """Reject rows that violate a unique constraint; return whether there are some."""
        count = len(batch)
        fresh = {human.id for human in batch.values.get("human", ()) if human and human.new}
        for names in self.unique:
            batch.drop(await self._conflicts(batch, names, fresh))
        return len(batch) < count

    async def _conflicts(
        self, batch: Batch, names: tuple[str, ...], fresh: set[object]
    ) -> dict[int, Problem]:
        """Return the rows whose key another row or record has; ``fresh`` people have none yet."""
        keyed: list[tuple[bool, int, tuple[object, ...]]] = []
        for index, (old, new) in enumerate(batch.zipped(("before", "after"))):
            if None not in (key := self._key(names, new)):
                keyed.append((old is None or self._key(names, old) != key, index, key))
        first: dict[tuple[object, ...], int] = {}
        wanted: dict[int, tuple[object, ...]] = {}
        reasons: dict[int, str] = {}
        # First the records that have their key already.
        for takes, index, key in sorted(keyed, key=itemgetter(0)):
            if first.setdefault(key, index) != index:
                reasons[index] = f"row {batch.numbers[first[key]]} has the same"
            elif takes:
                wanted[index] = key
        searched = {key for key in wanted.values() if fresh.isdisjoint(key)}
        selected = ", ".join((*SOURCE, *names))
        rows = await where(selected, self.table, names, searched)
        holders = {tuple(row)[2:]: f"{row[0]} {row[1]} has it" for row in rows}
        reasons |= {index: holders[key] for index, key in wanted.items() if key in holders}
        column = self.cells.get(names[-1], "person_id")
        return {
            index: batch.problem(index, column, "CONFLICT", _unique_reason(names, reason))
            for index, reason in reasons.items()
        }

    def _key(self, names: tuple[str, ...], state: tuple[object, ...]) -> tuple[object, ...]:
        """Return the values of columns of a record."""
        return tuple(state[self.fields.index(name)] for name in names)

    async def _write_people(self, batch: Batch) -> None:
        humans = {human.id: human for human in batch.values["human"] if human}
        fresh = [human for human in humans.values() if human.new]
        today = self.matcher.today
        await insert_people([(human, today, 1) for human in fresh], self.change_set)
        changed = [human for human in humans.values() if human.changed and not human.new]
        await update_people(changed, self.change_set)
        rows = batch.zipped(("new_source", "source_system", "person_key", "human"))
        sources = {(system, key): human.id for new, system, key, human in rows if new}
        await insert(
            "person_sources",
            ("system", "identifier", "person_id"),
            [(*key, person) for key, person in sources.items()],
        )
        await store_suppliers(humans.values())

    async def _write_records(self, batch: Batch) -> set[object]:
        """Insert and update the records; return the volunteers whose hours may differ."""
        rows = batch.zipped(("id", *SOURCE, "before", "after"))
        initial = (*self.kind.initial, "change_set")
        extra = (*self.kind.initial.values(), self.change_set)
        computed = self.computed
        fresh = [
            (id_, system, source, *after, *computed(after), *extra)
            for id_, system, source, before, after in rows
            if before is None
        ]
        names = (*self.fields, *computed.names)
        await insert(self.table, ("id", *SOURCE, *names, *initial), fresh)
        changed = [row for row in rows if row[3] is not None and row[3] != row[4]]
        states = [(*row[4], *computed(row[4]), row[0]) for row in changed]
        await update(self.table, names, states, self.change_set)
        people = batch.values.get("human_changed", [False] * len(rows))
        batch.values["is_changed"] = [
            person or (row[3] is not None and row[3] != row[4])
            for row, person in zip(rows, people, strict=True)
        ]
        if not self.kind.hours:
            return set()
        place = self.fields.index("volunteer_id")
        return {state[place] for row in rows if row[3] != row[4] for state in row[3:] if state}

    async def _write_links(self, link: Link, batch: Batch) -> None:
        """Update the link table of a column with several values."""
        linked: dict[object, dict[object, object]] = {}
        created = batch.values["is_new"]
        rows = list(
            zip(batch.values["id"], batch.values[link.name], created, batch.rows, strict=True)
        )
        known = {(id_,) for id_, _, new, row in rows if not new and link.name in row}
        selected = f"id, {link.owner}, {link.value}"
        for id_, owner, value in map(
            tuple, await where(selected, link.table, (link.owner,), known)
        ):
            linked.setdefault(owner, {})[value] = id_
        missing: list[tuple[object, object]] = []
        surplus: list[object] = []
        for index, (owner, items, _, row) in enumerate(rows):
            if link.name not in row:
                continue
            there, wanted = linked.get(owner, {}), items or ()
            add = [(owner, item) for item in wanted if item not in there]
            remove = [id_ for item, id_ in there.items() if item not in wanted]
            if add or remove:
                batch.values["is_changed"][index] = True
                missing += add
                surplus += remove
        if surplus:
            condition = dialect().any_of("id", 1)
            await query(f"DELETE FROM {link.table} WHERE {condition}", dialect().array(surplus))
        await insert(link.table, (link.owner, link.value), missing)


def _written(human: Human) -> tuple[object, ...]:
    details = human.details
    row = (public_name(details), *sealed(human.id, details), hashed(details[IIN]))
    return (*row, *PERSON(row))


async def insert_people(people: Iterable[tuple[Human, object, int]], change_set: int) -> None:
    """Insert people, each with the day of the record and its version."""
    names = ("id", "recorded_on", "version", "change_set", *ALL_WRITTEN)
    rows = [(human.id, *head, change_set, *_written(human)) for human, *head in people]
    await insert("people", names, rows)


async def update_people(people: Iterable[Human], change_set: int) -> None:
    """Store the details of people who are recorded."""
    rows = [(*_written(human), human.id) for human in people]
    await update("people", ALL_WRITTEN, rows, change_set)


async def insert(table: str, names: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """Insert rows in the database's representation."""
    if rows:
        await dialect().insert(connection(), table, names, rows)


async def update(
    table: str, names: Sequence[str], rows: Sequence[Sequence[object]], change_set: int
) -> None:
    """Update records in the database's representation, and stamp them; the ID is last in each."""
    if rows:
        await dialect().update(connection(), table, (*names, "id"), rows, stamp(change_set))


async def _sum_hours(volunteers: set[object], change_set: int) -> None:
    if volunteers:
        some = dialect().any_of("v.id", 1)
        await query(
            f"UPDATE volunteers SET hours_total = h.total, {stamp(change_set)} FROM"
            " (SELECT v.id AS owner, (SELECT coalesce(sum(hours), 0) FROM participations"
            f" WHERE volunteer_id = v.id) AS total FROM volunteers v WHERE {some}) h"
            " WHERE id = h.owner AND hours_total <> h.total",
            dialect().array(volunteers),
        )


def _unique(kind: Kind) -> list[tuple[str, ...]]:
    """Return the unique sets of columns besides the source."""
    meta = kind.model._meta
    fields = meta.fields_map.items()
    single = [(name,) for name, found in fields if found.unique and not found.pk]
    stored = {n: f"{n}_id" for n, f in fields if isinstance(f, ForeignKeyFieldInstance)}
    keys = [
        tuple(stored.get(name, name) for name in key) for key in (*single, *meta.unique_together)
    ]
    return [key for key in dict.fromkeys(keys) if key != SOURCE]


def _unique_reason(names: Sequence[str], holder: str) -> str:
    spelled = " and ".join(name.removesuffix("_id").replace("_", " ") for name in names)
    return f"{spelled} must be unique, and {holder}"
