"""Valid identification numbers that are very unlikely to be in use.

An IIN contains a birth date and sex, and a BIN a month, so no range of either is reserved for
examples. Only the serial number is free. At most some 600 children of one sex are born in
Kazakhstan per day, and some 10,000 entities are registered per month, so the last serials (8000
to 9999, and 99000 to 99999) are not reached by sequential numbering. No rule forbids them,
however: the numbers are formally possible. The serials suffice up to about scale 30; above it,
more and more people have no IIN. Telephone numbers use the code 808, which the numbering plan of
Kazakhstan has for personal numbers, not for landline or mobile telephones; e-mail addresses use
the domain example.org, reserved by RFC 2606.
"""

from collections.abc import Iterator
from datetime import date

from erikti.writing.identifiers import check_digit
from models.people import Sex

IIN_SERIALS = range(9000, 10000)
LATER_IIN_SERIALS = range(8000, 9000)  # of those who registered after the publication
BIN_SERIALS = range(99000, 100000)


def iin(born: date, sex: Sex, serial: int) -> str | None:
    """Return the IIN with this serial, or None if it has no valid check digit."""
    century = (3 if born.year < 2000 else 5) + (sex is Sex.FEMALE)
    digits = f"{born.year % 100:02d}{born.month:02d}{born.day:02d}{century}{serial}"
    digit = check_digit(digits)
    return None if digit is None else f"{digits}{digit}"


def bins(month: date) -> Iterator[str]:
    """Yield the unused BINs of resident legal entities of a month."""
    for serial in BIN_SERIALS:
        digits = f"{month.year % 100:02d}{month.month:02d}40{serial}"
        digit = check_digit(digits)
        if digit is not None:
            yield f"{digits}{digit}"


def phone(number: int) -> str:
    """Return a formally valid telephone number for a number below ten million."""
    return f"+7808{number:07d}"
