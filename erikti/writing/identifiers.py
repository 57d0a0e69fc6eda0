"""Individual and business identification numbers of Kazakhstan (IIN, BIN).

Rules: government resolutions No 565 of 2003 and No 406 of 2007.
"""

from datetime import date
from functools import lru_cache

from erikti.writing.problems import InvalidError
from erikti.writing.texts import WHOLE
from models.people import Sex

CENTURIES = {"1": 1800, "2": 1800, "3": 1900, "4": 1900, "5": 2000, "6": 2000}
UNKNOWN_CENTURY = "0"
LENGTH = 12


def lost_zeros(cell: object) -> bool:
    """Return whether a cell is a number, or was one, whose zeros at the start are lost."""
    return isinstance(cell, int | float) or (isinstance(cell, str) and bool(WHOLE.fullmatch(cell)))


def check_digit(digits: str) -> int | None:
    """Return the check digit of the first eleven digits, or None if no such number exists."""
    a, b, c, d, e, f, g, h, i, j, k = map(int, digits)
    first = a + 2 * b + 3 * c + 4 * d + 5 * e + 6 * f + 7 * g + 8 * h + 9 * i + 10 * j + 11 * k
    if first % 11 < 10:
        return first % 11
    second = 3 * a + 4 * b + 5 * c + 6 * d + 7 * e + 8 * f + 9 * g + 10 * h + 11 * i + j + 2 * k
    return second % 11 if second % 11 < 10 else None


def iin(value: str) -> str:
    """Validate an individual identification number; raises InvalidError."""
    _check("IIN", value)
    born(value[:7])
    return value


def bin_(value: str) -> str:
    """Validate a business identification number; raises InvalidError."""
    _check("BIN", value)
    if not 1 <= int(value[2:4]) <= 12:
        raise InvalidError("BIN_DATE", "digits 3 and 4 of a BIN are a month, 01 to 12")
    if value[4] not in "456":
        raise InvalidError("BIN_KIND", "digit 5 of a BIN is 4, 5 or 6")
    if value[5] not in "0123":
        raise InvalidError("BIN_KIND", "digit 6 of a BIN is 0, 1, 2 or 3")
    return value


@lru_cache(maxsize=65536)
def born(head: str) -> tuple[date | None, Sex | None]:
    """Return birth date and sex from the first seven digits of an IIN; raises InvalidError.

    Both are None if digit 7 is 0, which leaves the century unknown.
    """
    century = CENTURIES.get(head[6])
    if century is None and head[6] != UNKNOWN_CENTURY:
        raise InvalidError("IIN_CENTURY", "digit 7 of an IIN is 0 to 6")
    try:
        # If the century is unknown, 2000 stands for it: a leap year accepts every possible day.
        birth_date = date((century or 2000) + int(head[:2]), int(head[2:4]), int(head[4:6]))
    except ValueError:
        raise InvalidError("IIN_DATE", "the first six digits of an IIN are a birth date") from None
    if century is None:
        return None, None
    return birth_date, Sex.MALE if int(head[6]) % 2 else Sex.FEMALE


def _check(name: str, value: str) -> None:
    if len(value) != LENGTH or not (value.isascii() and value.isdigit()):
        raise InvalidError(
            f"{name}_FORMAT", f"{name} is a number of 12 digits: zeros at its start count"
        )
    if check_digit(value[:11]) != int(value[11]):
        raise InvalidError(f"{name}_CHECK_DIGIT", f"the check digit of this {name} is wrong")
