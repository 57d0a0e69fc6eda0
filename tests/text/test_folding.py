"""Folded text: one form for all spellings of a word, and a part of a word folds to a part."""

from unicodedata import normalize

import pytest
from hypothesis import given
from hypothesis import strategies as st

from erikti.text import fold

CYRILLIC = "аәбвгғдеёжзийкқлмнңоөпрстуұүфхһцчшщъыіьэюя"
LATIN = "abcdefghijklmnopqrstuvwxyzáǵıńóúýäğñöşūüç"
WORDS = st.text(CYRILLIC + CYRILLIC.upper() + LATIN + "0123456789 -'«»ґїєҷҳəŋ", max_size=30)
CYRILLIC_WORDS = st.text(CYRILLIC + " ", min_size=1, max_size=20)
SAME = [
    "Нұрсұлтан Нурсултан NURSULTAN Nursultan Nūrsūltan",
    "Қазақстан Казакстан Qazaqstan Kazakstan",
    "Әйгерім Айгерим Aigerim Aygerim Äigerim Áıgerim A'igerim",
    "Ғалымжан Галымжан Galymzhan Ğalymjan G'alymjan",
    "Жүсіп Жусип Zhusip Jüsip Ju'sip",
    "Шыңғыс Shyngys Şyñğys S'yn'g'ys",
    "Алёна Алена Alena",
    "Юлия Yuliya Iuliia",
    "Хадиша Khadisha Hadisha",
    "Һади Хади Hadi",
    "Ерікті Erikti ерикти Yerikti",
    "Мырзағалиев МЫРЗАГАЛИЕВ MYRZAGALIYEV",
    "волонтёров волонтеров ВОЛОНТЁРОВ",
    "Қамқор Камкор Qamqor",
    "Тәуелсіздік Táýelsizdik Ta'y'elsizdik",
    "Назгүл Назгуль Nazgul",
    "жиһаз жихаз",
    "«Тау-Самал» «Тау Самал»",
]
LOOKALIKES = [
    ("Cергей", "Сергей"),
    ("Кожахмeтoв", "Кожахметов"),
    ("Tілеубеpдиева", "Тілеубердиева"),
    ("Hұрлан", "Нұрлан"),
    ("Шәрiпов", "Шәріпов"),
    ("Сentre", "Centre"),
]


@pytest.mark.parametrize("words", SAME)
def test_spellings_of_a_word_fold_to_the_same(words: str) -> None:
    spelled = words.split(" ") if "«" not in words else words.split("» ")
    assert len({fold(word) for word in spelled}) == 1


@pytest.mark.parametrize(("mixed", "pure"), LOOKALIKES)
def test_lookalikes_in_words_of_two_scripts_are_replaced(mixed: str, pure: str) -> None:
    assert mixed != pure
    assert fold(mixed) == fold(pure)


@pytest.mark.parametrize(
    ("one", "other"), [("Айдана", "Айбана"), ("Самат", "Шамат"), ("2011", "201"), ("Әли", "Вали")]
)
def test_different_words_stay_different(one: str, other: str) -> None:
    assert fold(one) != fold(other)


def test_numbers_words_and_other_scripts_are_preserved() -> None:
    assert fold("«Қамқор» қоры, 2011!") == "kamkor kori 2011"
    assert fold("東京 2020") == "東京 2020"
    assert fold("... — ...") == ""


@given(WORDS)
def test_folding_again_changes_nothing(text: str) -> None:
    assert fold(fold(text)) == fold(text)


@given(st.text(max_size=20))
def test_any_text_folds_to_a_fixed_form(text: str) -> None:
    assert fold(fold(text)) == fold(text)


@given(WORDS)
def test_the_normal_form_does_not_matter(text: str) -> None:
    assert len({fold(normalize(form, text)) for form in ("NFC", "NFD", "NFKC", "NFKD")}) == 1


@given(WORDS)
def test_case_does_not_matter(text: str) -> None:
    assert fold(text.upper()) == fold(text.lower()) == fold(text.title())


@given(WORDS)
def test_folded_text_is_words_of_ascii(text: str) -> None:
    folded = fold(text)
    assert folded.isascii()
    assert folded == " ".join(folded.split())
    assert folded.replace(" ", "").isalnum() or folded == ""


@given(CYRILLIC_WORDS, st.data())
def test_a_part_of_a_text_folds_to_a_part_of_the_folded_text(
    text: str, data: st.DataObject
) -> None:
    start = data.draw(st.integers(0, len(text)))
    stop = data.draw(st.integers(start, len(text)))
    assert fold(text[start:stop]) in fold(text)
