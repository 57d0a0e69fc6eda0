"""The calendar of the country is the same in Python and on both databases."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from erikti.database.calendar import Calendar, calendar, use_zone
from erikti.database.connection import Database, dialect, fetch
from erikti.database.dialect import Truncation
from erikti.database.fields import YEARS
from erikti.database.rollup import Column, Unit
from erikti.database.triggers import SPELLINGS
from erikti.importers import load
from erikti.zones import DEFAULT_ZONE, time_zone
from models import calendar as rollups
from models.migrate import migrate
from models.volunteers import Enquiry
from tests.importers.samples import NATION
from tests.models.counting import held, wrong

ZONES = [DEFAULT_ZONE, "Europe/Berlin", "America/Sao_Paulo", "Asia/Kathmandu", "UTC"]
CHANGE = datetime(2024, 2, 29, 18, tzinfo=UTC)  # from UTC+6 to UTC+5
MOMENTS = st.datetimes(datetime(YEARS.start, 1, 1), datetime(YEARS.stop, 1, 1)).map(
    lambda moment: moment.replace(tzinfo=UTC, microsecond=0)
)


def first_day(unit: Truncation, day: date) -> date:
    """Return the first day of a calendar unit."""
    match unit:
        case Truncation.WEEK:
            return day - timedelta(days=day.weekday())
        case Truncation.MONTH:
            return day.replace(day=1)
        case Truncation.QUARTER:
            return day.replace(month=(day.month - 1) // 3 * 3 + 1, day=1)
        case _:
            return day.replace(month=1, day=1)


@settings(max_examples=200)
@given(st.sampled_from(ZONES), MOMENTS)
def test_offsets_are_those_of_the_zone(zone: str, moment: datetime) -> None:
    found = Calendar(zone) if zone not in KNOWN else KNOWN[zone]
    KNOWN[zone] = found
    known = [ahead for start, ahead in found.instants if start <= moment]
    ahead = moment.astimezone(ZoneInfo(zone)).utcoffset()
    assert ahead is not None
    assert timedelta(seconds=known[-1]) == ahead


KNOWN: dict[str, Calendar] = {}


def test_the_country_moved_to_one_zone_in_2024() -> None:
    found = Calendar(DEFAULT_ZONE)
    assert found.instants[-1] == (CHANGE, 5 * 3600)
    assert found.start(date(2024, 2, 29)) == datetime(2024, 2, 28, 18, tzinfo=UTC)
    assert found.start(date(2024, 3, 1)) == datetime(2024, 2, 29, 19, tzinfo=UTC)


@pytest.mark.parametrize("name", ["", "Asia", "Asia/Nowhere", "../etc/passwd", "KZ"])
def test_other_names_are_rejected(name: str) -> None:
    with pytest.raises(ValueError, match="is not a time zone such as Asia/Almaty"):
        time_zone(name)


@pytest.mark.parametrize("zone", ZONES)
async def test_both_databases_truncate_by_the_calendar(database: str, zone: str) -> None:
    use_zone(zone)
    moments = [start + timedelta(minutes=m) for start, _ in calendar().instants[-40:]
               for m in (-90, -30, -1, 0, 1, 30, 59, 61, 90)]  # fmt: skip
    moments += [datetime(2025, month, day, hour, tzinfo=UTC) for month in (1, 12)
                for day in (1, 31) for hour in (0, 18, 19, 23)]  # fmt: skip
    column = Column("value", unit=Unit.DAY, instant=True)
    spell, opened_at = dialect(), Enquiry._meta.fields_map["opened_at"]
    units = ", ".join(spell.truncate(unit, "k.value", True) for unit in Truncation)
    cut = SPELLINGS[spell.name].cut(column, "k")
    sql = f"SELECT {units}, {cut} FROM {spell.keys(1, 'timestamptz')} k ORDER BY k.place"
    rows = await fetch(sql, [spell.array([spell.encode(opened_at, m) for m in moments])])
    for moment, row in zip(moments, rows, strict=True):
        local = moment.astimezone(ZoneInfo(zone)).date()
        starts = [first_day(unit, local).isoformat() for unit in Truncation]
        assert [*map(str, tuple(row))] == [*starts, str(calendar().start(local))], moment


async def test_a_changed_time_zone_is_detected_and_rollups_are_counted_anew(database: str) -> None:
    for kind, rows in NATION.items():
        assert (await load(kind, rows)).committed
    assert await rollups.outdated() == []
    use_zone("Pacific/Auckland")
    found = await rollups.outdated()
    assert found
    assert all(rollup.base == "enquiries" for rollup in found)
    await migrate(database)
    assert await rollups.outdated() == []
    assert await wrong() == {}
    assert [await held(rollup) for rollup in found]


async def test_a_database_has_the_zone_that_it_was_opened_with(empty_url: str) -> None:
    async with Database(empty_url, zone="Asia/Tokyo"):
        assert calendar().zone.key == "Asia/Tokyo"
    assert calendar().zone.key == DEFAULT_ZONE
