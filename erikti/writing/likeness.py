"""Likeness of names: whether two may be one person's, written in another way.

Names are compared in folded form, whatever their alphabet. The parts may be in other fields, be
initials, or have one slip of typing. A likeness is a reason for a warning, never for a merge.
"""

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import product, zip_longest
from typing import NamedTuple

from erikti.text.folding import fold

CACHED = 16_384
VOWELS = "aeiu"
# Shorter names that differ by a letter are too often those of two people: Дана and Диана.
GIVEN_SLIP, FAMILY_SLIP = 5, 6

BRACKETS = re.compile(r"\(([^()]*)\)")
BORN = re.compile(r"^(?:дев|урожд|урожд[её]нная|тума|n[eé]e|born)\b[. ]*", re.IGNORECASE)
HYPHENS = re.compile(r"[-\u2010-\u2015]")
BETWEEN_WORDS = re.compile(r"[\s.,]+")
BETWEEN_PARTS = re.compile(r"[\s.,()\-\u2010-\u2015]+")
KAZAKH = r"(?:[ұуūúu]['\u2019]?l[yi]|[ұу]лы|о[гғ]лы|(?P<daughter>[қк]ызы|[qk][yi]z[yi]))"
CHILD_OF = re.compile(rf"\s+(?={KAZAKH}\b)", re.IGNORECASE)
KAZAKH_PATRONYMIC = re.compile(rf"(?<=.){KAZAKH}$", re.IGNORECASE)
# In folded form; the longest that fits counts.
PATRONYMIC = re.compile("(?:uvic|evic|ic|uvna|evna|inicna|icna)$")
ONE_LETTER = {"shch": "w", "sh": "x", "kh": "h", "zh": "j", "ch": "c", "ts": "q"}
SEVERAL_LETTERS = re.compile("|".join(ONE_LETTER))
HEAD = re.compile("i[au]|.")


class Father(NamedTuple):
    """A patronymic: the father's name, and whether it is that of a daughter, if it says so."""

    name: str
    daughter: bool | None


class Reading(NamedTuple):
    """One way to read a name: the spellings of the family name, the given name, the father."""

    families: frozenset[str]
    given: str
    father: Father | None


class Name(NamedTuple):
    """A name: how its fields read, how they would if exchanged, and the words of all readings.

    Two names that are alike have a word in common, by which they are found.
    """

    plain: tuple[Reading, ...]
    mixed: tuple[Reading, ...]
    words: frozenset[str]


def name(family: str | None, given: str | None, patronymic: str | None) -> Name:
    """Return a name from its fields."""
    father = _father(patronymic or "")
    words = _words(given or "")
    if not words:
        return _name(tuple(_of_one_field(family or "", father)))
    families = _families(family or "")
    plain = [Reading(families, _spelled(words), father)]
    if father is None and len(words) > 1:
        plain.append(Reading(families, _spelled(words[:1]), _father(words[1])))
    swapped = Reading(_families(given or ""), _spelled(_words(family or "")), father)
    return _name(tuple(plain), (swapped,))


def _name(plain: tuple[Reading, ...], mixed: tuple[Reading, ...] = ()) -> Name:
    readings = plain + mixed
    found = {reading.given for reading in readings}.union(*(r.families for r in readings))
    return Name(plain, mixed, frozenset(found - {""}))


def heads(family: str | None, given: str | None) -> set[str]:
    """Return the first two letters of all words of a name.

    Names that are alike share one, unless a hyphen parts letters of one sound. They cost a
    fraction of the name, so that most names need not be read to be told apart.
    """
    found = set()
    for text in (family, given):
        parts = list(filter(None, map(_folded, BETWEEN_PARTS.split(text)))) if text else []
        for part, following in zip_longest(parts, parts[1:], fillvalue=""):
            found.add(part[:2])
            if len(part) == 1:  # an initial, or a part of a word
                found.add(part + following[:1])
    return found


def alike(one: Name, other: Name) -> bool:
    """Return whether two names may be those of one person."""
    if one.words.isdisjoint(other.words):
        return False
    ways = (*product(one.plain, other.plain + other.mixed), *product(one.mixed, other.plain))
    return any(_same(a, b) for a, b in ways)


def _of_one_field(family: str, father: Father | None) -> Iterator[Reading]:
    """Yield the ways to read a name that has all its parts in the field of the family name."""
    words = _words(BRACKETS.sub(" ", family))
    if len(words) < 2:
        yield Reading(_families(family), "", father)
        return
    orders = [(0, 1, 2), (-1, 0, 1)]  # family name, given name, patronymic
    for last, first, second in orders:
        own = None if len(words) == 2 else _father(words[second])
        yield Reading(_families(words[last]), _spelled([words[first]]), father or own)


def _same(one: Reading, other: Reading) -> bool:
    """Return whether two readings agree in all parts, but for one slip."""
    slips = 0
    if not one.families & other.families:
        pairs = product(one.families, other.families)
        if not any(_slip(a, b, FAMILY_SLIP) for a, b in pairs):
            return False
        slips += 1
    if not _given_agree(one.given, other.given):
        if not _slip(one.given, other.given, GIVEN_SLIP):
            return False
        slips += 1
    if one.father and other.father and not _given_agree(one.father.name, other.father.name):
        if not _slip(one.father.name, other.father.name, GIVEN_SLIP):
            return False
        slips += 1
    daughters = {reading.father.daughter for reading in (one, other) if reading.father}
    return slips <= 1 and not daughters >= {True, False}


def _given_agree(one: str, other: str) -> bool:
    """Return whether two given names are equal, or one is the initial of the other."""
    if one == other:
        return True
    initials = one.endswith(".") or other.endswith(".")
    return initials and _head(one) == _head(other) and bool(one and other)


def _head(word: str) -> str:
    """Return the first letter of a word as folded: я and ю are two."""
    return found[0] if (found := HEAD.match(word)) else ""


def _slip(one: str, other: str, shortest: int) -> bool:
    """Return whether a letter is missing, or two are exchanged, between the first and the last.

    A vowel at the end makes another name: Камил and Камила. The Kazakh і and ы, often left out in
    Russian documents (Тілек, Тлек), may be missing in a name of any length.
    """
    short, long = sorted((one, other), key=len)
    if not short or short[0] != long[0] or short[-1] != long[-1] or short == long:
        return False
    start = next((n for n, (a, b) in enumerate(zip(short, long, strict=False)) if a != b), 0)
    if len(long) == len(short) + 1 and short[start:] == long[start + 1 :]:
        around = {long[start - 1], *long[start + 1 : start + 2]}
        reduced = long[start] == "i" and around.isdisjoint(VOWELS)
        return reduced or len(short) >= shortest
    exchanged = long[:start] + long[start + 1 : start + 2] + long[start] + long[start + 2 :]
    return len(short) >= shortest and short == exchanged


def _words(text: str) -> list[str]:
    """Return the words of a text, those with hyphens as one, and Серік ұлы as well."""
    joined = CHILD_OF.sub("", HYPHENS.sub("", text))
    return [word for word in BETWEEN_WORDS.split(joined) if word]


def _spelled(words: Sequence[str]) -> str:
    """Return words in one spelling; an initial ends in a dot."""
    if len(words) == 1 and len(words[0]) == 1:
        return f"{_head(_folded(words[0]))}."
    return "".join(map(_folded, words))


@lru_cache(maxsize=CACHED)
def _folded(word: str) -> str:
    """Return a word folded, with one letter for each, and where two languages have either.

    о and у stand for one another (Өтегенов, Утегенов), and so do е and the ye of passports.
    """
    letters = SEVERAL_LETTERS.sub(lambda found: ONE_LETTER[found[0]], fold(word).replace(" ", ""))
    return letters.replace("o", "u").replace("ie", "e")


@lru_cache(maxsize=CACHED)
def _families(text: str) -> frozenset[str]:
    """Return the spellings of a family name: as one word, its parts, the name in brackets."""
    former = [BORN.sub("", inside.strip()) for inside in BRACKETS.findall(text)]
    names = [BRACKETS.sub(" ", text), *former]
    parts = [part for one in names for part in HYPHENS.sub(" ", one).split()]
    return frozenset(_spelled(_words(one)) for one in (" ".join(names), *names, *parts))


@lru_cache(maxsize=CACHED)
def _father(text: str) -> Father | None:
    """Return the father's name of a patronymic in any form: Серікұлы, Серик, Сериковна, С."""
    if not (words := _words(text)):
        return None
    # Before folding, which makes one letter of the two in Серікқызы.
    if kazakh := KAZAKH_PATRONYMIC.search(words[-1]):
        words[-1] = words[-1][: kazakh.start()] + "a"  # for an apostrophe before it to count
        return Father(_stem(_spelled(words)), kazakh["daughter"] is not None)
    word = _spelled(words)
    if ending := PATRONYMIC.search(word, 1):
        return Father(_stem(word[: ending.start()]), ending[0].endswith("na"))
    return Father(_stem(word), None)


def _stem(father: str) -> str:
    return father.rstrip(VOWELS) or father
