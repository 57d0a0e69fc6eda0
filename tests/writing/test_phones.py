"""Telephone numbers as people and programs write them."""

import phonenumbers
import pytest
from hypothesis import given
from hypothesis import strategies as st

from erikti.writing.phones import USUAL, phone
from erikti.writing.problems import InvalidError

NUMBER = "+77075550142"
LANDLINE = "+77172701234"


@pytest.mark.parametrize(
    ("cell", "number"),
    [
        (NUMBER, NUMBER),
        ("8 (707) 555-01-42", NUMBER),
        ("8-707-555-01-42", NUMBER),
        ("87075550142", NUMBER),
        (87075550142, NUMBER),
        (77075550142.0, NUMBER),
        ("77075550142", NUMBER),
        ("7075550142", NUMBER),
        ("707 555 01 42", NUMBER),
        ("+7(707)5550142", NUMBER),
        ("+7\u00a0707\u202f555\u201101\u201342", NUMBER),
        ("+7.707.555.01.42", NUMBER),
        ("8/707/5550142", NUMBER),
        ("87075550142.0", NUMBER),
        ("tel:+77075550142", NUMBER),
        ("тел.: 8 707 555 01 42", NUMBER),
        ("Моб. +7 707 555 01 42", NUMBER),
        ("WhatsApp 87075550142", NUMBER),
        ("8 (7172) 70-12-34", LANDLINE),
        ("7172 70 12 34", LANDLINE),
        ("8 912 345 67 89", "+79123456789"),
        ("+7 912 345 67 89", "+79123456789"),
        ("8 10 998 90 123 45 67", "+998901234567"),
        ("00 998 90 123 45 67", "+998901234567"),
        ("+996 555 123 456", "+996555123456"),
        ("+44 (0)20 7946 0018", "+442079460018"),
    ],
)
def test_e164(cell: object, number: str) -> None:
    assert phone(cell) == number


@pytest.mark.parametrize(
    ("cell", "code", "said"),
    [
        ("9123456789", "AMBIGUOUS_PHONE", "+79123456789"),
        ("996555123456", "AMBIGUOUS_PHONE", "+996555123456"),
        ("+8 707 555 01 42", "INVALID_PHONE", "+8 is no country code"),
        ("+7 707 555-01-4", "INVALID_PHONE", "check its digits"),
        ("+7 707 555-01-422", "INVALID_PHONE", "check its digits"),
        ("+787075550142", "INVALID_PHONE", "check its digits"),
        ("8 000 000 00 00", "INVALID_PHONE", "check its digits"),
        ("3172 70 12 34", "INVALID_PHONE", "Kazakhstan"),
        ("70-12-34", "INVALID_PHONE", "area code is missing"),
        ("112", "INVALID_PHONE", "area code is missing"),
        ("8 707 555 01 42 доб. 15", "PHONE_EXTENSION", "15"),
        ("+7 707 555 01 42 ext 15", "PHONE_EXTENSION", "15"),
        ("tel:+77075550142;ext=15", "PHONE_EXTENSION", "15"),
        ("87075550142, 87085550143", "SEVERAL_VALUES", "one telephone number"),
        ("87075550142/87085550143", "SEVERAL_VALUES", "one telephone number"),
        ("87075550142 или 555-01-43", "SEVERAL_VALUES", "one telephone number"),
        ("8 707 555 01 42, 43", "SEVERAL_VALUES", "one telephone number"),
        ("87075550142 87085550143", "SEVERAL_VALUES", "one telephone number"),
        ("8,70756E+10", "LOST_DIGITS", "in full"),
        ("8.70756E+10", "LOST_DIGITS", "in full"),
        ("8 800 VOLUNTEER", "INVALID_PHONE", "digits"),
        ("8 707 555 O1 42", "INVALID_PHONE", "digits"),
        ("8 707 555 01 42 (Асель)", "INVALID_PHONE", "digits"),
        ("нет", "INVALID_PHONE", "digits"),
        ("٨٧٠٧٥٥٥٠١٤٢", "INVALID_PHONE", "digits"),
        ("++77075550142", "FORMULA", "formula"),
        ("+cmd", "FORMULA", "formula"),
        (True, "INVALID_TEXT", "text"),
    ],
)
def test_rejected_with_the_reason(cell: object, code: str, said: str) -> None:
    with pytest.raises(InvalidError) as refusal:
        phone(cell)
    assert refusal.value.code == code
    assert said in refusal.value.reason


@given(st.from_regex(USUAL, fullmatch=True))
def test_usual_numbers_are_valid_in_the_plan(number: str) -> None:
    assert phonenumbers.is_valid_number_for_region(phonenumbers.parse(number), "KZ")


@given(st.integers(0, 9_999_999), st.sampled_from(["+7", "8", "7", ""]))
def test_a_number_is_one_however_its_country_is_written(serial: int, prefix: str) -> None:
    digits = f"701{serial:07d}"
    assert phone(f"{prefix}{digits}") == phone(f"{prefix} ({digits[:3]}) {digits[3:]}")
    assert phone(f"{prefix}{digits}") == f"+7{digits}"
