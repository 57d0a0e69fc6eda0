"""JSON under construction: constant text and SQL expressions, in order."""

import re
from collections.abc import Iterable

from erikti.database.json_sql import NOT_ORDINARY

# Control characters, which JSON never contains: the signs around what Python counts and around
# the positions that it makes cursors of.
SIGN = "\x03"
CURSOR_SIGN = "\x04"
CONSTANT = re.compile("'(?:[^']|'')*'")
CONSTANTS = re.compile(rf"{CONSTANT.pattern}(?:\|\|{CONSTANT.pattern})*")


class NotWrittenError(Exception):
    """A field that only the executor resolves."""


class Sql(str):
    """An SQL expression of text; another ``str`` among pieces is constant JSON."""

    __slots__ = ()


Pieces = list[str]


def literal(text: str) -> str:
    """Return the SQL of a constant text."""
    return "'" + text.replace("'", "''") + "'"


def concatenated(pieces: Iterable[str]) -> str:
    """Return the SQL that concatenates the pieces."""
    terms: list[str] = []
    constant = ""
    for piece in pieces:
        if isinstance(piece, Sql):
            if constant:
                terms.append(literal(constant))
                constant = ""
            terms.append(piece)
        else:
            constant += piece
    if constant or not terms:
        terms.append(literal(constant))
    return f"({'||'.join(terms)})"


def with_joined_constants(sql: str) -> str:
    """Return SQL in which adjacent constant texts are one: ``x||'a'||'b'`` becomes ``x||'ab'``.

    Databases concatenate from the left, so they would do it again for each row.
    """
    return CONSTANTS.sub(_joined, sql)


def _joined(constants: re.Match[str]) -> str:
    return f"'{''.join(text[1:-1] for text in CONSTANT.findall(constants[0]))}'"


def or_null(e: str) -> Sql:
    """Return the SQL of JSON that is null if an expression is NULL."""
    return Sql(f"coalesce({e},'null')")


def or_not_ordinary(e: str) -> Sql:
    """Return the SQL of JSON that the executor has to do over if an expression is NULL."""
    return Sql(f"coalesce({e},{literal(NOT_ORDINARY)})")
