"""Parser of telephone numbers to E.164, by the numbering plans of all countries.

Numbers without a country code are those of Kazakhstan. It shares +7 with Russia, so ten digits
that are no number of Kazakhstan may have lost any country's code and are rejected.
"""

import re

import phonenumbers
from phonenumbers import PhoneNumberFormat

from erikti.writing.problems import InvalidError
from erikti.writing.texts import SCIENTIFIC, TRAILING_ZERO, clean

HOME = "KZ"
TRUNK, COUNTRY = "8", "7"
ABROAD = re.compile(r"(?:810|00)([1-9][0-9]{8,})")  # dialled before a country code
FULL = 11  # digits of a number under +7 with its country code or trunk prefix
MANY = 20  # more digits than any number has
LABEL = re.compile(
    r"(?:telephone|phone|tel|mobile|mob|cell|whatsapp|viber|telegram"
    r"|телефон|тел|т|мобильный|моб|м|сотовый|сот|с|факс|ватсап|ұялы|үй)[.:\s]*(?=[+(\d])",
    re.IGNORECASE,
)
EXTENSION = re.compile(
    r"(?:(?:;\s*)?\b(?:ext(?:ension|n)?|x|доб(?:авочный)?|вн(?:утр(?:енний)?)?|ішкі)\b[.:=]*|#)"
    r"\s*(?P<digits>[0-9]+)\W*",
    re.IGNORECASE,
)
SEVERAL = re.compile(r"[,;|\n]|\b(?:и|или|және|немесе|and|or)\b", re.IGNORECASE)
SIGNED = re.compile(r"\+\s*[\d(].*")
NOISE = re.compile(r"[\s()./\u2010-\u2015\u2212-]+")
NUMBER = re.compile(r"\+?[0-9]+")
ENGLISH_ZERO = re.compile(r"(?<=[0-9\s])\(0\)")  # +44 (0)20: not dialled from abroad


def _usual() -> re.Pattern[str]:
    """Return the pattern of all numbers in the plan of Kazakhstan, which most numbers have."""
    plan = phonenumbers.PhoneMetadata.metadata_for_region(HOME)
    assert plan is not None
    kinds = (plan.mobile, plan.fixed_line, plan.personal_number, plan.toll_free, plan.voip)
    patterns = [kind.national_number_pattern for kind in kinds if kind is not None]
    return re.compile(rf"\+7(?:{'|'.join(filter(None, patterns))})", re.ASCII)


USUAL = _usual()


def phone(value: object) -> str | None:
    """Parse one telephone number without an extension, which its numbering plan assigns."""
    if value is None or (type(value) is str and USUAL.fullmatch(value)):
        return value
    content = LABEL.sub("", clean(value, SIGNED), count=1)
    if not content:
        return None
    if SCIENTIFIC.fullmatch(content):
        reason = "digits were lost in this scientific form: write the number in full"
        raise InvalidError("LOST_DIGITS", reason)
    return _assigned(_digits(TRAILING_ZERO.sub("", content)))


def _digits(content: str) -> str:
    """Return the digits of the only number of a cell, with a plus if it has one."""
    parts = re.split(r"/", content)
    if sum(len(re.sub(r"\D", "", part)) >= 6 for part in parts) > 1 or len(content) > 64:
        raise _several()
    if match := EXTENSION.search(content, 6):
        reason = f"an extension ({match['digits']}) cannot be stored: give the number without it"
        raise InvalidError("PHONE_EXTENSION", reason)
    if sum(any(map(str.isdigit, part)) for part in SEVERAL.split(content)) > 1:
        raise _several()
    number = NOISE.sub("", ENGLISH_ZERO.sub("", content) if content[0] == "+" else content)
    if len(number) > MANY and number.isdigit():
        raise _several()
    if not NUMBER.fullmatch(number):
        reason = "a telephone number has digits, spaces, brackets and hyphens only"
        raise InvalidError("INVALID_PHONE", reason)
    return number


def _several() -> InvalidError:
    return InvalidError("SEVERAL_VALUES", "one telephone number is expected, not several")


def _assigned(number: str) -> str:
    """Return a number in E.164; raises InvalidError if no numbering plan assigns it."""
    home = f"+{COUNTRY}{number}"
    if match := ABROAD.fullmatch(number):
        found = f"+{match[1]}"
    elif len(number) == FULL and number[0] in (TRUNK, COUNTRY):
        found = f"+{COUNTRY}{number[1:]}"
    elif number[0] == "+":
        found = number
    elif len(number) == FULL - 1 and _is_valid(home, HOME):
        return home
    else:
        raise _unclear(number, home)
    if _is_valid(found):
        return found
    if found.startswith("+8") and _is_valid(f"+{COUNTRY}{found[2:]}"):
        raise InvalidError("INVALID_PHONE", "+8 is no country code: write +7 or 8")
    raise InvalidError("INVALID_PHONE", "no numbering plan has this number: check its digits")


def _unclear(number: str, home: str) -> InvalidError:
    """Return the error of a number without a country code that is none of Kazakhstan."""
    if _is_valid(f"+{number}"):
        reason = f"if this number has its country code, write +{number}"
        return InvalidError("AMBIGUOUS_PHONE", reason)
    if _is_valid(home):
        reason = f"not a number of Kazakhstan: write it with its country code, such as {home}"
        return InvalidError("AMBIGUOUS_PHONE", reason)
    advice = "its area code is missing" if len(number) < FULL - 1 else "check its digits"
    return InvalidError("INVALID_PHONE", f"not a number of Kazakhstan: {advice}")


def _is_valid(number: str, region: str | None = None) -> bool:
    """Return whether a numbering plan assigns exactly these digits, in this region if given."""
    try:
        parsed = phonenumbers.parse(number)
    except phonenumbers.NumberParseException:
        return False
    if phonenumbers.format_number(parsed, PhoneNumberFormat.E164) != number:
        return False
    if region is not None:
        return phonenumbers.is_valid_number_for_region(parsed, region)
    return phonenumbers.is_valid_number(parsed)
