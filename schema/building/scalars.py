"""Custom scalars with the standards that specify them."""

import re
from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from operator import methodcaller
from typing import NewType

import strawberry
from strawberry.types.scalar import ScalarDefinition

from erikti.errors import ScalarError
from erikti.instants import written

CountryCode = NewType("CountryCode", str)
RegionCode = NewType("RegionCode", str)
CurrencyCode = NewType("CurrencyCode", str)

# The page that specifies what no public specification does.
PAGE = "https://erikti.example/docs/scalars.md"
# Python also accepts what the specifications forbid: weeks, underscores, other digits than ASCII,
# instants without seconds; and it cuts fractions of a second.
DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
INSTANT = re.compile(
    r"\d{4}-\d{2}-\d{2}[Tt]\d{2}:\d{2}:\d{2}(\.\d{1,6})?([Zz]|[+-]\d{2}:\d{2})", re.ASCII
)
DECIMAL = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([Ee][+-]?\d+)?", re.ASCII)


def _date(value: object) -> date:
    if isinstance(value, str) and DAY.fullmatch(value):
        try:
            return date.fromisoformat(value)
        except ValueError:
            pass
    raise ScalarError(f"{value!r} is not a calendar date: write it as YYYY-MM-DD")


def _instant(value: object) -> datetime:
    if isinstance(value, str) and INSTANT.fullmatch(value):
        try:
            # ArithmeticError: the offset leads to a year before 1 or after 9999.
            return datetime.fromisoformat(value.upper()).astimezone(UTC)
        except (ArithmeticError, ValueError):
            pass
    raise ScalarError(
        f"{value!r} is not an instant: write it with its offset and at most six digits of a "
        "second, as in 2026-01-31T09:00:00Z"
    )


def _decimal(value: object) -> Decimal:
    if isinstance(value, str | int | float) and DECIMAL.fullmatch(str(value)):
        try:
            return Decimal(str(value))
        except ArithmeticError:
            pass
    raise ScalarError(f"{value!r} is not a decimal number: write it as a string such as 12.50")


def _code(pattern: str, expected: str) -> Callable[[object], str]:
    form = re.compile(pattern)

    def parse(value: object) -> str:
        if not isinstance(value, str) or not form.fullmatch(value):
            raise ScalarError(f"{value!r} is not a code: {expected} is expected")
        return value

    return parse


SCALARS: dict[object, ScalarDefinition] = {
    date: strawberry.scalar(
        name="Date",
        description="A day of the Gregorian calendar in the country's time zone, written "
        "YYYY-MM-DD (ISO 8601), such as 2026-01-31.",
        specified_by_url="https://scalars.graphql.org/andimarek/local-date.html",
        serialize=date.isoformat,
        parse_value=_date,
    ),
    datetime: strawberry.scalar(
        name="DateTime",
        description="An instant in UTC, such as 2026-01-31T09:00:00Z (RFC 3339).",
        specified_by_url="https://scalars.graphql.org/chillicream/date-time.html",
        serialize=written,
        parse_value=_instant,
    ),
    Decimal: strawberry.scalar(
        name="Decimal",
        description='A decimal number, written as a string to keep its precision, such as "12.5".',
        specified_by_url=PAGE,
        serialize=methodcaller("__format__", "f"),
        parse_value=_decimal,
    ),
    CountryCode: strawberry.scalar(
        name="CountryCode",
        description="A country by its ISO 3166-1 alpha-2 code, such as KZ.",
        specified_by_url="https://www.iso.org/iso-3166-country-codes.html",
        parse_value=_code(r"[A-Z]{2}", "two capital letters such as KZ"),
    ),
    RegionCode: strawberry.scalar(
        name="RegionCode",
        description="A first-level region of Kazakhstan by its ISO 3166-2 code, such as KZ-75.",
        specified_by_url="https://www.iso.org/obp/ui/#iso:code:3166:KZ",
        parse_value=_code(r"KZ-[0-9]{2}", "KZ and two digits such as KZ-75"),
    ),
    CurrencyCode: strawberry.scalar(
        name="CurrencyCode",
        description="A currency by its ISO 4217 code, such as KZT.",
        specified_by_url="https://www.iso.org/iso-4217-currency-codes.html",
        parse_value=_code(r"[A-Z]{3}", "three capital letters such as KZT"),
    ),
}
