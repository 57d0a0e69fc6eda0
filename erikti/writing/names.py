"""Parser of names of people: letters of one script in each word, and what stands between them."""

import re
from functools import lru_cache
from unicodedata import category
from unicodedata import name as unicode_name

from erikti.writing.problems import DoubtfulError, InvalidError, Settled
from erikti.writing.texts import (
    CYRILLIC,
    LOST_LETTERS,
    NOTHING,
    Parser,
    check_kazakh,
    check_length,
    check_meaning,
    clean,
)

WORD = re.compile(r"[^\W\d_]+")
BETWEEN = frozenset(" -'\u2019\u2018\u02bc\u02bb\u02b9\u02ba\u2010\u2011`\u00b4.()\u00b7\u0387")
PLAIN = re.compile(rf"(?:[{CYRILLIC}]+|[A-Za-z]+)(?:[ '\u2019-](?:[{CYRILLIC}]+|[A-Za-z]+))*")
# Programs and people write these for a hyphen.
DASH = re.compile(r"(?<=\w) ?[-\u2010-\u2015] ?(?=\w)")
# What people write for nothing, in lower case.
PLACEHOLDERS = frozenset(
    {"нет", "нету", "нет данных", "н/д", "н.д.", "нд", "неизвестно", "неизвестен", "не указано"}
    | {"не указан", "без отчества", "без имени", "без фамилии", "отсутствует", "пусто", "прочерк"}
    | {"жоқ", "белгісіз", "көрсетілмеген", "мәлімет жоқ", "unknown", "n/a", "n.a.", "nil"}
    | {"none", "null", "nan", "no name", "noname", "empty", "test", "тест", "фамилия", "имя"}
    | {"отчество", "тегі", "аты", "әкесінің аты"}
)
# Also names of people, if they are written as such.
POSSIBLE = frozenset({"Nan", "Null", "Nil"})
EAST_ASIAN = "CJK"  # with the syllables that Japanese mixes with it
# Letters that look alike. Y is missing, since it may stand for У or Ү.
ALIKE = (
    *zip("AaBCcEeHhIiKkMOoPpTXxy", "АаВСсЕеНһІіКкМОоРрТХху", strict=True),
    *zip("\u018f\u0259\u019f\u0275Ëë", "ӘәӨөЁё", strict=True),
)
GREEK_ALIKE = tuple(zip("ΑΒΕΗΙΚΜΝΟοΡΤΧΥ", "АВЕНІКМ\0ОоРТХУ", "ABEHIKMNOoPTXY", strict=True))
TO_CYRILLIC = {ord(latin): cyrillic for latin, cyrillic in ALIKE}
TO_CYRILLIC |= {ord(greek): cyrillic for greek, cyrillic, _ in GREEK_ALIKE if cyrillic != "\0"}
TO_LATIN = {ord(cyrillic): latin for latin, cyrillic in ALIKE}
TO_LATIN |= {ord(greek): latin for greek, _, latin in GREEK_ALIKE}


def name(max_length: int) -> Parser[str]:
    """Return a parser of names with a maximum length in code points."""

    def parse(value: object) -> str | None:
        if type(value) is str and PLAIN.fullmatch(value) and len(value) <= max_length:
            if value not in NOTHING and value.lower() not in PLACEHOLDERS:
                return value
        elif value is None or value == "":
            return None
        elif isinstance(value, Settled):
            return str(value)
        content = DASH.sub("-", " ".join(clean(value).split()))
        if not content:
            return None
        check_length(content, max_length)
        _check(content)
        check_kazakh(content)
        _check_scripts(content)
        return content

    return parse


def _check(content: str) -> None:
    """Raise an error for a text that is no name."""
    if content in POSSIBLE:
        reason = "programs write this for nothing; kept, since it is also a name"
        raise DoubtfulError("PLACEHOLDER", reason, Settled(content))
    if content.lower() in PLACEHOLDERS:
        raise InvalidError("PLACEHOLDER", "this stands for no name: leave the cell blank")
    if "?" in content:
        raise InvalidError("LOST_LETTERS", LOST_LETTERS)
    check_meaning(content)
    if not WORD.search(content):
        raise InvalidError("INVALID_NAME", "a name has letters")
    for letter in content:
        if letter not in BETWEEN and category(letter)[0] not in "LM":
            raise InvalidError("INVALID_NAME", f"a name has letters, not {letter}")


def _check_scripts(content: str) -> None:
    """Raise DoubtfulError for a word with letters of several scripts."""
    mixed = [word for word in WORD.findall(content) if len(scripts(word)) > 1]
    if not mixed:
        return
    around = scripts("".join(set(WORD.findall(content)) - set(mixed)))
    meant = content
    for word in mixed:
        if (one := _in_one_script(word, around)) is None:
            reason = f"{word} has letters of several scripts: {_described(word)}; kept"
            raise DoubtfulError("MIXED_SCRIPTS", reason, Settled(content))
        meant = meant.replace(word, one)
    reason = f"{', '.join(map(_described, mixed))}: read as letters of one script"
    raise DoubtfulError("MIXED_SCRIPTS", reason, meant)


def _in_one_script(word: str, around: frozenset[str]) -> str | None:
    """Return a word with look-alike letters in one script, if possible the one around it."""
    possible = {
        script: one
        for script, table in (("CYRILLIC", TO_CYRILLIC), ("LATIN", TO_LATIN))
        if scripts(one := word.translate(table)) == {script}
    }
    return next((possible[s] for s in around if s in possible), None) or next(
        iter(possible.values()), None
    )


def _described(word: str) -> str:
    """Return a word with the scripts of its letters, such as ``Cан (C Latin, ан Cyrillic)``."""
    parts: list[list[str]] = []
    for letter in word:
        script = _script(letter)
        if parts and parts[-1][1] == script:
            parts[-1][0] += letter
        else:
            parts.append([letter, script])
    listed = ", ".join(f"{letters} {script.title()}" for letters, script in parts)
    return f"{word} ({listed})"


@lru_cache(maxsize=65536)
def scripts(word: str) -> frozenset[str]:
    """Return the scripts of a word's letters, by the first words of their names in Unicode."""
    return frozenset(filter(None, map(_script, word)))


def _script(letter: str) -> str:
    if category(letter)[0] != "L" or category(letter) == "Lm":
        return ""
    script = unicode_name(letter, "OTHER").split()[0]
    return EAST_ASIAN if script in ("CJK", "HIRAGANA", "KATAKANA", "BOPOMOFO") else script
