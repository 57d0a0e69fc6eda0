"""The alphabets of the three languages, and what can be wrong with a text in them."""

import re
from collections import Counter

from erikti.labels import Labels
from erikti.writing.words import folded

KAZAKH = set("аәбвгғдеёжзийкқлмнңоөпрстуұүфхһцчшщъыіьэюя")
RUSSIAN = set("абвгдеёжзийклмнопрстуфхцчшщъыьэюя")
ENGLISH = set("abcdefghijklmnopqrstuvwxyz")
#: The same word in Kazakh and in Russian.
INTERNATIONAL = {
    "Делегат",
    "Делегация",
    "Квота",
    "Клиент",
    "Код",
    "Комитет",
    "Лауреат",
    "Мессенджер",
    "Сайт",
    "Спорт",
    "Телефон",
    "Форум",
    "Экология",
}


def strange(text: str, alphabet: set[str]) -> str:
    """Return the letters of a text that an alphabet lacks."""
    return "".join(sorted({x for x in text.casefold() if x.isalpha()} - alphabet))


def faults(labels: Labels) -> list[str]:
    """Return what is wrong with the three texts of a label."""
    found = []
    alphabets = {"kk": KAZAKH, "ru": RUSSIAN, "en": ENGLISH}
    for (language, alphabet), text in zip(alphabets.items(), labels.all, strict=True):
        if not any(letter.isalpha() for letter in text):
            found.append(f"{language} is empty")
        if foreign := strange(text, alphabet):
            found.append(f"{language} has {foreign}")
        if text != " ".join(text.split()) or re.search(r"[.;]$", text):
            found.append(f"{language} is not one phrase")
        if text[:1].islower():
            found.append(f"{language} begins with a small letter")
    kazakh, russian, _ = labels.all
    if kazakh == russian and kazakh not in INTERNATIONAL:
        found.append("kk repeats ru")
    return found


def repeated(texts: list[str]) -> list[str]:
    """Return the texts that occur more than once."""
    return [text for text, times in Counter(map(folded, texts)).items() if times > 1]
