"""Parsers of dates and times as people, spreadsheets and 1C write them.

A time without an offset is one of the clocks of a time zone. The day comes before the month; two
digits of a year, and times that the clocks showed twice or never, are rejected.
"""

import re
from datetime import UTC, date, datetime, time, timedelta, timezone
from zoneinfo import ZoneInfo

from erikti.database.fields import YEARS
from erikti.writing.problems import InvalidError
from erikti.writing.texts import Parser, clean

DAY_FIRST = re.compile(r"([0-9]{1,2})\.([0-9]{1,2})\.([0-9]{4})(?:\s*(?:г|г\.|ж|ж\.))?")
YEAR_FIRST = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})")
MIDNIGHT = re.compile(r"(?:T|,?\s+)0?0:00(?::00(?:[.,]0+)?)?$")
WITH_SLASHES = re.compile(r"[0-9]{1,2}[/-][0-9]{1,2}[/-](?:[0-9]{2}|[0-9]{4})")
SHORT_YEAR = re.compile(r"[0-9]{1,2}[./-][0-9]{1,2}[./-][0-9]{2}")
SERIAL = re.compile(r"[0-9]{5}(?:[.,][0-9]+)?")
INSTANT = re.compile(
    r"(?P<day>\S+?)(?:T|,?\s+)(?P<hour>[0-9]{1,2}):(?P<minute>[0-9]{2})"
    r"(?::(?P<second>[0-9]{2})(?:[.,](?P<fraction>[0-9]{1,9}))?)?\s*(?P<offset>[Zz]|[+-]\S+)?"
)
# Read as an offset west of UTC, the end of a period would move its beginning by hours.
PERIOD = re.compile(r".*\s[0-9]{1,2}:[0-9]{2}\s*-\s*[0-9]{1,2}:[0-9]{2}")
OFFSET = re.compile(r"([+-])([01][0-9]|2[0-3])(?::?([0-5][0-9]))?")
UNKNOWN_OFFSET = "-00:00"  # RFC 3339: UTC, and the local time is unknown
FORMS = "a time is written YYYY-MM-DD HH:MM or DD.MM.YYYY HH:MM, with an offset or without"


def day(value: object) -> date | None:
    """Parse a calendar date: ISO 8601 or DD.MM.YYYY, also with midnight as spreadsheets add it."""
    if isinstance(value, datetime):
        if value.time() != time():
            raise InvalidError("INVALID_DATE", "a date without a time of day is expected")
        return _in_range(value.date())
    if isinstance(value, date):
        return _in_range(value)
    content = MIDNIGHT.sub("", clean(value))
    if not content:
        return None
    if (found := _day(content)) is not None:
        return found
    if WITH_SLASHES.fullmatch(content) or SHORT_YEAR.fullmatch(content):
        reason = "day, month and century cannot be told: write YYYY-MM-DD or DD.MM.YYYY"
        raise InvalidError("AMBIGUOUS_DATE", reason)
    if SERIAL.fullmatch(content):
        reason = "a number of days, as spreadsheets store dates: format the column as dates"
        raise InvalidError("INVALID_DATE", reason)
    raise InvalidError("INVALID_DATE", "a date is written YYYY-MM-DD or DD.MM.YYYY")


def instant(zone: ZoneInfo) -> Parser[datetime]:
    """Return a parser of points in time to UTC; those without an offset are local times.

    A spreadsheet's cell with a date and time is a local time too.
    """

    def parse(value: object) -> datetime | None:
        if isinstance(value, datetime):
            moment = value
        elif isinstance(value, date):
            raise _no_time()
        else:
            content = clean(value)
            if not content:
                return None
            moment = _moment(content)
        _in_range(moment)
        utc = _local(moment, zone) if moment.tzinfo is None else moment.astimezone(UTC)
        _in_range(utc)
        return utc

    return parse


def _day(content: str) -> date | None:
    """Return the date that a text is in one of the two forms; raises InvalidError."""
    if match := DAY_FIRST.fullmatch(content):
        year, month, number = match[3], match[2], match[1]
    elif match := YEAR_FIRST.fullmatch(content):
        year, month, number = match[1], match[2], match[3]
    else:
        return None
    try:
        return _in_range(date(int(year), int(month), int(number)))
    except ValueError:
        raise InvalidError("INVALID_DATE", "this date does not exist") from None


def _moment(content: str) -> datetime:
    """Return a point in time, without an offset if the text has none."""
    if PERIOD.fullmatch(content):
        reason = "a period, or a time with an offset: write the offset behind seconds"
        raise InvalidError("AMBIGUOUS_TIME", reason)
    match = INSTANT.fullmatch(content)
    found = _day(match["day"]) if match else None
    if match is None or found is None:
        if _day(content) is not None:
            raise _no_time()
        raise InvalidError("INVALID_DATETIME", FORMS)
    fraction = (match["fraction"] or "0").ljust(6, "0")[:6]
    try:
        clock = time(
            int(match["hour"]), int(match["minute"]), int(match["second"] or 0), int(fraction)
        )
    except ValueError:
        raise InvalidError("INVALID_DATETIME", "this time of day does not exist") from None
    return datetime.combine(found, clock, _offset(match["offset"]))


def _offset(written: str | None) -> timezone | None:
    if written is None:
        return None
    if written in ("Z", "z"):
        return UTC
    match = OFFSET.fullmatch(written)
    if match is None or written == UNKNOWN_OFFSET:
        reason = "an offset from UTC is written Z, +05 or +05:00"
        raise InvalidError("INVALID_DATETIME", reason)
    ahead = timedelta(hours=int(match[2]), minutes=int(match[3] or 0))
    return timezone(ahead if match[1] == "+" else -ahead)


def _local(moment: datetime, zone: ZoneInfo) -> datetime:
    """Return a local time in UTC; raises InvalidError if the clocks showed it twice or never."""
    first, second = (moment.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1))
    if first != second:
        ahead = first.astimezone(zone).replace(tzinfo=None) == moment
        often = "twice" if ahead else "never"
        reason = f"clocks in {zone.key} showed this time {often}: write it with its offset"
        raise InvalidError("AMBIGUOUS_TIME", reason)
    return first


def _no_time() -> InvalidError:
    return InvalidError("INVALID_DATETIME", "a time of day is expected beside the date")


def _in_range(value: date) -> date:
    if value.year not in YEARS:
        raise InvalidError("INVALID_DATE", "the year must be between 1800 and 2200")
    return value
