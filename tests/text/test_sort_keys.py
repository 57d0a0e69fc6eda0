"""Sort keys: the Kazakh alphabet, compared byte by byte."""

from unicodedata import normalize

from hypothesis import given
from hypothesis import strategies as st

from erikti.text import MAX_KEY, sort_key

KAZAKH = "аәбвгғдеёжзийкқлмнңоөпрстуұүфхһцчшщъыіьэюя"
RUSSIAN = "абвгдеёжзийклмнопрстуфхцчшщъыьэюя"
LATIN = "abcdefghijklmnopqrstuvwxyz"
PLAIN = st.text(KAZAKH, max_size=12)


def test_the_alphabets_are_in_order() -> None:
    for letters in (KAZAKH, RUSSIAN, LATIN, "0123456789" + KAZAKH + LATIN):
        assert sorted(set(letters), key=sort_key) == list(letters)


def test_names_are_in_the_order_of_a_dictionary() -> None:
    names = ["2ГИС", "Ая", "Ә", "Әділ", "ғасыр", "Ель", "Ёлка", "Құс", "Үй", "Іс", "ЯК", "AIESEC"]
    assert sorted(set(names), key=sort_key) == names


def test_words_sort_before_longer_words() -> None:
    names = ["Жас", "Жас Отан", "«Жас өркен»", "Жасыл"]
    assert sorted(set(names), key=sort_key) == names


@given(st.text(max_size=200))
def test_a_key_is_short_printable_ascii(text: str) -> None:
    key = sort_key(text)
    assert len(key) <= MAX_KEY
    assert key.isascii()
    assert key.isprintable()


@given(st.text(KAZAKH + LATIN + "éüї «»-", max_size=20))
def test_case_normal_form_and_punctuation_do_not_count(text: str) -> None:
    key = sort_key(text)
    assert (
        key == sort_key(text.upper()) == sort_key(normalize("NFD", text)) == sort_key(f"«{text}»")
    )


@given(PLAIN, PLAIN)
def test_keys_compare_as_the_letters_do(one: str, other: str) -> None:
    places = [[KAZAKH.index(letter) for letter in word] for word in (one, other)]
    assert (sort_key(one) < sort_key(other)) == (places[0] < places[1])
