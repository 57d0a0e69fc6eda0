"""The calendar of the country: the days, months and years of its time zone, in SQL.

Neither database is trusted with the rules of the zone: SQLite has none, and those of PostgreSQL
may be older. The offsets of both come from Python's ``zoneinfo``, written into the statements.
"""

from collections.abc import Callable, Sequence
from contextvars import ContextVar
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from zoneinfo import ZoneInfo

from erikti.database.current import database
from erikti.database.fields import YEARS
from erikti.zones import DEFAULT_ZONE, time_zone

STEP = timedelta(days=7)  # no two changes of an offset are nearer
NEAR = range(-1, 3)  # days around a change in which the offset at midnight changes

# Changes of an offset: from when on, and how many seconds local time is ahead of UTC.
Changes = Sequence[tuple[date, int]]


class Calendar:
    """The calendar of a time zone, such as ``Asia/Almaty``; raises ValueError for another name."""

    def __init__(self, name: str) -> None:
        self.zone = ZoneInfo(time_zone(name))
        self.instants = self._instants()
        self.midnights = self._midnights()

    def today(self) -> date:
        """Return the current day."""
        return datetime.now(self.zone).date()

    def local(self, moment: datetime) -> datetime:
        """Return an instant in local time, with its offset."""
        return moment.astimezone(self.zone)

    def start(self, day: date) -> datetime:
        """Return the instant at which a day begins, in UTC."""
        return datetime.combine(day, time(), self.zone).astimezone(UTC)

    def _instants(self) -> Sequence[tuple[datetime, int]]:
        """Return the offsets of all years, by the instants from which they apply."""
        moment = datetime(YEARS.start - 1, 12, 25, tzinfo=UTC)
        end = datetime(YEARS.stop, 1, 10, tzinfo=UTC)
        found = [(moment, self._offset(moment))]
        while moment < end:
            after = moment + STEP
            if self._offset(after) != found[-1][1]:
                found.append(self._change(moment, after))
            moment = after
        return found

    def _change(self, before: datetime, after: datetime) -> tuple[datetime, int]:
        """Return the change of the offset between two instants."""
        old = self._offset(before)
        while after - before > timedelta(seconds=1):
            middle = before + (after - before) // 2
            middle = middle.replace(microsecond=0)
            middle = max(middle, before + timedelta(seconds=1))
            if self._offset(middle) == old:
                before = middle
            else:
                after = middle
        return after, self._offset(after)

    def _midnights(self) -> Changes:
        """Return the offsets at the beginnings of days, by the days from which they apply."""
        first = self.instants[0][0]
        found = [(first.date(), self._at_midnight(first.date()))]
        for moment, _ in self.instants[1:]:
            for days in NEAR:
                day = moment.date() + timedelta(days=days)
                offset = self._at_midnight(day)
                if day > found[-1][0] and offset != found[-1][1]:
                    found.append((day, offset))
        return found

    def _offset(self, moment: datetime) -> int:
        return _seconds(moment.astimezone(self.zone))

    def _at_midnight(self, day: date) -> int:
        return _seconds(datetime.combine(day, time(), self.zone))


def _seconds(moment: datetime) -> int:
    offset = moment.utcoffset()
    assert offset is not None
    return int(offset.total_seconds())


def choose(
    changes: Changes,
    expression: str,
    literal: Callable[[date], str],
    offset: Callable[[int], str],
) -> str:
    """Return SQL for the offset that applies to an expression, found by halving the changes."""
    if len(changes) == 1:
        return offset(changes[0][1])
    middle = len(changes) // 2
    later = choose(changes[middle:], expression, literal, offset)
    earlier = choose(changes[:middle], expression, literal, offset)
    return (
        f"CASE WHEN {expression} >= {literal(changes[middle][0])} THEN {later} ELSE {earlier} END"
    )


@cache
def calendar_of(zone: str) -> Calendar:
    """Return the calendar of a time zone; raises ValueError."""
    return Calendar(zone)


_used: ContextVar[str] = ContextVar("zone", default=DEFAULT_ZONE)


def use_zone(zone: str) -> None:
    """Use this time zone from now on, in this task and those that it starts.

    A database that was opened with its own zone uses that instead.
    """
    _used.set(zone)


def calendar() -> Calendar:
    """Return the calendar of the current database, or else the one in use."""
    current = database.get(None)
    return calendar_of((current and current.zone) or _used.get())


def sqlite_local(expression: str) -> str:
    """Return SQL of SQLite for the local date and time of an instant."""
    ahead = choose(calendar().instants, expression, _sqlite_instant, "'{:+d} seconds'".format)
    return f"datetime({expression}, {ahead})"


def sqlite_start(day: str) -> str:
    """Return SQL of SQLite for the instant at which a day begins; NULL for none."""
    behind = choose(calendar().midnights, "d", _day, lambda ahead: f"'{-ahead:+d} seconds'")
    instant = f"strftime('%Y-%m-%d %H:%M:%S+00:00', d, {behind})"
    return f"(SELECT {instant} FROM (SELECT {day} AS d))"


def postgres_local(expression: str) -> str:
    """Return SQL of PostgreSQL for the local date and time of an instant."""
    ahead = choose(calendar().instants, expression, _postgres_instant, _interval)
    return f"({expression} AT TIME ZONE 'UTC' + {ahead})"


def postgres_start(day: str) -> str:
    """Return SQL of PostgreSQL for the instant at which a day begins, given as a timestamp."""
    ahead = choose(calendar().midnights, "d", _day, _interval)
    return f"(SELECT (d - {ahead}) AT TIME ZONE 'UTC' FROM (SELECT {day} AS d) s)"


def _sqlite_instant(moment: date) -> str:
    return f"'{moment:%Y-%m-%d %H:%M:%S}+00:00'"


def _postgres_instant(moment: date) -> str:
    return f"TIMESTAMPTZ {_sqlite_instant(moment)}"


def _day(day: date) -> str:
    return f"'{day.isoformat()}'"


def _interval(seconds: int) -> str:
    return f"INTERVAL '{seconds} s'"
