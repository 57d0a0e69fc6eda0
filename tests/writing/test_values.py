"""Cells of every type: accepted values, and the codes of rejected ones."""

from contextlib import suppress
from decimal import Decimal
from enum import Enum
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tortoise.fields.data import CharEnumFieldInstance

from erikti.importers.engine import KINDS
from erikti.labels import code_lists
from erikti.writing import numbers, values
from erikti.writing.emails import email
from erikti.writing.phones import phone
from erikti.writing.problems import InvalidError
from erikti.writing.texts import Parser, text
from erikti.writing.times import day, instant
from models.people import Sex
from models.schema_names import schema_name
from models.volunteers import Direction, ProjectStatus

SEXES = values.choice(Sex)
ALL: dict[str, Parser[object]] = {
    "text": text(10),
    "date": day,
    "instant": instant(ZoneInfo("Asia/Almaty")),
    "integer": numbers.integer(0, 100),
    "decimal": numbers.decimal(1),
    "boolean": values.boolean,
    "choice": SEXES,
    "email": email,
    "phone": phone,
    "currency": values.currency,
    "iin": values.iin,
    "bin": values.bin_,
    "list": values.many(text(10)),
}


@pytest.mark.parametrize(
    ("parse", "cell", "value"),
    [
        (text(5), " Үлгі ", "Үлгі"),
        (text(5), "и\u0306", "й"),
        (text(5), 12.0, "12"),
        (text(5), "-5", "-5"),
        (numbers.integer(0, 9999), "1 500", 1500),
        (numbers.integer(0, 9), 5.0, 5),
        (numbers.decimal(1), "2,5", Decimal("2.5")),
        (numbers.decimal(2), 0.1, Decimal("0.1")),
        (values.boolean, "Иә", True),
        (values.boolean, "нет", False),
        (values.boolean, 1, True),
        (SEXES, "f", "FEMALE"),
        (SEXES, "Ер", "MALE"),
        (values.choice(Direction), "білім беру", "EDUCATION"),
        (values.choice(ProjectStatus), "Завершён", "COMPLETED"),
        (values.choice(ProjectStatus), "завершен", "COMPLETED"),
        (email, "a.b+c@example.org", "a.b+c@example.org"),
        (email, "a@пример.рф", "a@пример.рф"),
        (phone, "8 (700) 000-00-00", "+77000000000"),
        (phone, 77000000000, "+77000000000"),
        (phone, "7000000000", "+77000000000"),
        (phone, "+998 90 000 00 00", "+998900000000"),
        (values.currency, "kzt", "KZT"),
        (values.many(numbers.integer(1, 17)), "4; 17,4", (4, 17)),
        (values.many(numbers.integer(1, 17)), [17, None, 4], (4, 17)),
        (values.many(numbers.integer(1, 17)), 4, (4,)),
    ],
)  # fmt: skip
def test_taken(parse: Parser[object], cell: Any, value: Any) -> None:
    result = parse(cell)
    assert (result, type(result)) == (value, type(value))


@pytest.mark.parametrize(
    ("name", "cell", "code"),
    [
        ("text", "much too long", "TOO_LONG"),
        ("text", "a\x00b", "CONTROL_CHARACTER"),
        ("text", "a\nb", "CONTROL_CHARACTER"),
        ("text", "a\ud800", "CONTROL_CHARACTER"),
        ("text", ["a"], "INVALID_TEXT"),
        ("text", True, "INVALID_TEXT"),
        ("integer", "1.5", "INVALID_INTEGER"),
        ("integer", True, "INVALID_INTEGER"),
        ("integer", "101", "OUT_OF_RANGE"),
        ("integer", "-1", "OUT_OF_RANGE"),
        ("decimal", "0.25", "INVALID_NUMBER"),
        ("decimal", "1" + "0" * 27, "OUT_OF_RANGE"),
        ("decimal", "NaN", "INVALID_NUMBER"),
        ("boolean", "perhaps", "INVALID_BOOLEAN"),
        ("choice", "OTHER", "UNKNOWN_VALUE"),
        ("email", "a@b", "INVALID_EMAIL"),
        ("email", "a b@example.org", "INVALID_EMAIL"),
        ("phone", "12", "INVALID_PHONE"),
        ("currency", "XYZ", "UNKNOWN_CURRENCY"),
    ],
)
def test_refused(name: str, cell: Any, code: str) -> None:
    with pytest.raises(InvalidError) as refusal:
        ALL[name](cell)
    assert refusal.value.code == code


ENUMS: dict[str, type[Enum]] = {
    field.enum_type.__name__: field.enum_type
    for kind in KINDS.values()
    for column in kind.columns
    if isinstance(field := column.model_field(), CharEnumFieldInstance)
}


@pytest.mark.parametrize("enum", ENUMS.values(), ids=ENUMS)
def test_a_label_in_each_language_stands_for_its_code(enum: type[Enum]) -> None:
    parse = values.choice(enum)
    for value in code_lists()[schema_name(enum)].values:
        for label in (value.code, *value.all, value.label_kk.upper(), value.label_ru.upper()):
            assert parse(label) == enum[value.code].value


@pytest.mark.parametrize("name", ALL)
@pytest.mark.parametrize(
    "cell",
    ["=1+1", "@SUM(A1)", "\t1", "\r1", "+cmd", "-cmd|'x'", " =1", "-", "+A1", "=HYPERLINK(1)"],
)
def test_formulas_are_refused_by_every_type(name: str, cell: str) -> None:
    with pytest.raises(InvalidError) as refusal:
        ALL[name](cell)
    assert refusal.value.code == "FORMULA"


@pytest.mark.parametrize("name", ALL)
@pytest.mark.parametrize("cell", ["", "   ", "\u00a0"])
def test_blank_is_nothing(name: str, cell: str) -> None:
    assert ALL[name](cell) in (None, ())


@given(st.text())
def test_no_text_breaks_a_parser(cell: str) -> None:
    for parse in ALL.values():
        with suppress(InvalidError):
            parse(cell)


@given(st.decimals(0, 10**12, places=2))
def test_numbers_are_read_back(number: Decimal) -> None:
    assert numbers.decimal(2)(str(number).replace(".", ",")) == number
