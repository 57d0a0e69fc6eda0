"""Names of people: letters that are lost, invisible, look alike, or are none."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from erikti.importers import load
from erikti.writing.names import name
from erikti.writing.problems import InvalidError
from tests.importers.samples import count, outcome, row

NAME = name(40)


@pytest.mark.parametrize(
    ("cell", "stored"),
    [
        ("Ә", "Ә"),
        ("Ко", "Ко"),
        ("Сәуле", "Сәуле"),
        ("Säule", "Säule"),
        ("Ġużè", "Ġużè"),
        ("İnci", "İnci"),
        ("Өтеген\u00a0", "Өтеген"),
        ("Қали  Бек", "Қали Бек"),
        ("Қали\u00a0Бек", "Қали Бек"),
        ("и\u0306од", "йод"),
        ("Ким-Цой", "Ким-Цой"),
        ("Smith-Ким", "Smith-Ким"),
        ("Ли – Ким", "Ли-Ким"),
        ("Ли—Ким", "Ли-Ким"),
        ("О'Хара", "О'Хара"),
        ("Тоқаева (Ким)", "Тоқаева (Ким)"),
        ("С. Қ.", "С. Қ."),
        ("ким", "ким"),
        ("КИМ", "КИМ"),
        ("Чен II", "Чен II"),
        ("محمد", "محمد"),
        ("王", "王"),
        ("山田あゆみ", "山田あゆみ"),
        ("Ґалаґан", "Ґалаґан"),
        ("Ни", "Ни"),
        ("\u200b\u00ad", None),
        ("\ufeff", None),
        ("  ", None),
        (None, None),
    ],
)
def test_names(cell: object, stored: str | None) -> None:
    assert NAME(cell) == stored


@pytest.mark.parametrize(
    ("cell", "code"),
    [
        ("?тегенов", "LOST_LETTERS"),
        ("Т?кен", "LOST_LETTERS"),
        ("?????", "LOST_LETTERS"),
        ("\ufffdтегенов", "LOST_LETTERS"),
        ("СЃРµСЂРёРє", "GARBLED_TEXT"),
        ("Ð¡ÐµÑ€Ð¸Ðº", "GARBLED_TEXT"),
        ("Ñåðèê", "GARBLED_TEXT"),
        ("JÃ¼rgÃ¼n", "GARBLED_TEXT"),
        ("#ЗНАЧ!", "ERROR_CELL"),
        ("#REF!", "ERROR_CELL"),
        ("#####", "ERROR_CELL"),
        ("Err:502", "ERROR_CELL"),
        ("NaN", "PLACEHOLDER"),
        ("NULL", "PLACEHOLDER"),
        ("None", "PLACEHOLDER"),
        ("Нет", "PLACEHOLDER"),
        ("жоқ", "PLACEHOLDER"),
        ("Н/Д", "PLACEHOLDER"),
        ("без отчества", "PLACEHOLDER"),
        ("-", "FORMULA"),
        ("–", "INVALID_NAME"),
        ("...", "INVALID_NAME"),
        ("2025", "INVALID_NAME"),
        ("Ким2", "INVALID_NAME"),
        ("Ки\u00b0м", "INVALID_NAME"),
        ("<i>Ким</i>", "INVALID_NAME"),
        ("Ким&nbsp;", "INVALID_NAME"),
        ("Ким, Аня", "INVALID_NAME"),
        ("ким@example.org", "INVALID_NAME"),
        ("Ким\nАня", "CONTROL_CHARACTER"),
        ("Ким\x98", "CONTROL_CHARACTER"),
        ("+Ким", "FORMULA"),
        ("К" * 41, "TOO_LONG"),
        (True, "INVALID_TEXT"),
        (5, "INVALID_NAME"),
    ],
)
def test_rejected(cell: object, code: str) -> None:
    with pytest.raises(InvalidError) as refusal:
        NAME(cell)
    assert refusal.value.code == code


def test_lost_letters_name_the_encodings_to_use() -> None:
    with pytest.raises(InvalidError, match=r"UTF-8.*kz1048"):
        NAME("????? ????")


def test_garbled_text_says_what_it_may_mean() -> None:
    with pytest.raises(InvalidError, match="Серик"):
        NAME("РЎРµСЂРёРє")


@pytest.mark.parametrize(
    ("cell", "code", "stored", "said"),
    [
        ("Сәуле\u200b", "INVISIBLE_CHARACTER", "Сәуле", "U+200B"),
        ("Сә\u00adуле", "INVISIBLE_CHARACTER", "Сәуле", "U+00AD"),
        ("\u202eСәуле\u202c", "INVISIBLE_CHARACTER", "Сәуле", "U+202C, U+202E"),
        ("Cәуле", "MIXED_SCRIPTS", "Сәуле", "C Latin"),
        ("Сəуле", "MIXED_SCRIPTS", "Сәуле", "ə Latin"),
        ("Iлияс", "MIXED_SCRIPTS", "Ілияс", "I Latin"),
        ("Smіth", "MIXED_SCRIPTS", "Smith", "і Cyrillic"),
        ("Αнна", "MIXED_SCRIPTS", "Анна", "Α Greek"),
        ("Cаp Smith", "MIXED_SCRIPTS", "Cap Smith", "C Latin"),
        ("Yлгі", "MIXED_SCRIPTS", "Yлгі", "kept"),
        ("ИвановQ", "MIXED_SCRIPTS", "ИвановQ", "kept"),
        ("Ќадыр", "GARBLED_TEXT", "Ќадыр", "Қадыр"),
        ("Јсел", "GARBLED_TEXT", "Јсел", "kz1048"),
        ("Nan", "PLACEHOLDER", "Nan", "also a name"),
    ],
)
async def test_doubtful_names_are_stored_with_a_warning(
    database: str, cell: str, code: str, stored: str, said: str
) -> None:
    report = await load("people", [row("1", family_name=cell, given_name="Ким")])
    assert (outcome(report), report.committed) == ((1, 0, 0, 0), True)
    (warning,) = report.warnings
    assert (warning.row, warning.column, warning.code) == (1, "family_name", code)
    assert said in warning.reason
    assert await count("people", f"family_name = '{stored}'") == 1


async def test_doubts_of_a_cell_add_up(database: str) -> None:
    report = await load("people", [row("1", family_name="Cәуле\u200b", given_name="Ким")])
    assert [w.code for w in report.warnings] == ["INVISIBLE_CHARACTER", "MIXED_SCRIPTS"]
    assert await count("people", "family_name = 'Сәуле'") == 1


def stored_or_code(cell: str) -> str | None:
    try:
        return NAME(cell)
    except InvalidError as refusal:
        return refusal.code


@given(
    st.text(st.sampled_from("абвгдежзийклмнопрстуфхцчшщъыьэюяәғқңөұүһі"), min_size=1, max_size=20)
)
def test_no_kazakh_or_russian_word_is_taken_for_garbled(word: str) -> None:
    for spelled in (word, word.upper(), word.title()):
        assert stored_or_code(spelled) in (spelled, "PLACEHOLDER")
