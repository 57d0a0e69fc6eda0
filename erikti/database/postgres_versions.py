"""Versions and change sets on PostgreSQL: the default of a column, and triggers."""

from collections.abc import Iterator, Mapping, Sequence

from tortoise.backends.base.client import BaseDBAsyncClient as Client

from erikti.database.versioning import LinkTable, Part, Parts, RecordTable, index, inserted

SETTING = "erikti.change_set"  # of the transaction: the number of its change set


class PostgresVersions:
    """Many writers: the change set is a setting of the transaction.

    A deferred trigger gives it its position when the transaction commits.
    """

    def parts(self, records: Sequence[RecordTable], links: Sequence[LinkTable]) -> Parts:
        made = {name: Part("FUNCTION", "", sql) for name, sql in _functions()}
        made["change_sets_close"] = Part(
            "TRIGGER",
            "change_sets",
            "CREATE CONSTRAINT TRIGGER change_sets_close AFTER INSERT ON change_sets "
            "DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.position IS NULL) "
            "EXECUTE FUNCTION close_change_set()",
        )
        for found in records:
            made[f"set_{found.name}"] = index(found)
            made |= {
                name: Part("TRIGGER", found.name, f"CREATE TRIGGER {name} {sql}")
                for name, sql in self._of_records(found)
            }
            update = f"{found.name}_version_update"
            default = f"ALTER COLUMN change_set SET DEFAULT changed_in('{found.name}')"
            made[update] = made[update]._replace(more=(f"ALTER TABLE {found.name} {default}",))
        for link in links:
            name = f"{link.name}_version"
            made[name] = Part("FUNCTION", "", _function(name, "trigger", self._owners(link)))
            made |= {
                name: Part("TRIGGER", link.name, f"CREATE TRIGGER {name} {sql}")
                for name, sql in self._of_links(link)
            }
        return made

    async def present(self, client: Client) -> dict[str, str]:
        _, rows = await client.execute_query(
            "SELECT tgname::text, obj_description(oid, 'pg_trigger') FROM pg_trigger "
            "WHERE tgrelid IN (SELECT oid FROM pg_class WHERE pg_table_is_visible(oid)) "
            "UNION ALL SELECT proname::text, obj_description(oid, 'pg_proc') FROM pg_proc "
            "WHERE pg_function_is_visible(oid) "
            "UNION ALL SELECT relname::text, obj_description(oid, 'pg_class') FROM pg_class "
            "WHERE relkind = 'i' AND pg_table_is_visible(oid)"
        )
        return {row[0]: row[1] for row in rows if row[1] is not None}

    def create(self, name: str, part: Part) -> list[str]:
        # PostgreSQL writes the text of a part anew, so that its comment keeps it as it was.
        kept = "'" + part.sql.replace("'", "''") + "'"
        return [part.sql, *part.more, f"COMMENT ON {_named(name, part)} IS {kept}"]

    def drop(self, name: str, part: Part) -> list[str]:
        return [] if part.kind == "FUNCTION" else [f"DROP {_named(name, part)}"]

    async def open(self, client: Client, values: Mapping[str, object]) -> int:
        made = inserted(values, (f"${n}" for n in range(1, len(values) + 1)))
        _, rows = await client.execute_query(
            f"WITH made AS ({made}) SELECT id, set_config('{SETTING}', id::text, true) FROM made",
            list(values.values()),
        )
        return int(rows[0][0])

    async def close(self, client: Client, number: int) -> None:
        """Do nothing: the trigger closes it."""

    def _of_records(self, found: RecordTable) -> Iterator[tuple[str, str]]:
        """Yield the name of each trigger of a table of records, and its definition.

        The default of the column stamps new rows: a trigger that runs before each row would take
        COPY its way to insert many rows at once.
        """
        name = found.name
        old, new = (f"({', '.join(f'{row}.{c}' for c in found.columns)})" for row in ("OLD", "NEW"))
        unstamped = "NEW.version = OLD.version AND NEW.change_set = OLD.change_set"
        yield (
            f"{name}_version_update",
            f"BEFORE UPDATE ON {name} FOR EACH ROW "
            f"WHEN ({unstamped} AND {new} IS DISTINCT FROM {old}) "
            "EXECUTE FUNCTION raise_version()",
        )
        yield (
            f"{name}_version_delete",
            f"AFTER DELETE ON {name} REFERENCING OLD TABLE AS old_rows "
            "FOR EACH STATEMENT EXECUTE FUNCTION count_deleted()",
        )
        yield (
            f"{name}_version_truncate",
            f"BEFORE TRUNCATE ON {name} FOR EACH STATEMENT EXECUTE FUNCTION count_truncated()",
        )

    def _of_links(self, link: LinkTable) -> Iterator[tuple[str, str]]:
        """Yield the triggers of a table of links.

        They ignore what other triggers delete, unless it may be by other records than the owners:
        the owners of such links are being deleted themselves.
        """
        when = "" if link.shared else "WHEN (pg_trigger_depth() = 0) "
        run = f"FOR EACH STATEMENT {when}EXECUTE FUNCTION {link.name}_version()"
        old, new = "OLD TABLE AS old_rows", "NEW TABLE AS new_rows"
        for event, rows in (("INSERT", new), ("UPDATE", f"{old} {new}"), ("DELETE", old)):
            yield (
                f"{link.name}_version_{event.lower()}",
                f"AFTER {event} ON {link.name} REFERENCING {rows} {run}",
            )
        yield f"{link.name}_version_truncate", f"BEFORE TRUNCATE ON {link.name} {run}"

    def _owners(self, link: LinkTable) -> str:
        """Return the body of the function that raises the versions of the owners of links."""
        columns = ", ".join(link.columns)
        old, new = (f"SELECT {columns} FROM {rows}" for rows in ("old_rows", "new_rows"))
        changed = {
            "INSERT": new,
            "DELETE": old,
            "UPDATE": f"(({old} EXCEPT {new}) UNION ALL ({new} EXCEPT {old}))",
            "TRUNCATE": f"SELECT {columns} FROM {link.name}",
        }
        cases = " ".join(
            f"WHEN '{event}' THEN owners := ARRAY("
            f"SELECT DISTINCT c.{link.owner} FROM ({rows}) c ORDER BY 1);"
            for event, rows in changed.items()
        )
        table, key = link.owners.name, link.owners.key
        return (
            f"DECLARE owners uuid[]; number bigint; BEGIN CASE TG_OP {cases} END CASE; "
            "IF cardinality(owners) = 0 THEN RETURN NULL; END IF; "
            f"number := changed_in('{table}'); "
            f"PERFORM FROM {table} t WHERE t.{key} = ANY (owners) AND t.change_set <> number "
            f"ORDER BY t.{key} FOR NO KEY UPDATE; "
            f"UPDATE {table} t SET version = t.version + 1, change_set = number "
            f"WHERE t.{key} = ANY (owners) AND t.change_set <> number; RETURN NULL; END"
        )


def _named(name: str, part: Part) -> str:
    return f"{part.kind} {name}" + (f" ON {part.table}" if part.kind == "TRIGGER" else "")


def _function(name: str, returns: str, body: str, parameters: str = "") -> str:
    # The plan of the first call is reused when tables have grown: only indexes suit both.
    return (
        f"CREATE OR REPLACE FUNCTION {name}({parameters}) RETURNS {returns} LANGUAGE plpgsql "
        f"SET search_path FROM CURRENT SET enable_seqscan = off AS $body${body}$body$"
    )


def _functions() -> Iterator[tuple[str, str]]:
    """Yield the functions of all tables by name."""
    counted = "FROM changed_tables c WHERE c.change_set = number AND c.name"
    yield (
        "changed_in",
        _function(
            "changed_in",
            "bigint",
            f"DECLARE number bigint := nullif(current_setting('{SETTING}', true), '')::bigint; "
            "BEGIN IF number IS NULL THEN "
            "INSERT INTO change_sets (kind, client) VALUES ('SQL', session_user) "
            "RETURNING id INTO number; "
            f"PERFORM set_config('{SETTING}', number::text, true); END IF; "
            f"IF NOT EXISTS (SELECT {counted} = changed) THEN "
            "INSERT INTO changed_tables (change_set, name) VALUES (number, changed) "
            "ON CONFLICT DO NOTHING; END IF; RETURN number; END",
            "changed text",
        ),
    )
    yield (
        "raise_version",
        _function(
            "raise_version",
            "trigger",
            "BEGIN NEW.change_set := changed_in(TG_TABLE_NAME); "
            "NEW.version := OLD.version + (OLD.change_set <> NEW.change_set)::int; RETURN NEW; END",
        ),
    )
    for name, rows in (("count_deleted", "'old_rows'"), ("count_truncated", "TG_TABLE_NAME")):
        body = (
            "DECLARE gone bigint; number bigint; "
            f"BEGIN EXECUTE format('SELECT count(*) FROM %I', {rows}) INTO gone; "
            "IF gone = 0 THEN RETURN NULL; END IF; number := changed_in(TG_TABLE_NAME); "
            "UPDATE changed_tables c SET deleted = c.deleted + gone "
            "WHERE c.change_set = number AND c.name = TG_TABLE_NAME; RETURN NULL; END"
        )
        yield name, _function(name, "trigger", body)
    yield "close_change_set", _function("close_change_set", "trigger", CLOSE)


CLOSE = """
DECLARE changed text; fresh bigint; raised bigint; next bigint;
BEGIN
    FOR changed IN SELECT c.name FROM changed_tables c WHERE c.change_set = NEW.id LOOP
        EXECUTE format(
            'SELECT count(*) FILTER (WHERE version = 1), count(*) FILTER (WHERE version > 1)'
            ' FROM %I WHERE change_set = $1', changed
        ) INTO fresh, raised USING NEW.id;
        UPDATE changed_tables c SET added = fresh, updated = raised
        WHERE c.change_set = NEW.id AND c.name = changed;
    END LOOP;
    DELETE FROM changed_tables c
    WHERE c.change_set = NEW.id AND c.added + c.updated + c.deleted = 0;
    IF NOT EXISTS (SELECT FROM changed_tables c WHERE c.change_set = NEW.id) THEN
        DELETE FROM change_sets s WHERE s.id = NEW.id;
        RETURN NULL;
    END IF;
    UPDATE feed_head SET position = position + 1 RETURNING position INTO next;
    UPDATE change_sets SET position = next, committed_at = clock_timestamp() WHERE id = NEW.id;
    RETURN NULL;
END
"""
