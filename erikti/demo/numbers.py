"""Identification numbers that pass every check and belong to nobody, as far as the rules allow.

An IIN names a birth date and sex, and a BIN a month, so that no range of either is set
aside for examples. What is left is the serial number. At most some 600 children of one sex
are born in Kazakhstan in a day, and some 10,000 bodies are registered in a month, so the
serials at the very end (9000 to 9999, and 99000 to 99999) are out of reach of honest
counting. No rule forbids the registrar to begin there: the numbers are possible in form.
The serials last to about scale 30; above it, more and more people are without an IIN.
Telephone numbers take the code 000, which no numbering plan under +7 gives out;
addresses for e-mail the domain example.org, reserved by RFC 2606.
"""

from collections.abc import Iterator
from datetime import date

from erikti.writing.identifiers import check_digit
from models.people import Sex

IIN_SERIALS = range(9000, 10000)
BIN_SERIALS = range(99000, 100000)


def iin(born: date, sex: Sex, serial: int) -> str | None:
    """The IIN with this serial, None where the check digit says that there is none."""
    century = (3 if born.year < 2000 else 5) + (sex is Sex.FEMALE)
    digits = f"{born.year % 100:02d}{born.month:02d}{born.day:02d}{century}{serial}"
    digit = check_digit(digits)
    return None if digit is None else f"{digits}{digit}"


def bins(month: date) -> Iterator[str]:
    """The BINs of resident legal entities that are left in a month."""
    for serial in BIN_SERIALS:
        digits = f"{month.year % 100:02d}{month.month:02d}40{serial}"
        digit = check_digit(digits)
        if digit is not None:
            yield f"{digits}{digit}"


def phone(number: int) -> str:
    """A telephone number that cannot be called, by a number below ten million."""
    return f"+7000{number:07d}"
