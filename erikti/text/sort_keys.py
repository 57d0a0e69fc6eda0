"""Sort keys: text in the order of the Kazakh alphabet, which contains the Russian one.

A key is ASCII, so that every database compares it alike, byte by byte. Digits come first, then
Cyrillic, then Latin, as the Unicode CLDR has it for Kazakh; case, marks and punctuation do not
count.
"""

from functools import cache, lru_cache
from unicodedata import combining, normalize

MAX_KEY = 120  # characters; texts that are equal up to here are ordered by their ids
CACHED = 65_536

KAZAKH = "аәбвгғдеёжзийкқлмнңоөпрстуұүфхһцчшщъыіьэюя"
LATIN = "abcdefghijklmnopqrstuvwxyz"
FIRST = ord("0") + 10  # the letters follow the digits
OTHER = "~"  # after all letters, followed by the code point
# Letters of neighbours that Unicode does not decompose, at the place of the most similar one.
SIMILAR = dict(zip("ґєҷҳҡҙҫӈҥҗђџøłđıəŋ", "гечхкзсннждцoldian", strict=True))


@lru_cache(maxsize=CACHED)
def sort_key(text: str) -> str:
    """Return the key that sorts a text; word by word, so that a space sorts before all letters."""
    letters = normalize("NFKC", normalize("NFKC", text).casefold())
    return " ".join("".join(map(_weight, letters)).split())[:MAX_KEY]


@cache
def _weights() -> dict[str, str]:
    found = {digit: digit for digit in "0123456789"}
    found.update((letter, chr(FIRST + place)) for place, letter in enumerate(KAZAKH + LATIN))
    found.update((letter, found[known]) for letter, known in SIMILAR.items())
    return found


@lru_cache(maxsize=CACHED)
def _weight(character: str) -> str:
    known = _weights()
    if character in known:
        return known[character]
    base = "".join(part for part in normalize("NFKD", character) if not combining(part))
    if base != character:
        return "".join(map(_weight, base))
    return f"{OTHER}{ord(character):06x}" if character.isalnum() else " "
