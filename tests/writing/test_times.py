"""Dates and times as people, spreadsheets and 1C write them."""

from datetime import UTC, date, datetime, timedelta, timezone
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from erikti.database.calendar import use_zone
from erikti.importers import load, load_file
from erikti.writing.problems import InvalidError
from erikti.writing.times import day, instant
from tests.importers.samples import NATION, one

ALMATY = ZoneInfo("Asia/Almaty")
parse = instant(ALMATY)
MOMENT = datetime(2025, 4, 5, 9, 7, tzinfo=UTC)
DAY = date(2025, 4, 5)


@pytest.mark.parametrize(
    "cell",
    [
        "2025-04-05",
        "05.04.2025",
        "5.4.2025",
        "05.04.2025 0:00:00",
        "05.04.2025 00:00",
        "5.4.2025, 00:00:00",
        "2025-04-05T00:00:00.000",
        "2025-04-05 00:00:00",
        "05.04.2025 г.",
        "05.04.2025ж.",
        "\u00a005.04.2025\u00a0",
        DAY,
        datetime(2025, 4, 5),
    ],
)
def test_days(cell: object) -> None:
    assert day(cell) == DAY


@pytest.mark.parametrize(
    ("cell", "code"),
    [
        ("04/05/2025", "AMBIGUOUS_DATE"),
        ("25/04/2025", "AMBIGUOUS_DATE"),
        ("05-04-2025", "AMBIGUOUS_DATE"),
        ("05.04.25", "AMBIGUOUS_DATE"),
        ("29.02.2023", "INVALID_DATE"),
        ("31.04.2025", "INVALID_DATE"),
        ("05.13.2025", "INVALID_DATE"),
        ("45752", "INVALID_DATE"),
        (45752, "INVALID_DATE"),
        ("05.04.2025 14:00", "INVALID_DATE"),
        (datetime(2025, 4, 5, 14), "INVALID_DATE"),
        ("2025-04-05T00:00:00Z", "INVALID_DATE"),
        ("2025-04-04T19:00:00Z", "INVALID_DATE"),
        ("20250405", "INVALID_DATE"),
        ("5 апреля 2025", "INVALID_DATE"),
        ("0001-01-01", "INVALID_DATE"),
        ("05.04.2201", "INVALID_DATE"),
        ("#Н/Д", "ERROR_CELL"),
    ],
)
def test_days_that_are_rejected(cell: object, code: str) -> None:
    with pytest.raises(InvalidError) as refusal:
        day(cell)
    assert refusal.value.code == code


@pytest.mark.parametrize(
    ("cell", "moment"),
    [
        ("05.04.2025 14:07", MOMENT),
        ("5.4.2025 14:07:00", MOMENT),
        ("05.04.2025, 14:07", MOMENT),
        ("2025-04-05 14:07", MOMENT),
        ("2025-04-05T14:07:00", MOMENT),
        ("05.04.2025 4:07", MOMENT - timedelta(hours=10)),
        (datetime(2025, 4, 5, 14, 7), MOMENT),
        ("2025-04-05T14:07+05", MOMENT),
        ("2025-04-05T14:07+0500", MOMENT),
        ("2025-04-05 14:07:00 +05:00", MOMENT),
        ("2025-04-05T09:07Z", MOMENT),
        ("2025-04-05T06:37:00-02:30", MOMENT),
        (datetime(2025, 4, 5, 14, 7, tzinfo=timezone(timedelta(hours=5))), MOMENT),
        ("2025-04-05T09:07:00.123456789Z", MOMENT.replace(microsecond=123456)),
        ("2025-04-05T09:07:00,5Z", MOMENT.replace(microsecond=500_000)),
        ("29.02.2024 14:07", datetime(2024, 2, 29, 8, 7, tzinfo=UTC)),
        ("01.03.2024 14:07", datetime(2024, 3, 1, 9, 7, tzinfo=UTC)),
    ],
)
def test_instants(cell: object, moment: datetime) -> None:
    assert parse(cell) == moment


@pytest.mark.parametrize(
    ("cell", "code"),
    [
        ("05.04.2025", "INVALID_DATETIME"),
        ("2025-04-05", "INVALID_DATETIME"),
        (DAY, "INVALID_DATETIME"),
        ("05.04.2025 24:00", "INVALID_DATETIME"),
        ("05.04.2025 14:60", "INVALID_DATETIME"),
        ("2025-04-05T23:59:60Z", "INVALID_DATETIME"),
        ("05.04.2025 2:07 PM", "INVALID_DATETIME"),
        ("2025-04-05T14:07+24:00", "INVALID_DATETIME"),
        ("2025-04-05T14:07-00:00", "INVALID_DATETIME"),
        ("2025-04-05T14:07 (UTC+5)", "INVALID_DATETIME"),
        ("2025-04-05T14:07[Asia/Almaty]", "INVALID_DATETIME"),
        ("20250405T140700", "INVALID_DATETIME"),
        ("1743844020", "INVALID_DATETIME"),
        ("05.04.25 14:07", "INVALID_DATETIME"),
        ("noon", "INVALID_DATETIME"),
        ("31.04.2025 14:07", "INVALID_DATE"),
        ("1799-12-31T20:00:00Z", "INVALID_DATE"),
        ("1800-01-01 00:00", "INVALID_DATE"),
        # The clocks went back from UTC+6 to UTC+5, and forward in the springs of the nineties.
        ("29.02.2024 23:30", "AMBIGUOUS_TIME"),
        ("27.03.1994 02:30", "AMBIGUOUS_TIME"),
    ],
)
def test_instants_that_are_rejected(cell: object, code: str) -> None:
    with pytest.raises(InvalidError) as refusal:
        parse(cell)
    assert refusal.value.code == code


def enquiry(cell: object) -> dict[str, object]:
    return {**NATION["enquiries"][0], "opened_at": cell, "resolved_at": None, "status": "OPEN"}


async def opened() -> datetime:
    value = await one("SELECT opened_at FROM enquiries")
    return value if isinstance(value, datetime) else datetime.fromisoformat(value)


@pytest.mark.usefixtures("database")
async def test_the_time_zone_is_that_of_the_calendar_or_given(tmp_path: Path) -> None:
    assert (await load("enquiries", [enquiry("05.04.2025 14:07")])).committed
    assert await opened() == MOMENT
    use_zone("Asia/Tashkent")
    zone = ZoneInfo("Asia/Bishkek")
    await load("enquiries", [enquiry("05.04.2025 14:07")], zone=zone)
    assert await opened() == MOMENT - timedelta(hours=1)
    path = tmp_path / "enquiries.csv"
    row = enquiry("05.04.2025 14:07")
    path.write_text(
        f"{','.join(row)}\n{','.join(str(cell or '') for cell in row.values())}\n", "utf-8"
    )
    await load_file("enquiries", path, zone=ZoneInfo("Europe/Berlin"))
    assert await opened() == MOMENT + timedelta(hours=3)


@given(st.dates(date(1800, 1, 1), date(2200, 12, 31)))
def test_dates_are_read_back_in_both_spellings(value: date) -> None:
    assert day(value.isoformat()) == day(f"{value:%d.%m}.{value.year}") == value


@given(st.datetimes(datetime(1900, 1, 1), datetime(2199, 12, 31)))
def test_local_times_are_those_of_the_clocks(moment: datetime) -> None:
    moment = moment.replace(microsecond=0)
    cell = f"{moment:%d.%m.%Y %H:%M:%S}"
    offsets = {moment.replace(tzinfo=ALMATY, fold=fold).utcoffset() for fold in (0, 1)}
    if len(offsets) > 1:
        with pytest.raises(InvalidError):
            parse(cell)
    else:
        found = parse(cell)
        assert found is not None
        assert found.astimezone(ALMATY).replace(tzinfo=None) == moment
