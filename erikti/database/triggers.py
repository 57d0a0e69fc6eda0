"""The triggers that maintain rollups, in the SQL of both databases.

PostgreSQL runs them once per statement, on all written rows; SQLite, which has no statement
triggers, once per row.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import Protocol

from tortoise.backends.base.client import BaseDBAsyncClient

from erikti.database.calendar import (
    postgres_local,
    postgres_start,
    sqlite_local,
    sqlite_start,
)
from erikti.database.lanes import DECLARE_LANE, LANE, TAKE_LANE
from erikti.database.rollup import Column, Parent, Rollup, Tie, Unit


class Triggers(Protocol):
    """The triggers of a database that maintain rollups."""

    def indexes(self, rollup: Rollup) -> dict[str, str]:
        """Return the statements for its indexes, by name: of combinations, including NULLs."""

    def create(self, rollup: Rollup) -> dict[str, str]:
        """Return the statements that create the triggers and their functions, by name."""

    def drop(self, rollup: Rollup) -> list[str]:
        """Return the statements that drop them."""

    def cut(self, column: Column, alias: str) -> str:
        """Return a column's value in the form that the rollup stores."""


class SqliteTriggers:
    """Triggers that run for each row."""

    def indexes(self, rollup: Rollup) -> dict[str, str]:
        name = f"uid_{rollup.table}"
        made = {name: f"CREATE UNIQUE INDEX {name} ON {rollup.table} ({_keys(rollup)})"}
        return made | _partial(rollup)

    def create(self, rollup: Rollup) -> dict[str, str]:
        return {
            name: f"CREATE TRIGGER {name} {event} BEGIN {' '.join(f'{sql};' for sql in body)} END"
            for name, event, body in self._triggers(rollup)
        }

    def drop(self, rollup: Rollup) -> list[str]:
        names = [name for name, _, _ in self._triggers(rollup)]
        return [f"DROP TRIGGER {name}" for name in names] + _drop_indexes(self, rollup)

    def cut(self, column: Column, alias: str) -> str:
        value = f"{alias}.{column.name}"
        if column.unit is None or (column.unit is Unit.DAY and not column.instant):
            return value
        form = {Unit.DAY: "%Y-%m-%d", Unit.MONTH: "%Y-%m-01", Unit.YEAR: "%Y-01-01"}[column.unit]
        if column.instant:
            return sqlite_start(f"strftime('{form}', {sqlite_local(value)})")
        return f"strftime('{form}', {value})"

    def _triggers(self, rollup: Rollup) -> Iterator[tuple[str, str, list[str]]]:
        """Yield the name, event and statements of each trigger."""
        table, base, tie = rollup.table, rollup.base, rollup.tie
        keys = [column.name for column in rollup.own]
        keys += [rollup.parent.key] if rollup.parent else []
        moved = " OR ".join(f"NEW.{name} IS NOT OLD.{name}" for name in keys)
        out, into = (self._add(rollup, row, n) for row, n in (("OLD", -1), ("NEW", 1)))
        if tie is None:
            yield f"{table}_insert", f"AFTER INSERT ON {base}", [into]
            yield f"{table}_delete", f"AFTER DELETE ON {base}", [out, *_clean(rollup)]
            if (parent := rollup.parent) is not None:
                other = " OR ".join(f"NEW.{name} IS NOT OLD.{name}" for name in parent.values)
                event = f"AFTER UPDATE OF {', '.join(parent.values)} ON {parent.table} WHEN {other}"
                steps = [self._of_parent(rollup, parent, *row) for row in (("OLD", -1), ("NEW", 1))]
                yield f"{table}_parent", event, steps
        else:
            gone, come = (self._tie(rollup, tie, row, n) for row, n in (("OLD", -1), ("NEW", 1)))
            yield f"{table}_tied", f"AFTER INSERT ON {tie.table}", [come]
            yield f"{table}_untied", f"AFTER DELETE ON {tie.table}", [gone]
            event = f"AFTER UPDATE OF {tie.owner}, {tie.value} ON {tie.table}"
            yield f"{table}_retied", event, [gone, come]
            # While the record is still there, so that it is known where its values counted.
            ties = f"DELETE FROM {tie.table} WHERE {tie.owner} = OLD.id"
            yield f"{table}_delete", f"BEFORE DELETE ON {base}", [ties]
        event = f"AFTER UPDATE OF {', '.join(keys)} ON {base} WHEN {moved}"
        yield f"{table}_update", event, [out, into, *_clean(rollup)]
        if rollup.sums:
            changed = " OR ".join(f"NEW.{name} IS NOT OLD.{name}" for name in rollup.sums)
            event = f"AFTER UPDATE OF {', '.join(rollup.sums)} ON {base}"
            event += f" WHEN NOT ({moved}) AND ({changed})"
            yield f"{table}_change", event, [self._add(rollup, "NEW", 0)]

    def _add(self, rollup: Rollup, row: str, n: int) -> str:
        """Count the row of a trigger ``n`` times; with 0, add the change of its sums."""
        tie = rollup.tie
        keys = [self.cut(c, row if c in rollup.own else "l") for c in rollup.columns]
        sums = [f"NEW.{s} - OLD.{s}" if n == 0 else f"{n} * {row}.{s}" for s in rollup.sums]
        values = ", ".join([*keys, str(n), *sums])
        if (parent := rollup.parent) is not None:
            found = f"FROM {parent.table} l WHERE l.id = {row}.{parent.key}"
            return f"{_into(rollup)} SELECT {values} {found} {_upsert(rollup, _keys(rollup))}"
        if tie is None:
            return f"{_into(rollup)} VALUES ({values}) {_upsert(rollup, _keys(rollup))}"
        found = f"FROM {tie.table} l WHERE l.{tie.owner} = {row}.id"
        return f"{_into(rollup)} SELECT {values} {found} {_upsert(rollup, _keys(rollup))}"

    def _tie(self, rollup: Rollup, tie: Tie, row: str, n: int) -> str:
        """Count a row of the link table ``n`` times."""
        keys = [self.cut(c, "t" if c in rollup.own else row) for c in rollup.columns]
        values = ", ".join([*keys, str(n), *(f"{n} * t.{s}" for s in rollup.sums)])
        found = f"FROM {rollup.base} t WHERE t.id = {row}.{tie.owner}"
        return f"{_into(rollup)} SELECT {values} {found} {_upsert(rollup, _keys(rollup))}"

    def _of_parent(self, rollup: Rollup, parent: Parent, row: str, n: int) -> str:
        """Count the records that refer to a row of the parent's table ``n`` times."""
        keys = [self.cut(c, "t" if c in rollup.own else row) for c in rollup.columns]
        values = ", ".join([*keys, str(n), *(f"{n} * t.{s}" for s in rollup.sums)])
        found = f"FROM {rollup.base} t WHERE t.{parent.key} = {row}.id"
        return f"{_into(rollup)} SELECT {values} {found} {_upsert(rollup, _keys(rollup))}"


class PostgresTriggers:
    """Triggers that run for each statement, on its rows in the order of the keys."""

    def indexes(self, rollup: Rollup) -> dict[str, str]:
        name = f"uid_{rollup.table}"
        keys = f"({', '.join(rollup.key)}) NULLS NOT DISTINCT"
        made = {name: f"CREATE UNIQUE INDEX {name} ON {rollup.table} {keys}"}
        return made | _partial(rollup)

    def create(self, rollup: Rollup) -> dict[str, str]:
        table, base, tie = rollup.table, rollup.base, rollup.tie
        if tie is None:
            counts = {event: self._count(rollup, event) for event in CHANGED}
            if rollup.parent is not None:
                return self._with_parent(rollup, rollup.parent, counts)
            return self._after(f"{table}_keep", base, counts, rollup)
        counts = {}
        for event in CHANGED:
            owners = f"SELECT {tie.owner} FROM ({_totals(event, [tie.owner, tie.value])}) c"
            # Lock the records, so that none moves to another group while its values are counted.
            lock = f"PERFORM FROM {base} t WHERE t.id = ANY (ARRAY({owners})) ORDER BY t.id"
            counts[event] = f"{lock} FOR NO KEY UPDATE; {self._count(rollup, event, tied=True)}"
        made = self._after(f"{table}_keep", tie.table, counts, rollup)
        moved = {"UPDATE": self._count(rollup, "UPDATE")}
        made |= self._after(f"{table}_move", base, moved, rollup)
        # While the record is still there, so that it is known where its values counted.
        ties = f"DELETE FROM {tie.table} WHERE {tie.owner} = OLD.id; RETURN OLD;"
        made[f"{table}_untie"] = _function(f"{table}_untie", ties, lanes=False)
        made[f"{table}_untie_delete"] = (
            f"CREATE TRIGGER {table}_untie_delete BEFORE DELETE ON {base} "
            f"FOR EACH ROW EXECUTE FUNCTION {table}_untie()"
        )
        return made

    def _with_parent(
        self, rollup: Rollup, parent: Parent, counts: dict[str, str]
    ) -> dict[str, str]:
        """Return the triggers of the table and of its parent's; each locks what the other reads."""
        keys = f"SELECT {parent.key} FROM new_rows"
        held = f"PERFORM FROM {parent.table} l WHERE l.id = ANY (ARRAY({keys})) ORDER BY l.id"
        counts["INSERT"] = f"{held} FOR SHARE; {counts['INSERT']}"
        changed = "SELECT id FROM new_rows"
        lock = f"PERFORM FROM {rollup.base} t WHERE t.{parent.key} = ANY (ARRAY({changed}))"
        moved = f"{lock} ORDER BY t.id FOR NO KEY UPDATE; {self._count(rollup, 'UPDATE', True)}"
        made = self._after(f"{rollup.table}_keep", rollup.base, counts, rollup)
        name = f"{rollup.table}_parent"
        return made | self._after(name, parent.table, {"UPDATE": moved}, rollup)

    def drop(self, rollup: Rollup) -> list[str]:
        names = [f"{rollup.table}_keep"]
        if rollup.parent is not None:
            names.append(f"{rollup.table}_parent")
        if rollup.tie is not None:
            names += [f"{rollup.table}_move", f"{rollup.table}_untie"]
        functions = [f"DROP FUNCTION {name}() CASCADE" for name in names]
        return [*functions, *_drop_indexes(self, rollup)]

    def cut(self, column: Column, alias: str) -> str:
        value = f"{alias}.{column.name}"
        if column.unit is None or (column.unit is Unit.DAY and not column.instant):
            return value
        if column.instant:
            return postgres_start(f"date_trunc('{column.unit}', {postgres_local(value)})")
        # A date as a timestamp has no zone, so that the session's does not matter.
        return f"date_trunc('{column.unit}', {value}::timestamp)::date"

    def _count(self, rollup: Rollup, event: str, tied: bool = False) -> str:
        """Add the changes of a statement; ``tied`` if it wrote to the link or parent table."""
        tie, parent = rollup.tie, rollup.parent
        own = [column.name for column in rollup.own]
        if parent is not None and tied:
            rows = _totals(event, ["id", *parent.values])
            found, n = f"({rows}) l JOIN {rollup.base} t ON t.{parent.key} = l.id", "l.n * "
        elif parent is not None:
            rows = _totals(event, [parent.key, *own], rollup.sums)
            found, n = f"({rows}) t JOIN {parent.table} l ON l.id = t.{parent.key}", ""
        elif tie is None:
            found, n = f"({_changes(event, [*own, *rollup.sums])}) t", "t.n * "
        elif tied:
            rows = _changes(event, [tie.owner, tie.value])
            found, n = f"({rows}) l JOIN {rollup.base} t ON t.id = l.{tie.owner}", "l.n * "
        else:
            rows = _totals(event, ["id", *own], rollup.sums)
            found, n = f"({rows}) t JOIN {tie.table} l ON l.{tie.owner} = t.id", ""
        totals = [f"sum({'l' if tied else 't'}.n)", *(f"sum({n}t.{s})" for s in rollup.sums)]
        places, lane = _places(len(rollup.columns)), {"lane": LANE} if rollup.lanes else {}
        values = ", ".join([*_cuts(self, rollup), *totals, *lane.values()])
        return (
            f"{_into(rollup, *lane)} SELECT {values} FROM {found} "
            f"GROUP BY {places} HAVING {' OR '.join(f'{total} <> 0' for total in totals)} "
            f"ORDER BY {places} {_upsert(rollup, ', '.join(rollup.key))};"
            + "".join(f" {sql};" for sql in _clean(rollup))
        )

    def _after(
        self, name: str, table: str, bodies: dict[str, str], rollup: Rollup
    ) -> dict[str, str]:
        """A function with one branch per event, and its triggers on a table."""
        cases = " ".join(f"WHEN '{event}' THEN {body}" for event, body in bodies.items())
        # No fold may move rows past the one that deletes all.
        emptied = f"LOCK TABLE {rollup.table} IN SHARE ROW EXCLUSIVE MODE; " if rollup.lanes else ""
        emptied += f"DELETE FROM {rollup.table};"
        body = f"CASE TG_OP {cases} ELSE {emptied} END CASE; RETURN NULL;"
        made = {name: _function(name, body, rollup.lanes)}
        for event in bodies:
            rows = " ".join(TRANSITIONS[row] for row in CHANGED[event])
            made[f"{name}_{event.lower()}"] = (
                f"CREATE TRIGGER {name}_{event.lower()} AFTER {event} ON {table} "
                f"REFERENCING {rows} FOR EACH STATEMENT EXECUTE FUNCTION {name}()"
            )
        made[f"{name}_truncate"] = (
            f"CREATE TRIGGER {name}_truncate AFTER TRUNCATE ON {table} "
            f"FOR EACH STATEMENT EXECUTE FUNCTION {name}()"
        )
        return made


# The rows that a statement removed (-1) and added (1), by event.
CHANGED = {
    "INSERT": {"new_rows": 1},
    "UPDATE": {"old_rows": -1, "new_rows": 1},
    "DELETE": {"old_rows": -1},
}
TRANSITIONS = {"old_rows": "OLD TABLE AS old_rows", "new_rows": "NEW TABLE AS new_rows"}
SPELLINGS: dict[str, Triggers] = {"sqlite": SqliteTriggers(), "postgres": PostgresTriggers()}


def _function(name: str, body: str, lanes: bool) -> str:
    declared, taken = (DECLARE_LANE, TAKE_LANE) if lanes else ("", "")
    # The plan of the first call is reused when tables have grown: only one with nested loops
    # over indexes suits few rows and many.
    return (
        f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql "
        "SET search_path FROM CURRENT SET enable_seqscan = off "
        "SET enable_hashjoin = off SET enable_mergejoin = off "
        f"AS $body${declared}BEGIN {taken}{body} END$body$"
    )


def _changes(event: str, names: Iterable[str]) -> str:
    """Return the query for the rows that a statement removed (``n`` is -1) and added (1)."""
    listed = ", ".join(names)
    rows = CHANGED[event].items()
    return " UNION ALL ".join(f"SELECT {n} AS n, {listed} FROM {name}" for name, n in rows)


def _totals(event: str, names: Sequence[str], sums: Sequence[str] = ()) -> str:
    """Return the query for the rows that a statement changed, so that no others are joined."""
    grown = ["sum(n)", *(f"sum(n * {name})" for name in sums)]
    named = zip(grown, ["n", *sums], strict=True)
    summed = ", ".join(f"{total} AS {name}" for total, name in named)
    changed = " OR ".join(f"{total} <> 0" for total in grown)
    return (
        f"SELECT {', '.join(names)}, {summed} FROM ({_changes(event, [*names, *sums])}) c "
        f"GROUP BY {_places(len(names))} HAVING {changed}"
    )


def _places(count: int) -> str:
    return ", ".join(str(i + 1) for i in range(count))


def _cuts(triggers: Triggers, rollup: Rollup) -> list[str]:
    return [triggers.cut(c, "t" if c in rollup.own else "l") for c in rollup.columns]


def _into(rollup: Rollup, *more: str) -> str:
    names = (*rollup.names, "count", *rollup.sums, *more)
    return f"INSERT INTO {rollup.table} ({', '.join(names)})"


def _keys(rollup: Rollup) -> str:
    """Return the columns of SQLite's index, in which NULLs are equal."""
    return ", ".join(f"coalesce({c.name}, '')" if c.null else c.name for c in rollup.columns)


def _clean(rollup: Rollup) -> list[str]:
    """Return the statement that deletes the rows that no record has any more, if they must go."""
    return [f"DELETE FROM {rollup.table} WHERE count = 0"] if rollup.linked else []


def _partial(rollup: Rollup) -> dict[str, str]:
    """Return the indexes of the few rows to clean, or to fold."""
    found = {}
    if rollup.linked:
        found["nil"] = "(count) WHERE count = 0"
    if rollup.lanes:
        found["lane"] = "(lane) WHERE lane > 0"
    return {
        f"{name}_{rollup.table}": f"CREATE INDEX {name}_{rollup.table} ON {rollup.table} {rows}"
        for name, rows in found.items()
    }


def _drop_indexes(triggers: Triggers, rollup: Rollup) -> list[str]:
    return [f"DROP INDEX {name}" for name in triggers.indexes(rollup)]


def _upsert(rollup: Rollup, keys: str) -> str:
    totals: Iterable[str] = ("count", *rollup.sums)
    added = ", ".join(f"{name} = {rollup.table}.{name} + excluded.{name}" for name in totals)
    return f"ON CONFLICT ({keys}) DO UPDATE SET {added}"


def fill(triggers: Triggers, rollup: Rollup) -> str:
    """Return the statement that counts the existing rows."""
    totals = ["count(*)", *(f"sum(t.{name})" for name in rollup.sums)]
    tie = rollup.tie
    found = f"{rollup.base} t" + (f" JOIN {tie.table} l ON l.{tie.owner} = t.id" if tie else "")
    if (parent := rollup.parent) is not None:
        found += f" JOIN {parent.table} l ON l.id = t.{parent.key}"
    places = _places(len(rollup.columns))
    selected = ", ".join([*_cuts(triggers, rollup), *totals])
    return f"{_into(rollup)} SELECT {selected} FROM {found} GROUP BY {places}"


def keep(spelling: Triggers, rollup: Rollup) -> list[str]:
    """Return the statements that maintain a rollup from now on, and fill it."""
    return [*maintain(spelling, rollup), fill(spelling, rollup)]


def maintain(spelling: Triggers, rollup: Rollup) -> list[str]:
    """Return the statements that maintain a rollup that is right so far."""
    return [*spelling.indexes(rollup).values(), *spelling.create(rollup).values()]


async def run(client: BaseDBAsyncClient, statements: Iterable[str]) -> None:
    """Run statements one by one: Tortoise itself splits SQLite's triggers at their semicolons."""
    for sql in statements:
        await client.execute_query(sql)
