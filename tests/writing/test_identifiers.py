"""Individual and business identification numbers."""

from datetime import date

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from erikti.writing import values
from erikti.writing.identifiers import born, check_digit, iin
from erikti.writing.problems import InvalidError
from models.people import Sex
from tests.importers.samples import business_number

PUBLIC_SAMPLES = ("791028302728", "061211600012")
heads = st.from_regex(r"[0-9]{11}", fullmatch=True)
# The eleventh digit has the weight 11, so modulo 11 it is not protected.
PROTECTED = (*range(10), 11)
days = st.dates(date(1900, 1, 1), date(1999, 12, 31))


@pytest.mark.parametrize("number", PUBLIC_SAMPLES)
def test_public_samples_pass(number: str) -> None:
    assert values.iin(number) == number


def test_birth_date_and_sex_come_from_the_number() -> None:
    assert born("7910283") == (date(1979, 10, 28), Sex.MALE)
    assert born("0612116") == (date(2006, 12, 11), Sex.FEMALE)


@given(heads)
def test_the_check_digit_follows_the_two_weighings(head: str) -> None:
    digits = [int(digit) for digit in head]
    first = sum(d * w for d, w in zip(digits, range(1, 12), strict=True)) % 11
    weights = (3, 4, 5, 6, 7, 8, 9, 10, 11, 1, 2)
    second = sum(d * w for d, w in zip(digits, weights, strict=True)) % 11
    expected = first if first < 10 else (second if second < 10 else None)
    assert check_digit(head) == expected


@given(days, st.integers(0, 9999), st.sampled_from(PROTECTED), st.integers(1, 9))
def test_no_changed_digit_goes_unnoticed_where_one_weighing_decides(
    day: date, serial: int, place: int, step: int
) -> None:
    head = f"{day:%y%m%d}3{serial:04d}"
    digit = check_digit(head)
    assume(digit is not None)
    number = f"{head}{digit}"
    assert iin(number) == number
    other = str((int(number[place]) + step) % 10)
    changed = f"{number[:place]}{other}{number[place + 1 :]}"
    assume(_decided_at_once(number) and _decided_at_once(changed))
    with pytest.raises(InvalidError, match="check digit"):
        iin(changed)


def _decided_at_once(number: str) -> bool:
    return sum(int(d) * w for d, w in zip(number[:11], range(1, 12), strict=True)) % 11 < 10


@given(st.text(max_size=14))
def test_anything_else_is_refused_with_a_code(text: str) -> None:
    assume(text.strip() and not text.strip().isdigit())
    with pytest.raises(InvalidError) as refusal:
        values.iin(text)
    assert refusal.value.code in ("IIN_FORMAT", "FORMULA", "CONTROL_CHARACTER")


@pytest.mark.parametrize(
    ("head", "code"),
    [("79130130272", "IIN_DATE"), ("79102870272", "IIN_CENTURY"), ("00023060000", "IIN_DATE")],
)
def test_birth_date_and_century_must_exist(head: str, code: str) -> None:
    digits = (f"{head[:-1]}{last}" for last in range(10))
    number = next(f"{h}{check_digit(h)}" for h in digits if check_digit(h) is not None)
    with pytest.raises(InvalidError) as refusal:
        values.iin(number)
    assert refusal.value.code == code


def test_a_number_that_lost_its_leading_zeros_gets_them_back() -> None:
    assert values.iin(61211600012) == "061211600012"
    assert values.iin(61211600012.0) == "061211600012"


@pytest.mark.parametrize("digits", ["٧٩١٠٢٨٣٠٢٧٢٨", "79102830272", "7910283027280", "79102830272²"])
def test_only_twelve_ascii_digits_are_a_number(digits: str) -> None:
    with pytest.raises(InvalidError) as refusal:
        values.iin(digits)
    assert refusal.value.code == "IIN_FORMAT"


def test_business_numbers() -> None:
    number = business_number()
    assert values.bin_(number) == number
    for wrong, code in (
        (number[:11] + str((int(number[11]) + 1) % 10), "BIN_CHECK_DIGIT"),
        (_with_digit("251340"), "BIN_DATE"),
        (_with_digit("250130"), "BIN_KIND"),
        (_with_digit("250144"), "BIN_KIND"),
        ("25014", "BIN_FORMAT"),
    ):
        with pytest.raises(InvalidError) as refusal:
            values.bin_(wrong)
        assert refusal.value.code == code


def _with_digit(start: str) -> str:
    heads = (f"{start}{serial:05d}" for serial in range(100))
    return next(f"{head}{check_digit(head)}" for head in heads if check_digit(head) is not None)
