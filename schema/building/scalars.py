"""Custom scalars with the standards that specify them."""

import re
from datetime import UTC, date, datetime
from decimal import Decimal
from operator import methodcaller
from typing import Any, NewType

import strawberry
from strawberry.types.scalar import ScalarDefinition

from erikti.errors import ScalarError

CountryCode = NewType("CountryCode", str)
RegionCode = NewType("RegionCode", str)
CurrencyCode = NewType("CurrencyCode", str)

# Python also accepts what the standards forbid: underscores, weeks, instants without seconds.
INSTANT = re.compile(
    r"\d{4}-\d{2}-\d{2}[Tt]\d{2}:\d{2}:\d{2}(\.\d+)?([Zz]|[+-]\d{2}:\d{2})", re.ASCII
)
DECIMAL = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([Ee][+-]?\d+)?", re.ASCII)


def _date(value: Any) -> date:
    # Week dates such as 2026-W01-1 have the same length.
    if isinstance(value, str) and len(value) == 10 and "W" not in value:
        try:
            return date.fromisoformat(value)
        except ValueError:
            pass
    raise ScalarError(f"{value!r} is not a calendar date: write it as YYYY-MM-DD")


def _instant(value: Any) -> datetime:
    if isinstance(value, str) and INSTANT.fullmatch(value):
        try:
            # ArithmeticError: the offset leads to a year before 1 or after 9999.
            return datetime.fromisoformat(value.upper()).astimezone(UTC)
        except (ArithmeticError, ValueError):
            pass
    raise ScalarError(
        f"{value!r} is not an instant: write it with a time zone, as in 2026-01-31T09:00:00Z"
    )


def _decimal(value: Any) -> Decimal:
    if isinstance(value, str | int | float) and DECIMAL.fullmatch(str(value)):
        try:
            return Decimal(str(value))
        except ArithmeticError:
            pass
    raise ScalarError(f"{value!r} is not a decimal number")


def _code(length: int, example: str) -> Any:
    def parse(value: Any) -> str:
        if not isinstance(value, str) or len(value) != length or not value.isascii():
            raise ScalarError(f"{value!r} is not a code such as {example}")
        return value.upper()

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
        specified_by_url="https://scalars.graphql.org/andimarek/date-time.html",
        serialize=lambda value: value.astimezone(UTC).isoformat().replace("+00:00", "Z"),
        parse_value=_instant,
    ),
    Decimal: strawberry.scalar(
        name="Decimal",
        description='A decimal number, written as a string to keep its precision, such as "12.5".',
        specified_by_url="https://speleotrove.com/decimal/daconvs.html",
        serialize=methodcaller("__format__", "f"),
        parse_value=_decimal,
    ),
    CountryCode: strawberry.scalar(
        name="CountryCode",
        description="A country by its ISO 3166-1 alpha-2 code, such as KZ.",
        specified_by_url="https://www.iso.org/iso-3166-country-codes.html",
        parse_value=_code(2, "KZ"),
    ),
    RegionCode: strawberry.scalar(
        name="RegionCode",
        description="A first-level region of Kazakhstan by its ISO 3166-2 code, such as KZ-75.",
        specified_by_url="https://www.iso.org/obp/ui/#iso:code:3166:KZ",
        parse_value=_code(5, "KZ-75"),
    ),
    CurrencyCode: strawberry.scalar(
        name="CurrencyCode",
        description="A currency by its ISO 4217 code, such as KZT.",
        specified_by_url="https://www.iso.org/iso-4217-currency-codes.html",
        parse_value=_code(3, "KZT"),
    ),
}
