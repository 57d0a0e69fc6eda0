"""Sample rows of every kind, and queries for tests."""

import csv
import io
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from erikti.database.connection import fetch
from erikti.importers import load
from erikti.importers.report import COLUMNS, Report
from erikti.writing.identifiers import check_digit

Rows = list[dict[str, object]]

SYSTEM = "REGISTRY"
TABLES = ("people", "person_sources", "volunteers", "volunteer_directions", "organisations")


def numbers(kind: int = 3, start: int = 0) -> Iterator[str]:
    """Yield IINs of people born on 1 January 1990 (1890 or 2090 for other kinds of digit 7)."""
    for serial in range(start, 10_000):
        head = f"900101{kind}{serial:04d}"
        digit = check_digit(head)
        if digit is not None:
            yield f"{head}{digit}"


def business_number(serial: int = 0, month: str = "2501") -> str:
    """Return a valid BIN."""
    head = f"{month}40{serial:05d}"
    digit = check_digit(head)
    return business_number(serial + 1, month) if digit is None else f"{head}{digit}"


def letters(number: int) -> str:
    """Return a number in letters, since names have no digits."""
    return "".join("abcdefghij"[int(digit)] for digit in str(number))


def volunteer(number: int, iin: str | None = None, **more: object) -> dict[str, object]:
    """Return a row of a file of ``volunteers``."""
    return {
        "source_system": SYSTEM,
        "source_id": str(number),
        "family_name": f"Sample{letters(number)}",
        "given_name": "Example",
        "iin": iin,
        "region": "KZ-75",
        "status": "ACTIVE",
        "registered_on": "2025-01-31",
        "directions": "ECOLOGY; SPORT",
        **more,
    }


def volunteers(count: int, start: int = 0) -> Rows:
    """Return rows of volunteers with IINs."""
    iins = numbers(start=start)
    return [volunteer(start + n, next(iins)) for n in range(count)]


def row(source_id: str, **more: object) -> dict[str, object]:
    """Return a row of any kind."""
    return {"source_system": SYSTEM, "source_id": source_id, **more}


PERSON = {"family_name": "Sample", "given_name": "Example", "birth_date": "1990-01-01"}
NATION: dict[str, Rows] = {
    "people": [row("P1", **PERSON, citizenship="Kazakhstan", email="a@example.org")],
    "consents": [
        row("CO1", person="P1", purpose="FORUM_PARTICIPATION", recipient_country="UZ",
            given_on="2025-03-01", expires_on="2030-02-28"),
        row("CO2", person="P1", purpose="участие в форуме", recipient_country="Киргизия",
            given_on="01.03.2025", expires_on="28.02.2030", withdrawn_on="2025-06-01"),
    ],
    "front-offices": [
        row("FO", kind="NATIONAL", name_kk="Үлгі"),
        row("FO-75", kind="REGIONAL", region="750000000", name_en="Sample", phone="+77000000000"),
    ],
    "organisations": [
        row("O1", bin=business_number(), name_ru="Образец", region="Алматы", kind="STATE",
            registered_on="2020-01-01"),
        row("O2", name_en="Sample", region="KZ-71", kind="студенттік", registered_on="01.02.2021"),
    ],
    "volunteers": [volunteer(1, organisation="O2", silver="иә"), volunteer(2, directions=None)],
    "projects": [
        row("PR1", title_en="Sample", organisation=business_number(), region="KZ-75",
            directions=["SPORT"], goals=[4, 17], starts_on="2025-01-01", status="ACTIVE"),
    ],
    "participations": [
        row("PA1", volunteer="1", project="PR1", hours="2,5", starts_on="2025-01-02"),
        row("PA2", volunteer="1", project="PR1", hours=4, starts_on="2025-01-03", role="ORGANISER"),
    ],
    "grants": [
        row("G1", recipient_organisation="O1", amount="1500000.50", currency="KZT",
            awarded_on="2025-03-01", status="AWARDED", project="PR1"),
        row("G2", recipient_person="P1", amount=10, currency="usd", awarded_on="2025-03-01",
            status="ACTIVE"),
    ],
    "good-deeds": [
        row("D1", title_kk="Үлгі", region="KZ-10", happened_on="2025-06-01",
            participant_count=0, edition=2025),
    ],
    "enquiries": [
        row("E1", call_centre="CC1", channel="телефон", topic="HOURS", status="RESOLVED",
            opened_at="2025-02-01T09:30:00+05:00", resolved_at="2025-02-01 09:45:00"),
    ],
    "committees": [row("C1", name_en="Sample", established_on="2024-09-01")],
    "forums": [
        row("F1", year=2025, host_city_en="Almaty", host_country="KZ", starts_on="2025-09-01"),
    ],
    "forum-sessions": [
        row("S1", forum=2025, title_en="Sample", format="PANEL",
            starts_at="2025-09-01T09:00:00Z", ends_at="2025-09-01T10:00:00Z"),
        row("S2", forum="2025", title_en="Sample", format="PLENARY",
            starts_at="01.09.2025 11:00", ends_at="01.09.2025 12:00:00"),
    ],
    "delegations": [row("DG1", forum=2025, country="UZ", quota=20)],
    "delegates": [
        row("DE1", **PERSON, person_id="P9", forum=2025, country="UZ", role="HEAD",
            status="ATTENDED", sessions="S1;S2"),
    ],
    "programmes": [row("PG1", name_en="Sample", kind="OTHER", call_year=2025, places=10)],
    "host-entities": [row("H1", name_en="Sample", acronym="SAMPLE")],
    "duty-stations": [row("DS1", name_en="Sample", country="KE")],
    "placements": [
        row("PL1", **PERSON, person_id="P1", programme="PG1", host_entity="SAMPLE",
            duty_station="DS1", category="INT_YOUTH", title_en="Sample", goals="3",
            starts_on="2025-01-01", status="ACTIVE", funder="Sample fund"),
    ],
    "placement-reports": [
        row("RE1", placement="PL1", kind="FINAL", title_en="Sample", submitted_on="2025-12-01"),
    ],
    "award-editions": [row("AE1", year=2025, ceremony_on="2025-12-05")],
    "award-categories": [row("AC1", edition=2025, code="SAMPLE", name_en="Sample")],
    "nominations": [
        row("N1", **PERSON, person_id="P1", edition=2025, category="SAMPLE", country="KZ",
            stage="TOP_TEN", votes=10),
        row("N2", nominee_organisation="O1", edition=2025, category="SAMPLE", country="KZ",
            stage="APPLICATION"),
    ],
    "laureates": [
        row("N1", **PERSON, person_id="P1", edition=2025, category="SAMPLE", country="KZ",
            votes=10, expert_score="87.5", citation="Sample"),
    ],
}  # fmt: skip


async def load_nation() -> None:
    """Import all sample rows."""
    for kind, rows in NATION.items():
        report = await load(kind, rows)
        assert report.exit_code == 0, (kind, report.problems)


async def count(table: str, condition: str = "1 = 1") -> int:
    """Return the number of rows of a table."""
    rows = await fetch(f"SELECT count(*) FROM {table} WHERE {condition}")
    return int(rows[0][0])


async def counts(tables: Sequence[str] = TABLES) -> Mapping[str, int]:
    """Return the numbers of rows of tables."""
    return {table: await count(table) for table in tables}


async def one(sql: str) -> Any:
    """Return the only value of the only row of a query."""
    ((value,),) = await fetch(sql)
    return value


def outcome(report: Report) -> tuple[int, int, int, int]:
    """Return the counts of a report: accepted, updated, unchanged, rejected."""
    return report.accepted, report.updated, report.unchanged, report.rejected


def codes(report: Report) -> list[tuple[int, str | None, str]]:
    """Return row, column and code of each problem."""
    return sorted((p.row or 0, p.column, p.code) for p in report.problems)


def listed(path: Path) -> list[dict[str, str]]:
    """Return the lines of the CSV file of a report, by the names of the columns."""
    with path.open(encoding="utf-8-sig", newline="") as stream:
        _, *lines = csv.reader(stream, delimiter=";")
    return [dict(zip(COLUMNS, line, strict=True)) for line in lines]


def table(rows: Sequence[Mapping[str, object]]) -> list[list[Any]]:
    """Return the lines of a file with these rows, the headings first."""
    names = list(rows[0])
    return [names, *([row[name] for name in names] for row in rows)]


def rezipped(content: bytes, changes: Mapping[str, bytes]) -> bytes:
    """Return an archive with some entries changed or added."""
    stream = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(content)) as old,
        zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as new,
    ):
        for name in old.namelist():
            new.writestr(name, changes.get(name) or old.read(name))
        for name in changes.keys() - set(old.namelist()):
            new.writestr(name, changes[name])
    return stream.getvalue()
