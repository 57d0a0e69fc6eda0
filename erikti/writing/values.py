"""Parsers from cells, as text or typed values, to column values.

Every parser returns None for a blank value and raises InvalidError for an invalid one, also
for a value that a spreadsheet would run as a formula. Parsers of columns with distinct values
in every row return early for common input.
"""

import re
from collections.abc import Mapping, Sequence
from enum import Enum
from typing import TypeVar

from erikti.writing import identifiers, words
from erikti.writing.numbers import CURRENCIES
from erikti.writing.problems import DoubtfulError, InvalidError
from erikti.writing.texts import (
    LOST_DIGITS,
    SCIENTIFIC,
    TRAILING_ZERO,
    WHOLE,
    Parser,
    T,
    clean,
)

Item = TypeVar("Item", int, str)

SPACES = re.compile(r"\s+")


def boolean(value: object) -> bool | None:
    """Parse yes or no, in words of three languages or as 1 and 0."""
    if isinstance(value, bool):
        return value
    content = clean(value).casefold()
    if not content:
        return None
    if content in words.YES:
        return True
    if content in words.NO:
        return False
    raise InvalidError("INVALID_BOOLEAN", "yes or no is expected", "1, 0")


def choice(values: type[Enum]) -> Parser[str]:
    """Return a parser of an enum's values by code or name in three languages."""
    known = words.names(values)
    codes = ", ".join(value.value for value in values)
    return one_of(known, "UNKNOWN_VALUE", f"one of these is expected: {codes}", codes)


def one_of(known: Mapping[str, T], code: str, reason: str, valid: str) -> Parser[T]:
    """Return a parser that maps folded text to a value."""

    def parse(value: object) -> T | None:
        content = clean(value)
        if not content:
            return None
        try:
            return known[words.folded(content)]
        except KeyError:
            raise InvalidError(code, reason, valid) from None

    return parse


def currency(value: object) -> str | None:
    """Parse a currency's ISO 4217 code."""
    content = clean(value).upper()
    if content and content not in CURRENCIES:
        raise InvalidError("UNKNOWN_CURRENCY", "a currency code of ISO 4217 is expected")
    return content or None


def iin(value: object) -> str | None:
    """Parse an IIN; restores leading zeros that a spreadsheet dropped."""
    content = _digits(value)
    return identifiers.iin(content) if content else None


def bin_(value: object) -> str | None:
    """Parse a BIN; restores leading zeros that a spreadsheet dropped."""
    content = _digits(value)
    return identifiers.bin_(content) if content else None


def many(parse: Parser[Item]) -> Parser[tuple[Item, ...]]:
    """Return a parser of several values, separated by semicolons or commas, or a list.

    The result is sorted and without duplicates.
    """

    def parse_all(value: object) -> tuple[Item, ...]:
        items: Sequence[object]
        if isinstance(value, list | tuple):
            items = [item for item in value if item is not None]
        elif isinstance(value, int):
            items = [value]
        else:
            items = re.split(r"[;,]", clean(value))
        read: set[Item] = set()
        index: int
        for index, item in enumerate(items):
            try:
                found = parse(item)
            except DoubtfulError as doubt:
                meant = [*items[:index], doubt.cell, *items[index + 1 :]]
                raise DoubtfulError(doubt.code, doubt.reason, meant) from None
            if found is not None:
                read.add(found)
        return tuple(sorted(read))

    return parse_all


def _digits(value: object) -> str | None:
    """Return the digits of a number of 12 digits, with the zeros that a number cell loses."""
    if value is None or (type(value) is str and value.isdigit()):
        return value
    content = SPACES.sub("", clean(value))
    if SCIENTIFIC.fullmatch(content):
        raise InvalidError("LOST_DIGITS", LOST_DIGITS)
    if WHOLE.fullmatch(content):
        whole = TRAILING_ZERO.sub("", content).zfill(identifiers.LENGTH)
        raise DoubtfulError("TRAILING_ZERO", f"a program added .0: read as {whole}", whole)
    return (
        content.zfill(identifiers.LENGTH) if isinstance(value, int | float) and content else content
    )
