"""SQL that writes JSON, as the scalars of the schema do; each database has its own spelling.

Every method returns an expression of JSON text unless its docstring states otherwise. A NULL
gives NULL. SQLite stores values of any type in any column: what its column does not declare gives
``NOT_ORDINARY``.
"""

import sqlite3
from functools import lru_cache
from typing import Protocol

from tortoise.fields import BooleanField, DateField, DatetimeField, Field, IntField
from tortoise.fields.data import CharEnumFieldInstance

from erikti.database.fields import FixedPoint, Uuid

# PostgreSQL breaks base64 into lines of 76 characters, which 57 bytes make.
LINE = 57
UUID_TEXT = 36
# A control character, which JSON never contains, for a value that the executor has to look at.
NOT_ORDINARY = "\x01"
# A database without tables, to parse statements.
EMPTY = sqlite3.connect(":memory:", check_same_thread=False)
FRACTION = f".{'[0-9]' * 6}+00:00"  # of a second, in UTC


class JsonSql(Protocol):
    """The spelling of one database. ``e`` is an SQL expression of a value as it is stored."""

    lateral: bool  # whether a query in FROM may refer to what precedes it
    utf8: bool  # whether the database ensures that texts are in UTF-8

    def is_parsed(self, sql: str) -> bool:
        """Whether a statement does not nest more than the parser can follow."""

    def global_id(self, type_name: str, key: str, field: Field[object]) -> str:
        """The global ID of the record with a key."""

    def text(self, e: str) -> str:
        """A text, quoted."""

    def decimal(self, e: str, places: int) -> str:
        """A number of smallest units as a decimal number, without quotes."""

    def instant(self, e: str) -> str:
        """An instant in UTC with microseconds, without quotes."""

    def moment(self, e: str) -> str:
        """An instant as Python's ``str`` writes it, without quotes."""

    def boolean(self, e: str) -> str:
        """True or false."""

    def uuid(self, e: str) -> str:
        """The 32 hexadecimal digits of a UUID, without quotes."""

    def date(self, e: str) -> str:
        """A date, without quotes."""

    def integer(self, e: str) -> str:
        """A number of a column for numbers of 32 bits, or a sum of them."""

    def code(self, e: str) -> str:
        """A count, or a key that is a number."""

    def joined(self, e: str, within: str = "", order: str = "") -> str:
        """The values of all rows, or of those ``within``, separated by commas."""

    def first(self, e: str, within: str) -> str:
        """The value of the first row, or of the first one ``within``."""

    def last(self, e: str, within: str) -> str:
        """The value of the last row, or of the last one ``within``."""

    def encoded(self, e: str) -> str:
        """The bytes of a text in UTF-8."""


class PostgresJson:
    """PostgreSQL; sessions use the time zone UTC and dates of ISO 8601."""

    lateral = True
    utf8 = True

    def is_parsed(self, sql: str) -> bool:
        """Whether the parser follows, which PostgreSQL's does."""
        return True

    def global_id(self, type_name: str, key: str, field: Field[object]) -> str:
        found = f"encode(convert_to('{type_name}:'||{key}::text,'UTF8'),'base64')"
        short = len(type_name) + 1 + UUID_TEXT <= LINE
        return _quoted(found if short else f"translate({found},E'\\n','')")

    def text(self, e: str) -> str:
        return f"to_json({e})::text"

    def decimal(self, e: str, places: int) -> str:
        unit = f"0.{'0' * (places - 1)}1"
        return f"({e}*{unit})::text"

    def instant(self, e: str) -> str:
        return f"""to_char({e} AT TIME ZONE 'UTC','YYYY-MM-DD"T"HH24:MI:SS.US"Z"')"""

    def moment(self, e: str) -> str:
        utc = f"({e} AT TIME ZONE 'UTC')"
        fraction = (
            f"CASE WHEN extract(microseconds FROM {e})::bigint%1000000=0 THEN '' ELSE '.US' END"
        )
        return f"to_char({utc},'YYYY-MM-DD HH24:MI:SS'||{fraction})||'+00:00'"

    def boolean(self, e: str) -> str:
        return f"{e}::text"

    def uuid(self, e: str) -> str:
        return f"replace({e}::text,'-','')"

    def date(self, e: str) -> str:
        return f"{e}::text"

    def integer(self, e: str) -> str:
        return f"{e}::text"

    def code(self, e: str) -> str:
        return f"{e}::text"

    def joined(self, e: str, within: str = "", order: str = "") -> str:
        sorted_ = f" ORDER BY {order}" if order else ""
        return f"string_agg({e},','{sorted_}){_filter(within)}"

    def first(self, e: str, within: str) -> str:
        return f"(array_agg({e}){_filter(within)})[1]"

    def last(self, e: str, within: str) -> str:
        return f"(array_agg({e}){_filter(within)})[count(*){_filter(within)}]"

    def encoded(self, e: str) -> str:
        return f"textsend({e})"


class SqliteJson:
    """SQLite 3.38 or later, with the function ``global_id`` of this project."""

    lateral = False
    utf8 = False

    def is_parsed(self, sql: str) -> bool:
        """Whether the parser follows: it has a stack of fixed size, and no setting for it."""
        return _is_parsed(sql)

    def global_id(self, type_name: str, key: str, field: Field[object]) -> str:
        return _quoted(f"global_id('{type_name}',{key})")

    def text(self, e: str) -> str:
        # Bytes would be an error of the whole statement.
        return f"CASE typeof({e}) WHEN 'text' THEN json_quote({e}){_otherwise(e)}"

    def decimal(self, e: str, places: int) -> str:
        unit = 10**places
        sign = f"CASE WHEN {e}<0 THEN '-' ELSE '' END"
        shown = f"printf('%s%d.%0{places}d',{sign},abs({e})/{unit},abs({e})%{unit})"
        return f"CASE typeof({e}) WHEN 'integer' THEN {shown}{_otherwise(e)}"

    def instant(self, e: str) -> str:
        point = f"replace({e},' ','T')"
        whole, fraction = (f"replace({point},'+00:00','{end}')" for end in (".000000Z", "Z"))
        return f"CASE{_instant(e, whole, fraction)}{_otherwise(e)}"

    def moment(self, e: str) -> str:
        return f"CASE{_instant(e, e, e)}{_otherwise(e)}"

    def boolean(self, e: str) -> str:
        return f"CASE {e} WHEN 1 THEN 'true' WHEN 0 THEN 'false'{_otherwise(e)}"

    def uuid(self, e: str) -> str:
        return f"lower(hex({e}))"

    def date(self, e: str) -> str:
        return f"CASE WHEN {_exists('date', e)} THEN {e}{_otherwise(e)}"

    def integer(self, e: str) -> str:
        known = f"typeof({e})='integer' AND {e} BETWEEN {-(2**31)} AND {2**31 - 1}"
        return f"CASE WHEN {known} THEN CAST({e} AS text){_otherwise(e)}"

    def code(self, e: str) -> str:
        return f"CAST({e} AS text)"

    def joined(self, e: str, within: str = "", order: str = "") -> str:
        return f"group_concat({e},','){_filter(within)}"

    def first(self, e: str, within: str) -> str:
        return f"json_extract(json_group_array({e}){_filter(within)},'$[0]')"

    def last(self, e: str, within: str) -> str:
        return f"json_extract(json_group_array({e}){_filter(within)},'$[#-1]')"

    def encoded(self, e: str) -> str:
        return f"CAST({e} AS BLOB)"


def _instant(e: str, whole: str, fraction: str) -> str:
    """Return the branches of CASE for an instant as it is stored, without and with a fraction."""
    exists = _exists("datetime", f"substr({e},1,19)")
    return (
        f" WHEN {exists} AND substr({e},20)='+00:00' THEN {whole}"
        f" WHEN {exists} AND substr({e},20) GLOB '{FRACTION}' THEN {fraction}"
    )


def _exists(function: str, e: str) -> str:
    """Return the condition that a text is a date, or a time, which Python has too."""
    # Without a modifier the function returns days that do not exist unchanged.
    return f"{e}={function}({e},'+0 days') AND substr({e},1,4)>'0000'"


def _otherwise(e: str) -> str:
    """Return the end of CASE for a value that its column does not declare."""
    return f" ELSE iif({e} IS NULL,NULL,'{NOT_ORDINARY}') END"


def _filter(condition: str) -> str:
    return f" FILTER (WHERE {condition})" if condition else ""


def _quoted(e: str) -> str:
    return f"""'"'||{e}||'"'"""


def json_value(sql: JsonSql, field: Field[object], e: str) -> str:
    """Return the SQL that writes a column's value, as its scalar does."""
    match field:
        case FixedPoint():
            written = _quoted(sql.decimal(e, field.places))
        case CharEnumFieldInstance():  # a name, as the constraint of the column ensures
            written = _quoted(e)
        case BooleanField():
            written = sql.boolean(e)
        case DatetimeField():
            written = _quoted(sql.instant(e))
        case DateField():
            written = _quoted(sql.date(e))
        case IntField():
            written = sql.integer(e)
        case _:
            written = sql.text(e)
    return written


def key_text(sql: JsonSql, field: Field[object], e: str) -> str:
    """Return the SQL of a key: the digits of a UUID, a number, or a text as JSON."""
    if isinstance(field, Uuid):
        return sql.uuid(e)
    return sql.code(e) if isinstance(field, IntField) else sql.text(e)


def position_value(sql: JsonSql, field: Field[object], e: str) -> str:
    """Return the SQL that writes a column's value, as cursors hold it."""
    if isinstance(field, DatetimeField):
        return _quoted(sql.moment(e))
    if isinstance(field, Uuid):
        return _quoted(sql.uuid(e))
    return json_value(sql, field, e)


@lru_cache(maxsize=100)
def _is_parsed(sql: str) -> bool:
    try:
        EMPTY.execute(f"EXPLAIN {sql}")
    except sqlite3.OperationalError as error:
        return "parser stack overflow" not in str(error)  # otherwise a table is missing
    return True
