"""Parsers of numbers as people and programs write them.

A point or comma before exactly three digits may separate thousands or decimals, which cannot be
told from the cell, so such numbers are rejected.
"""

import re
from decimal import Context, Decimal

from babel import Locale

from erikti.writing.problems import InvalidError
from erikti.writing.texts import SCIENTIFIC, Parser, clean

DIGITS = re.compile(r"[0-9]{1,30}")
THOUSANDS = " '\u2019\u02bc"
MARKS = f"{THOUSANDS}.,"
NOT_DIGITS = re.compile(r"[^0-9]+")
SPACE = re.compile(r"[\s\u00a0]+")
PLAIN = re.compile(r"([+-]?[0-9]{1,30})(?:([.,])([0-9]{0,30}))?")
GROUPED = re.compile(
    rf"([+-]?[0-9]{{1,3}})((?P<mark>[{MARKS}])[0-9]{{3}}(?:(?P=mark)[0-9]{{3}}){{0,9}})"
    r"(?:(?!(?P=mark))([.,])([0-9]{0,30}))?"
)
AMBIGUOUS = (
    "a point or comma before exactly three digits may separate thousands or decimals: write {} "
    "or {}"
)
EXACT = Context(prec=15)  # the digits that Excel keeps of a number
CURRENCIES = frozenset(Locale("en").currencies)
# How amounts name a currency besides its code.
CURRENCY_WORDS = {
    "₸": "KZT", "тг": "KZT", "тнг": "KZT", "тенге": "KZT", "теңге": "KZT", "tenge": "KZT",
    "₽": "RUB", "руб": "RUB", "рубль": "RUB", "рубля": "RUB", "рублей": "RUB", "р": "RUB",
    "$": "USD", "us$": "USD", "долл": "USD", "доллар": "USD", "доллара": "USD",
    "долларов": "USD", "долл. сша": "USD", "доллар сша": "USD", "доллара сша": "USD",
    "долларов сша": "USD",
    "€": "EUR", "евро": "EUR", "еуро": "EUR", "£": "GBP",
    "сум": "UZS", "сўм": "UZS", "so'm": "UZS", "soʻm": "UZS", "сом": "KGS", "сомони": "TJS",
    "₼": "AZN", "манат": "AZN", "манатов": "AZN", "֏": "AMD", "драм": "AMD",
    "₺": "TRY", "лира": "TRY", "юань": "CNY", "юаней": "CNY", "¥": "CNY",
}  # fmt: skip
WITH_CURRENCY = re.compile(r"(?P<before>[^\d+-]*)(?P<number>[+-]?[0-9](?:.*[0-9])?)(?P<after>\D*)")


def integer(low: int, high: int) -> Parser[int]:
    """Return a parser of integers between two bounds, both inclusive."""

    def parse(value: object) -> int | None:
        number = _number(value, "INVALID_INTEGER", "a whole number is expected")
        if number is None:
            return None
        if number != number.to_integral_value():
            raise InvalidError("INVALID_INTEGER", "a whole number is expected")
        if not low <= number <= high:
            raise InvalidError("OUT_OF_RANGE", f"the number must be between {low} and {high}")
        return int(number)

    return parse


def decimal(
    places: int, low: Decimal = Decimal(0), high: Decimal = Decimal(10**15)
) -> Parser[Decimal]:
    """Return a parser of decimal numbers, with point or comma, of limited size and places."""

    def parse(value: object) -> Decimal | None:
        number = _number(value, "INVALID_NUMBER", "a number is expected")
        if number is None:
            return None
        # Before rounding, which fails for numbers with too many digits.
        if not low <= number <= high:
            raise InvalidError("OUT_OF_RANGE", f"the number must be between {low} and {high}")
        if number != (rounded := round(number, places)) and rounded != EXACT.plus(number):
            raise InvalidError("INVALID_NUMBER", f"at most {places} decimal places are allowed")
        return rounded

    return parse


def money(places: int, low: Decimal, high: Decimal) -> Parser[Decimal]:
    """Return a parser of amounts, which may name their currency before or after the number."""
    parse_number = decimal(places, low, high)

    def parse(value: object) -> Decimal | None:
        if type(value) is str and (split := _split(value)):
            value = split[0]
        return parse_number(value)

    return parse


def named_currency(value: object) -> str | None:
    """Return the code of the currency that an amount names, or None."""
    split = _split(value) if type(value) is str else None
    return split[1] if split else None


def _split(value: str) -> tuple[str, str] | None:
    """Return the number and the currency of an amount with a currency that is known."""
    match = WITH_CURRENCY.fullmatch(value.strip())
    if match is None:
        return None
    word = " ".join(f"{match['before']} {match['after']}".casefold().split()).rstrip(".")
    code = CURRENCY_WORDS.get(word, word.upper() if word.isascii() else "")
    return (match["number"], code) if code in CURRENCIES else None


def _number(value: object, code: str, reason: str) -> Decimal | None:
    if value is None or value == "":
        return None
    if isinstance(value, bool):
        raise InvalidError(code, reason)
    if isinstance(value, int | float | Decimal):
        number = Decimal(repr(value)) if isinstance(value, float) else Decimal(value)
        if not number.is_finite() or number.adjusted() > 30:
            raise InvalidError(code, reason)
        return number
    if type(value) is str and DIGITS.fullmatch(value):
        return Decimal(value)
    content = SPACE.sub(" ", clean(value))
    return _spelled(content, code, reason) if content else None


def _spelled(content: str, code: str, reason: str) -> Decimal:
    """Return a number with separators; raises InvalidError where they can mean two numbers."""
    if SCIENTIFIC.fullmatch(content):
        reason = "digits may have been lost in this scientific form: write the number in full"
        raise InvalidError("LOST_DIGITS", reason)
    if match := PLAIN.fullmatch(content):
        whole, decimals = match[1], match[3] or ""
    elif match := GROUPED.fullmatch(content):
        whole, decimals = match[1] + NOT_DIGITS.sub("", match[2]), match[5] or ""
    else:
        raise InvalidError(code, reason)
    if len(decimals) == 3:
        thousands, fraction = int(f"{whole}{decimals}"), decimals.rstrip("0") or "0"
        raise InvalidError("AMBIGUOUS_NUMBER", AMBIGUOUS.format(thousands, f"{whole}.{fraction}"))
    return Decimal(f"{whole}.{decimals}" if decimals else whole)
