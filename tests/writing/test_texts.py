"""Texts and identifiers, and what spreadsheets and encodings make of them."""

from datetime import date, datetime, time
from decimal import Decimal

import pytest

from erikti.importers import load
from erikti.writing import values
from erikti.writing.problems import DoubtfulError, InvalidError
from erikti.writing.texts import Parser, identifier, text
from tests.importers.samples import NATION, business_number, load_nation, one, row, volunteer

TEXT, IDENTIFIER = text(60), identifier(64)


@pytest.mark.parametrize(
    ("parse", "cell", "value"),
    [
        (TEXT, "Кто? Мы! 50 % и №5 «Үлгі»", "Кто? Мы! 50 % и №5 «Үлгі»"),
        (TEXT, "#1 школа", "#1 школа"),
        (TEXT, "https://example.org/?q=1&lang=kk", "https://example.org/?q=1&lang=kk"),
        (TEXT, "Ёлка — 2025", "Ёлка — 2025"),
        (TEXT, "Café Übung", "Café Übung"),
        (IDENTIFIER, "ORG-1", "ORG-1"),
        (IDENTIFIER, "0012", "0012"),
        (IDENTIFIER, 12.0, "12"),
        (IDENTIFIER, 999_999_999_999_999.0, "999999999999999"),
        (IDENTIFIER, 1234567890123456, "1234567890123456"),
        (IDENTIFIER, "1234567890123456789", "1234567890123456789"),
        (IDENTIFIER, "12E5", "12E5"),
        (IDENTIFIER, "1.10", "1.10"),
        (
            IDENTIFIER,
            "0b6d3c1e-8f4a-4d53-9a9e-2f6f1d1f7c11",
            "0b6d3c1e-8f4a-4d53-9a9e-2f6f1d1f7c11",
        ),
    ],
)
def test_stored_as_written(parse: Parser[str], cell: object, value: str) -> None:
    assert parse(cell) == value


@pytest.mark.parametrize(
    ("parse", "cell", "code"),
    [
        (TEXT, "#DIV/0!", "ERROR_CELL"),
        (TEXT, "#Н/Д", "ERROR_CELL"),
        (TEXT, "nan", "PLACEHOLDER"),
        (TEXT, "?????", "LOST_LETTERS"),
        (TEXT, "Школа \ufffd5", "LOST_LETTERS"),
        (TEXT, "РЁРєРѕР»Р° в„–5", "GARBLED_TEXT"),
        (TEXT, datetime(2025, 1, 2), "INVALID_TEXT"),
        (TEXT, date(2025, 1, 2), "INVALID_TEXT"),
        (TEXT, time(2, 1), "INVALID_TEXT"),
        (IDENTIFIER, 1234567890123456.0, "LOST_DIGITS"),
        (IDENTIFIER, 1e22, "LOST_DIGITS"),
        (IDENTIFIER, "1.23457E+15", "LOST_DIGITS"),
        (IDENTIFIER, "1,23457E+15", "LOST_DIGITS"),
        (IDENTIFIER, "1E+22", "LOST_DIGITS"),
        (IDENTIFIER, 0.5, "INVALID_TEXT"),
        (IDENTIFIER, Decimal("0.5"), "INVALID_TEXT"),
        (IDENTIFIER, Decimal("1E+22"), "LOST_DIGITS"),
        (IDENTIFIER, float("nan"), "INVALID_TEXT"),
        (IDENTIFIER, 10**200, "TOO_LONG"),
        (IDENTIFIER, "nan", "PLACEHOLDER"),
        (IDENTIFIER, "#N/A", "ERROR_CELL"),
        (IDENTIFIER, True, "INVALID_TEXT"),
        (values.iin, "9,00101E+11", "LOST_DIGITS"),
        (values.bin_, 1e15, "LOST_DIGITS"),
        (values.bin_, "60940000121", "BIN_FORMAT"),
    ],
)
def test_rejected(parse: Parser[str], cell: object, code: str) -> None:
    with pytest.raises(InvalidError) as refusal:
        parse(cell)
    assert refusal.value.code == code


@pytest.mark.parametrize(
    ("parse", "cell", "code", "value"),
    [
        (TEXT, "Школа ?азыбек", "LOST_LETTERS", "Школа ?азыбек"),
        (TEXT, "Школа ??? 5", "LOST_LETTERS", "Школа ??? 5"),
        (TEXT, "Шко\u200bла", "INVISIBLE_CHARACTER", "Школа"),
        (IDENTIFIER, "ORG\u200b1", "INVISIBLE_CHARACTER", "ORG1"),
        (IDENTIFIER, "2044.0", "TRAILING_ZERO", "2044"),
        (IDENTIFIER, "2044,00", "TRAILING_ZERO", "2044"),
        (IDENTIFIER, Decimal("2044.0"), "TRAILING_ZERO", "2044"),
        (TEXT, "Ќоғам", "GARBLED_TEXT", "Ќоғам"),
        (IDENTIFIER, "12\u00a0044", "GROUPED_DIGITS", "12044"),
        (IDENTIFIER, "1234567890123450000", "LOST_DIGITS", "1234567890123450000"),
        (values.many(IDENTIFIER), "7; 2044.0", "TRAILING_ZERO", ("2044", "7")),
    ],
)
def test_doubtful(parse: Parser[object], cell: object, code: str, value: object) -> None:
    with pytest.raises(DoubtfulError) as doubt:
        parse(cell)
    assert doubt.value.code == code
    assert parse(doubt.value.cell) == value


@pytest.mark.usefixtures("database")
async def test_a_number_cell_gets_its_zero_back_also_in_a_reference() -> None:
    number = business_number(month="0609")
    organisation = {**NATION["organisations"][0], "bin": int(number)}
    assert (await load("organisations", [organisation])).committed
    rows = [volunteer(1, organisation=int(number)), volunteer(2, organisation=float(number)),
            volunteer(3, organisation=number)]  # fmt: skip
    report = await load("volunteers", rows)
    assert (report.accepted, report.warnings) == (3, [])
    lost = await load("volunteers", [volunteer(4, organisation=number[1:])])
    assert [p.code for p in lost.problems] == ["REFERENCE_NOT_FOUND"]
    pandas = await load("volunteers", [volunteer(5, organisation=f"{int(number)}.0")])
    assert [w.code for w in pandas.warnings] == ["TRAILING_ZERO"]
    assert await one("SELECT count(*) FROM volunteers WHERE organisation_id IS NOT NULL") == 4


@pytest.mark.usefixtures("database")
async def test_an_identifier_with_a_trailing_zero_is_the_same_record() -> None:
    await load_nation()
    person = row("44", family_name="Sample", given_name="Example")
    assert (await load("people", [person])).accepted == 1
    report = await load("people", [{**person, "source_id": "44.0"}])
    assert (report.unchanged, [w.code for w in report.warnings]) == (1, ["TRAILING_ZERO"])
    grant = {**NATION["grants"][1], "recipient_person": "44.0", "source_id": "G9"}
    report = await load("grants", [grant])
    assert (report.committed, [w.code for w in report.warnings]) == (True, ["TRAILING_ZERO"])
