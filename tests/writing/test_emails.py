"""E-mail addresses: what is read, and what is rejected with the reason."""

import pytest
from email_validator import validate_email
from hypothesis import given
from hypothesis import strategies as st

from erikti.writing.emails import USUAL, email
from erikti.writing.problems import DoubtfulError, InvalidError


@pytest.mark.parametrize(
    ("cell", "address"),
    [
        ("asel@example.kz", "asel@example.kz"),
        ("Asel.K@Example.KZ", "Asel.K@example.kz"),
        ("asel+forum@mail.example.org", "asel+forum@mail.example.org"),
        ("d'arc@example.org", "d'arc@example.org"),
        (" asel@example.org\u00a0", "asel@example.org"),
        ("asel@xn--e1afmkfd.xn--p1ai", "asel@пример.рф"),
        ("asel@ПРИМЕР.рф", "asel@пример.рф"),
        ("әсел@үлгі.қаз", "әсел@үлгі.қаз"),
        ("и\u0306од@пример.рф", "йод@пример.рф"),
        (None, None),
        ("", None),
        ("\u200b", None),
    ],
)
def test_one_form(cell: object, address: str | None) -> None:
    assert email(cell) == address


@pytest.mark.parametrize(
    ("cell", "code"),
    [
        ("asel", "INVALID_EMAIL"),
        ("asel@example", "INVALID_EMAIL"),
        ("asel..k@example.org", "INVALID_EMAIL"),
        (".asel@example.org", "INVALID_EMAIL"),
        ("asel.@example.org", "INVALID_EMAIL"),
        ("asel@example..org", "INVALID_EMAIL"),
        ("asel@-example.org", "INVALID_EMAIL"),
        ("asel@localhost", "INVALID_EMAIL"),
        ("asel k@example.org", "INVALID_EMAIL"),
        ("asel@@example.org", "INVALID_EMAIL"),
        ("asel@[10.0.0.1]", "INVALID_EMAIL"),
        ("Әсел <asel@example.org>", "INVALID_EMAIL"),
        ("mailto:asel@example.org", "INVALID_EMAIL"),
        (f"{'x' * 65}@example.org", "INVALID_EMAIL"),
        (f"asel@{'x' * 64}.org", "INVALID_EMAIL"),
        ("жоқ", "INVALID_EMAIL"),
        ("asel@example.org; k@example.org", "SEVERAL_VALUES"),
        ("asel@example.org k@example.org", "SEVERAL_VALUES"),
        ("asel@exаmple.org", "MIXED_SCRIPTS"),
        ("+asel@example.org", "FORMULA"),
        ("#N/A", "ERROR_CELL"),
    ],
)
def test_rejected(cell: str, code: str) -> None:
    with pytest.raises(InvalidError) as refusal:
        email(cell)
    assert refusal.value.code == code


@pytest.mark.parametrize("cell", ["со@example.org", "аsel@example.org", "ａsel@example.org"])
def test_letters_of_another_script_are_kept_with_a_warning(cell: str) -> None:
    with pytest.raises(DoubtfulError) as doubt:
        email(cell)
    assert doubt.value.code == "MIXED_SCRIPTS"
    assert email(doubt.value.cell) == cell


@given(st.from_regex(USUAL, fullmatch=True))
def test_usual_addresses_are_what_the_library_returns(address: str) -> None:
    found = validate_email(address, check_deliverability=False, strict=True)
    assert found.normalized == address
