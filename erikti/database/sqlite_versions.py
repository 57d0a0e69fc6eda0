"""Versions and change sets on SQLite: triggers that run for each row."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from tortoise.backends.base.client import BaseDBAsyncClient as Client

from erikti.database.versioning import (
    FIRST,
    LinkTable,
    Part,
    Parts,
    RecordTable,
    index,
    inserted,
)

NOW = "strftime('%Y-%m-%d %H:%M:%f+00:00', 'now')"
OPEN = "(SELECT id FROM change_sets WHERE position IS NULL)"
LATEST = "(SELECT max(id) FROM change_sets)"  # the open one, or the trigger's own
CLOSED = f"(SELECT position FROM change_sets WHERE id = {LATEST})"


class SqliteVersions:
    """One writer at a time: the open change set is the only one without a position.

    A trigger cannot know where a transaction of other SQL begins and ends, so each row that it
    writes is a change set of its own.
    """

    def parts(self, records: Sequence[RecordTable], links: Sequence[LinkTable]) -> Parts:
        made = {f"set_{found.name}": index(found) for found in records}
        for found in records:
            made |= {
                f"{found.name}_version_{name}": Part("TRIGGER", found.name, f"{event} {body}")
                for name, event, body in self._of_records(found)
            }
        for link in links:
            made |= {
                f"{link.name}_version_{name}": Part("TRIGGER", link.name, f"{event} {body}")
                for name, event, body in self._of_links(link)
            }
        return {
            name: part
            if part.kind == "INDEX"
            else part._replace(sql=f"CREATE TRIGGER {name} {part.sql}")
            for name, part in made.items()
        }

    async def present(self, client: Client) -> dict[str, str]:
        _, rows = await client.execute_query("SELECT name, sql FROM sqlite_master")
        return dict(map(tuple, rows))

    def create(self, name: str, part: Part) -> list[str]:
        return [part.sql]

    def drop(self, name: str, part: Part) -> list[str]:
        return [f"DROP {part.kind} {name}"]

    async def open(self, client: Client, values: Mapping[str, object]) -> int:
        sql = inserted(values, "?" * len(values))
        _, rows = await client.execute_query(sql, list(values.values()))
        return int(rows[0][0])

    async def close(self, client: Client, number: int) -> None:
        changed = f"FROM changed_tables WHERE change_set = {number}"
        _, rows = await client.execute_query(f"SELECT name {changed}")
        for (name,) in map(tuple, rows):
            written = f"FROM {name} WHERE change_set = {number} AND version"
            await client.execute_query(
                f"UPDATE changed_tables SET added = (SELECT count(*) {written} = 1), "
                f"updated = (SELECT count(*) {written} > 1) "
                f"WHERE change_set = {number} AND name = '{name}'"
            )
        await client.execute_query(f"DELETE {changed} AND added + updated + deleted = 0")
        _, rows = await client.execute_query(f"SELECT 1 {changed} LIMIT 1")
        if not rows:
            await client.execute_query(f"DELETE FROM change_sets WHERE id = {number}")
            return
        await client.execute_query("UPDATE feed_head SET position = position + 1")
        await client.execute_query(
            "UPDATE change_sets SET position = (SELECT position FROM feed_head), "
            f"committed_at = {NOW} WHERE id = {number}"
        )

    def _of_records(self, found: RecordTable) -> Iterator[tuple[str, str, str]]:
        """Yield the name, event and body of each trigger of a table of records."""
        stamped = f"UPDATE {found.name} SET change_set = {LATEST} WHERE rowid = NEW.rowid"
        event = f"AFTER INSERT ON {found.name} WHEN NEW.change_set = {FIRST}"
        yield "insert", event, self._body(found.name, "added", stamped)
        unstamped = "NEW.version = OLD.version AND NEW.change_set = OLD.change_set"
        event = f"AFTER UPDATE ON {found.name} WHEN {unstamped} AND ({_differ(found.columns)})"
        raised = f"CASE change_set WHEN {LATEST} THEN 0 ELSE 1 END"
        stamped = (
            f"UPDATE {found.name} SET version = version + {raised}, "
            f"change_set = {LATEST} WHERE rowid = NEW.rowid"
        )
        yield "update", event, self._body(found.name, "updated", stamped)
        yield "delete", f"AFTER DELETE ON {found.name}", self._body(found.name, "deleted")

    def _of_links(self, link: LinkTable) -> Iterator[tuple[str, str, str]]:
        for name, rows in (("insert", ["NEW"]), ("update", ["OLD", "NEW"]), ("delete", ["OLD"])):
            owners = ", ".join(f"{row}.{link.owner}" for row in rows)
            found = f"{link.owners.key} IN ({owners}) AND change_set IS NOT {OPEN}"
            event = (
                f"AFTER {name} ON {link.name} "
                f"WHEN EXISTS (SELECT 1 FROM {link.owners.name} WHERE {found})"
            )
            if name == "update":
                event += f" AND ({_differ(link.columns)})"
            raised = (
                f"UPDATE {link.owners.name} SET version = version + 1, change_set = {LATEST} "
                f"WHERE {link.owners.key} IN ({owners}) AND change_set <> {LATEST}"
            )
            yield name, event, self._body(link.owners.name, "updated", raised)

    def _body(self, table: str, count: str, *stamping: str) -> str:
        """Return the statements of a trigger, in a change set of their own if none is open."""
        opened = (
            "INSERT INTO change_sets (kind, position, committed_at) "
            f"SELECT 'SQL', (SELECT position + 1 FROM feed_head), {NOW} WHERE {OPEN} IS NULL"
        )
        counted = (
            f"INSERT INTO changed_tables (change_set, name, {count}) "
            f"VALUES ({LATEST}, '{table}', 1) "
            f"ON CONFLICT (change_set, name) DO UPDATE SET {count} = {count} + 1"
        )
        head = f"UPDATE feed_head SET position = position + 1 WHERE {CLOSED} > position"
        return f"BEGIN {'; '.join([opened, *stamping, counted, head])}; END"


def _differ(columns: Iterable[str]) -> str:
    return " OR ".join(f"NEW.{name} IS NOT OLD.{name}" for name in columns)
