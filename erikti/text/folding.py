"""Folding of text for searches: one spelling for all alphabets that Kazakhstan writes names in.

Kazakh and Russian in Cyrillic, the three Latin alphabets of Kazakh (2017 with apostrophes, 2018
with acutes, 2021 with umlauts) and the letters of passports fold to the same ASCII, so that
Камкор finds Қамқор and Nursultan finds Нұрсұлтан. Apart from doubled letters, each Cyrillic
letter folds on its own: a part of a word folds to a part of the folded word.
"""

import re
from functools import lru_cache
from unicodedata import combining, normalize

CACHED = 65_536
APOSTROPHES = "'\u2019\u2018\u02bc\u02bb\u02b9\u02c8\u2032`\u00b4"  # NFKC would split the last

CYRILLIC = {
    **dict(zip("абвгдезиклмнопрстуфы", "abvgdeziklmnoprstufi", strict=True)),
    **dict(zip("әғқңөұүіёйэ", "agknouuieie", strict=True)),
    **{"ж": "zh", "х": "kh", "һ": "kh", "ц": "ts", "ч": "ch", "ш": "sh", "щ": "shch"},
    **{"ю": "iu", "я": "ia", "ъ": "", "ь": ""},
    # Other languages of the CIS.
    **dict(zip("ґїўӣӯҡҙҫӈҥ", "giuiukzsnn", strict=True)),
    **{"є": "ie", "ҷ": "ch", "ҳ": "kh", "җ": "zh", "ђ": "dzh", "џ": "dzh", "ӏ": ""},
}
# Before diacritics are removed, which would make these letters others.
LATIN = {"ş": "sh", "ș": "sh", "š": "sh", "ž": "zh", "ç": "ch", "č": "ch", "ý": "u"} | dict(
    zip("ŋıəøłđ", "niaold", strict=True)
)
LATIN |= {"æ": "ae", "œ": "oe", "þ": "t"}
LETTERS = str.maketrans(CYRILLIC | LATIN)
MERGED = str.maketrans({"y": "i", "q": "k", "w": "v", "x": "kh", "j": "zh"})
# The capitals decide: H is far more often a Н from the wrong keyboard than a һ.
LOOKALIKES = dict(zip("aceopxykmtbhi", "асеорхукмтвні", strict=True)) | {"ə": "ә"}
TO_CYRILLIC = str.maketrans(LOOKALIKES)
TO_LATIN = str.maketrans({cyrillic: latin for latin, cyrillic in LOOKALIKES.items()})

WORD = re.compile(r"[^\W\d_]+")
CYRILLIC_LETTER = re.compile("[\u0400-\u052f]")
LATIN_LETTER = re.compile("[a-z\u00df-\u024f\u0259]")
ACCENTED_BY_APOSTROPHE = re.compile(rf"([scy])[{APOSTROPHES}](?=\w)")
ALPHABET_OF_2017 = {"s": "sh", "c": "ch", "y": "u"}
NO_APOSTROPHES = str.maketrans(dict.fromkeys(APOSTROPHES))
BETWEEN_WORDS = re.compile(r"[\W_]+")
DOUBLED = re.compile(r"([^\W\d_])\1+")
BARE_H = re.compile(r"(?<![sczk])h")  # not the second half of sh, ch, zh or kh
FIRST_IE = re.compile(r"\bie")


@lru_cache(maxsize=CACHED)
def fold(text: str) -> str:
    """Return the words of a text in folded form, separated by single spaces.

    It is ASCII for texts in Cyrillic and Latin; letters of other scripts stay as they are.
    Folding again changes nothing.
    """
    text = ACCENTED_BY_APOSTROPHE.sub(_of_2017, text.casefold()).translate(NO_APOSTROPHES)
    text = normalize("NFKC", normalize("NFKC", text).casefold())
    text = WORD.sub(_one_script, text).translate(LETTERS)
    text = "".join(c for c in normalize("NFKD", text) if not combining(c))
    text = text.translate(LETTERS).translate(MERGED)
    text = DOUBLED.sub(r"\1", text).replace("gh", "g")
    text = FIRST_IE.sub("e", DOUBLED.sub(r"\1", BARE_H.sub("kh", text)))
    return BETWEEN_WORDS.sub(" ", DOUBLED.sub(r"\1", text)).strip()


def _of_2017(found: re.Match[str]) -> str:
    return ALPHABET_OF_2017[found[1]]


def _one_script(found: re.Match[str]) -> str:
    """Return a word in one script, if one of its two scripts has only look-alikes of the other."""
    word = found[0]
    if not (CYRILLIC_LETTER.search(word) and LATIN_LETTER.search(word)):
        return word
    cyrillic = word.translate(TO_CYRILLIC)
    if not LATIN_LETTER.search(cyrillic):
        return cyrillic
    latin = word.translate(TO_LATIN)
    return word if CYRILLIC_LETTER.search(latin) else latin
