"""Validation of values from callers before they are sent to the database."""

from decimal import Context, Decimal, Inexact, InvalidOperation, Overflow, Underflow
from typing import Any
from unicodedata import normalize

from tortoise.fields import Field

from erikti.database.fields import FixedPoint

MAX_TEXT = 300
MAX_UNITS = 2**63 - 1
EXACT = Context(traps=[Inexact, InvalidOperation, Overflow, Underflow])


def bindable(field: Field[Any] | None, value: object) -> object:
    """Return the value; raises ValueError if a column like ``field`` cannot hold it."""
    if isinstance(value, str):
        return text(value)
    if isinstance(value, Decimal):
        places = field.places if isinstance(field, FixedPoint) else 0
        return decimal(value, places)
    return value


def text(value: str) -> str:
    """Return a text in NFC that both databases can compare; raises ValueError."""
    if len(value) > MAX_TEXT:
        raise ValueError(f"at most {MAX_TEXT} characters, not {len(value)}")
    if any(character < " " or "\ud800" <= character <= "\udfff" for character in value):
        raise ValueError("this text contains a control or surrogate character")
    # The writer stores NFC, so that a text is equal however it was typed.
    return normalize("NFC", value)


def decimal(value: Decimal, places: int) -> Decimal:
    """Return a number that a column with this many decimal places can hold; raises ValueError."""
    if not value.is_finite():
        raise ValueError("this is not a number")
    try:
        units = EXACT.scaleb(value, places)
    except ArithmeticError:
        raise ValueError("this number has too many digits") from None
    if abs(units) > MAX_UNITS:
        raise ValueError("this number is too large")
    if units != units.to_integral_value():
        raise ValueError(f"at most {places} decimal places")
    return value
