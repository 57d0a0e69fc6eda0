"""Numbers as people, spreadsheets and programs write them."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from erikti.importers import load
from erikti.writing.numbers import decimal, integer, money, named_currency
from erikti.writing.problems import InvalidError
from tests.importers.samples import NATION, codes, load_nation, one

MONEY = money(2, Decimal("0.01"), Decimal(10**12))


@pytest.mark.parametrize(
    ("cell", "value"),
    [
        ("2750000.50", "2750000.50"),
        ("2750000,5", "2750000.50"),
        ("2 750 000,50", "2750000.50"),
        ("2\u00a0750\u202f000", "2750000"),
        ("2\u2009750", "2750"),
        ("2,750,000.50", "2750000.50"),
        ("2.750.000,50", "2750000.50"),
        ("2,750,000", "2750000"),
        ("2.750.000", "2750000"),
        ("2'750", "2750"),
        ("2’750’000", "2750000"),
        ("2,750.5", "2750.50"),
        ("+7", "7"),
        ("7.", "7"),
        ("0,05", "0.05"),
        ("7,10000000000000053", "7.10"),
        (0.1 + 0.2, "0.30"),
        (2.0, "2"),
        (1e6, "1000000"),
        (Decimal("2.5E+3"), "2500"),
        ("990 ₸", "990"),
        ("₸990", "990"),
        ("2 750 000,00 тенге", "2750000"),
        ("990тг.", "990"),
        ("USD 5.5", "5.50"),
        ("12 kzt", "12"),
        ("7 долларов США", "7"),
    ],
)
def test_one_meaning(cell: object, value: str) -> None:
    assert MONEY(cell) == Decimal(value)


@pytest.mark.parametrize(
    ("cell", "readings"),
    [
        ("2,750", ("2750", "2.75")),
        ("2.750", ("2750", "2.75")),
        ("27,000", ("27000", "27.0")),
        ("0.125", ("125", "0.125")),
        ("2 750,000", ("2750000", "2750.0")),
    ],
)
@pytest.mark.parametrize("parse", [MONEY, decimal(1), integer(0, 10**6)])
def test_a_separator_before_three_digits_is_not_guessed(
    parse: object, cell: str, readings: tuple[str, str]
) -> None:
    assert callable(parse)
    with pytest.raises(InvalidError) as refusal:
        parse(cell)
    assert refusal.value.code == "AMBIGUOUS_NUMBER"
    assert all(reading in refusal.value.reason for reading in readings)


@pytest.mark.parametrize(
    ("cell", "code"),
    [
        ("2,75E+06", "LOST_DIGITS"),
        ("1e9", "LOST_DIGITS"),
        ("1e999999", "LOST_DIGITS"),
        ("2,750 ₸", "AMBIGUOUS_NUMBER"),
        ("2_750", "INVALID_NUMBER"),
        ("2 75", "INVALID_NUMBER"),
        ("27 50 000", "INVALID_NUMBER"),
        ("2,750,00", "INVALID_NUMBER"),
        ("2,750.000,5", "INVALID_NUMBER"),
        ("1,2,3", "INVALID_NUMBER"),
        ("2750-50", "INVALID_NUMBER"),
        ("2750=50", "INVALID_NUMBER"),
        ("(990)", "INVALID_NUMBER"),
        ("990 %", "INVALID_NUMBER"),
        ("2,7 млн тенге", "INVALID_NUMBER"),
        ("990 XXB", "INVALID_NUMBER"),
        ("990 ₸ 1", "INVALID_NUMBER"),
        ("٣٣", "INVALID_NUMBER"),
        ("½", "INVALID_NUMBER"),
        ("7.125001", "INVALID_NUMBER"),
        ("9" * 40, "INVALID_NUMBER"),
        (float("nan"), "INVALID_NUMBER"),
        (float("inf"), "INVALID_NUMBER"),
        (True, "INVALID_NUMBER"),
    ],
)
def test_rejected(cell: object, code: str) -> None:
    with pytest.raises(InvalidError) as refusal:
        MONEY(cell)
    assert refusal.value.code == code


@pytest.mark.parametrize(
    ("cell", "currency"),
    [("5 ₸", "KZT"), ("5 руб.", "RUB"), ("EUR 5", "EUR"), ("5", None), ("5 кг", None), (5, None)],
)
def test_the_currency_of_an_amount(cell: object, currency: str | None) -> None:
    assert named_currency(cell) == currency


@pytest.mark.usefixtures("database")
async def test_an_amount_agrees_with_the_column_of_currencies() -> None:
    await load_nation()
    grant = {**NATION["grants"][0], "source_id": "new"}
    assert codes(await load("grants", [{**grant, "amount": "250 $"}])) == [
        (1, "amount", "CURRENCY_MISMATCH")
    ]
    assert codes(await load("grants", [{**grant, "amount": "250 $", "currency": "ABC"}])) == [
        (1, "currency", "UNKNOWN_CURRENCY")
    ]
    assert (await load("grants", [{**grant, "amount": "250 ₸"}])).committed
    assert await one("SELECT count(*) FROM grants WHERE source_id = 'new'") == 1


@given(st.decimals(0, 10**11, places=2), st.sampled_from(" '’.,"), st.sampled_from(".,"))
def test_numbers_with_two_kinds_of_separators_are_read_back(
    number: Decimal, thousands: str, mark: str
) -> None:
    if thousands == mark:
        return
    spelled = f"{number:,.2f}".replace(",", "|").replace(".", mark).replace("|", thousands)
    assert decimal(2)(spelled) == number
