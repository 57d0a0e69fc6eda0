"""Parsers from cells, as text or typed values, to column values.

Every parser returns None for a blank value and raises InvalidError for an invalid one, also
for a value that a spreadsheet would run as a formula. Parsers of columns with distinct values
in every row return early for common input.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from enum import Enum
from typing import Any
from unicodedata import is_normalized, normalize

from babel import Locale

from erikti.database.fields import YEARS
from erikti.writing import identifiers, words
from erikti.writing.problems import InvalidError

Parser = Callable[[Any], Any]

CONTROL = r"\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff"
FORMULA_LEADS = ("=", "@", "\t", "\r")
NUMBER = re.compile(r"[+-]?[\d\s\u00a0\u202f().,/-]*\d[\d\s\u00a0\u202f().,]*(?:[eE][+-]?\d+)?")
SPACES = re.compile(r"[\s\u00a0\u202f]+")
DAY_FIRST = re.compile(r"(\d{1,2})\.(\d{1,2})\.(\d{4})")
DAY_FIRST_TIME = re.compile(r"^(\d{2})\.(\d{2})\.(\d{4})\s+")
YEAR_FIRST = re.compile(r"\d{4}-\d{2}-\d{2}")
MIDNIGHT = re.compile(r"[T ]00:00(:00(\.0+)?)?$")
EMAIL = re.compile(
    r"(?![=+-])[^\s@<>,;\"()\x00-\x1f\x7f-\x9f\ud800-\udfff]+@(?:[^\W_](?:[\w-]*[^\W_])?\.)+[^\W\d_]{2,}"
)
PHONE_NOISE = re.compile(r"[\s\u00a0().-]+")
PHONE = re.compile(r"\+[1-9]\d{6,14}")
CURRENCIES = frozenset(Locale("en").currencies)


def clean(value: Any) -> str:
    """Return a cell's text, trimmed and in NFC; rejects formulas and control characters."""
    if isinstance(value, bool | list | tuple | dict | set | bytes):
        raise InvalidError("INVALID_TEXT", "text is expected here")
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    text = str(value)
    stripped = text.strip()
    for candidate in (text, stripped):
        if candidate.startswith(FORMULA_LEADS) and stripped:
            raise InvalidError("FORMULA", "a value must not be a formula")
    if stripped.startswith(("+", "-")) and not NUMBER.fullmatch(stripped):
        raise InvalidError("FORMULA", "a value must not be a formula")
    if re.search(f"[{CONTROL}]", stripped):
        raise InvalidError(
            "CONTROL_CHARACTER", "control characters and line breaks are not allowed"
        )
    return normalize("NFC", stripped)


def text(max_length: int) -> Parser:
    """Return a parser of text with a maximum length in code points."""
    plain = re.compile(rf"[^\s=@+\-{CONTROL}][^{CONTROL}]{{0,{max_length - 1}}}(?<!\s)").fullmatch

    def parse(value: Any) -> str | None:
        if type(value) is str and plain(value) and is_normalized("NFC", value):
            return value
        if value is None or value == "":
            return None
        result = clean(value)
        if len(result) > max_length:
            raise InvalidError("TOO_LONG", f"at most {max_length} characters are allowed")
        return result or None

    return parse


def day(value: Any) -> date | None:
    """Parse a calendar date: ISO 8601 or DD.MM.YYYY."""
    if isinstance(value, datetime):
        if value.time() != datetime.min.time():
            raise InvalidError("INVALID_DATE", "a date without a time of day is expected")
        return _in_range(value.date())
    if isinstance(value, date):
        return _in_range(value)
    content = MIDNIGHT.sub("", clean(value))
    if not content:
        return None
    try:
        if match := DAY_FIRST.fullmatch(content):
            return _in_range(date(int(match[3]), int(match[2]), int(match[1])))
        if YEAR_FIRST.fullmatch(content):
            return _in_range(date.fromisoformat(content))
    except ValueError:
        raise InvalidError("INVALID_DATE", "this date does not exist") from None
    raise InvalidError("INVALID_DATE", "a date is written YYYY-MM-DD or DD.MM.YYYY")


def instant(value: Any) -> datetime | None:
    """Parse a point in time: ISO 8601, or DD.MM.YYYY HH:MM; UTC without an offset."""
    moment = value if isinstance(value, datetime) else _instant(clean(value))
    if moment is None:
        return None
    _in_range(moment)
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def integer(low: int, high: int) -> Parser:
    """Return a parser of integers between two bounds, both inclusive."""

    def parse(value: Any) -> int | None:
        number = _number(value, "INVALID_INTEGER", "a whole number is expected")
        if number is None:
            return None
        if number != number.to_integral_value():
            raise InvalidError("INVALID_INTEGER", "a whole number is expected")
        if not low <= number <= high:
            raise InvalidError("OUT_OF_RANGE", f"the number must be between {low} and {high}")
        return int(number)

    return parse


def decimal(places: int, low: Decimal = Decimal(0), high: Decimal = Decimal(10**15)) -> Parser:
    """Return a parser of decimal numbers, with point or comma, of limited size and places."""

    def parse(value: Any) -> Decimal | None:
        number = _number(value, "INVALID_NUMBER", "a number is expected")
        if number is None:
            return None
        # Before rounding, which fails for numbers with too many digits.
        if not low <= number <= high:
            raise InvalidError("OUT_OF_RANGE", f"the number must be between {low} and {high}")
        if number != round(number, places):
            raise InvalidError("INVALID_NUMBER", f"at most {places} decimal places are allowed")
        return number

    return parse


def boolean(value: Any) -> bool | None:
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
    raise InvalidError("INVALID_BOOLEAN", "yes or no is expected")


def choice(values: type[Enum]) -> Parser:
    """Return a parser of an enum's values by code or name in three languages."""
    known = words.names(values)
    codes = ", ".join(value.value for value in values)
    return one_of(known, "UNKNOWN_VALUE", f"one of these is expected: {codes}")


def one_of(known: Mapping[str, Any], code: str, reason: str) -> Parser:
    """Return a parser that maps folded text to a value."""

    def parse(value: Any) -> Any:
        content = clean(value)
        if not content:
            return None
        try:
            return known[words.folded(content)]
        except KeyError:
            raise InvalidError(code, reason) from None

    return parse


def email(value: Any) -> str | None:
    """Parse an e-mail address."""
    if value is None or (type(value) is str and len(value) <= 254 and EMAIL.fullmatch(value)):
        return value
    content = clean(value)
    if content and (len(content) > 254 or not EMAIL.fullmatch(content)):
        raise InvalidError("INVALID_EMAIL", "an e-mail address is expected")
    return content or None


def phone(value: Any) -> str | None:
    """Parse a telephone number to E.164; ten digits, or 8 and ten digits, get +7."""
    if value is None or (type(value) is str and PHONE.fullmatch(value)):
        return value
    digits = PHONE_NOISE.sub("", clean(value))
    if not digits:
        return None
    if not digits.startswith("+"):
        national = len(digits) == 11 and digits[0] == "8"
        digits = f"+7{digits[1:]}" if national else f"+{digits}"
        if len(digits) == 11 and digits[1] == "7":
            digits = f"+7{digits[1:]}"
    if not PHONE.fullmatch(digits):
        raise InvalidError("INVALID_PHONE", "a telephone number with its country code is expected")
    return digits


def currency(value: Any) -> str | None:
    """Parse a currency's ISO 4217 code."""
    content = clean(value).upper()
    if content and content not in CURRENCIES:
        raise InvalidError("UNKNOWN_CURRENCY", "a currency code of ISO 4217 is expected")
    return content or None


def iin(value: Any) -> str | None:
    """Parse an IIN; restores leading zeros that a spreadsheet dropped."""
    content = _digits(value)
    return identifiers.iin(content) if content else None


def bin_(value: Any) -> str | None:
    """Parse a BIN; restores leading zeros that a spreadsheet dropped."""
    content = _digits(value)
    return identifiers.bin_(content) if content else None


def many(parse: Parser) -> Parser:
    """Return a parser of several values, separated by semicolons or commas, or a list.

    The result is sorted and without duplicates.
    """

    def parse_all(value: Any) -> tuple[Any, ...]:
        items: Iterable[Any]
        if isinstance(value, list | tuple | set | frozenset):
            items = [item for item in value if item is not None]
        elif isinstance(value, int):
            items = [value]
        else:
            items = re.split(r"[;,]", clean(value))
        return tuple(sorted({item for item in map(parse, items) if item is not None}))

    return parse_all


def _digits(value: Any) -> str | None:
    if value is None or (type(value) is str and value.isdigit()):
        return value
    content = clean(value)
    return content.zfill(12) if isinstance(value, int | float) and content else content


def _number(value: Any, code: str, reason: str) -> Decimal | None:
    if isinstance(value, bool):
        raise InvalidError(code, reason)
    if isinstance(value, int | Decimal):
        number = Decimal(value)
    else:
        content = SPACES.sub("", clean(value)).replace(",", ".")
        if not content:
            return None
        try:
            number = Decimal(content)
        except InvalidOperation:
            raise InvalidError(code, reason) from None
    if not number.is_finite() or number.adjusted() > 30:
        raise InvalidError(code, reason)
    return number


def _in_range(value: date) -> date:
    if value.year not in YEARS:
        raise InvalidError("INVALID_DATE", "the year must be between 1800 and 2200")
    return value


def _instant(content: str) -> datetime | None:
    if not content:
        return None
    content = DAY_FIRST_TIME.sub(r"\3-\2-\1T", content)
    try:
        moment = datetime.fromisoformat(content)
    except ValueError:
        raise InvalidError(
            "INVALID_DATETIME", "a time is written YYYY-MM-DDTHH:MM:SS with an offset or Z"
        ) from None
    if len(content) <= 10:
        raise InvalidError("INVALID_DATETIME", "a time of day is expected beside the date")
    return moment
