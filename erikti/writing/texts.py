"""Parsers of text, which all other parsers of cells begin with.

A text is stored in NFC, without spaces around it. What only a program or a wrong encoding writes
is rejected; invisible characters are removed with a warning.
"""

import re
from collections.abc import Callable
from datetime import date, time, timedelta
from decimal import Decimal
from typing import TypeVar
from unicodedata import normalize

from erikti.writing.problems import DoubtfulError, InvalidError, Settled

T = TypeVar("T")
Parser = Callable[[object], T | None]

# Written out in ranges, for classes of regular expressions.
CYRILLIC = "А-Яа-яЁёӘәҒғҚқҢңӨөҰұҮүҺһІі"
CONTROL = r"\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff"
# Soft hyphen, joiners, marks of direction, variants of nothing, tags.
INVISIBLE = (
    "\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f"
    "\u3164\ufeff\uffa0\ufff9-\ufffb\U000e0000-\U000e007f"
)
UNUSUAL = re.compile(f"[{CONTROL}{INVISIBLE}\ufffd]")
CONTROLS, INVISIBLES = re.compile(f"[{CONTROL}]"), re.compile(f"[{INVISIBLE}]")
FORMULA_LEADS = ("=", "@", "\t", "\r")
NUMBER = re.compile(r"[+-]?[\d\s\u00a0\u202f().,/-]*\d[\d\s\u00a0\u202f().,]*(?:[eE][+-]?\d+)?")
# Errors of Excel and LibreOffice, in English and Russian, and cells that were too narrow.
ERROR_WORD = re.compile(
    r"#(?:N/A|Н/Д|NULL!|ПУСТО!|DIV/0!|ДЕЛ/0!|VALUE!|ЗНАЧ!|REF!|ССЫЛКА!|NAME\?|ИМЯ\?|NUM!|ЧИСЛО!"
    r"|GETTING_DATA|SPILL!|ПЕРЕНОС!|CALC!|ВЫЧИСЛ!|FIELD!|ПОЛЕ!|BLOCKED!|UNKNOWN!|BUSY!|CONNECT!"
    r"|#+)|(?:Err|Ошибка|Қате):\d{3}",
    re.IGNORECASE,
)
# What programs write for nothing.
NOTHING = frozenset(
    {
        "nan",
        "NaN",
        "NAN",
        "null",
        "NULL",
        "None",
        "<NA>",
        "NaT",
        "undefined",
        "(null)",
        "N/A",
        "n/a",
    }
)
SCIENTIFIC = re.compile(r"[+-]?[0-9]+(?:[.,][0-9]*)?[eE\u0415\u0435][+-]?[0-9]+")
ROUNDED = re.compile(
    r"[+-]?[0-9](?:[.,][0-9]+[eE\u0415\u0435][+-]?|[0-9]*[eE\u0415\u0435][+])[0-9]+"
)
TRAILING_ZERO = re.compile(r"(?<=[0-9])[.,]0+$")
WHOLE = re.compile(r"[0-9]+[.,]0+")
DIGITS_KEPT = 15  # by Excel
LONGEST_NUMBER = 100  # digits
CUT = re.compile(rf"[0-9]{{{DIGITS_KEPT}}}0+")
LOST_DIGITS = "a spreadsheet keeps only 15 digits of a number: export the column as text"
LOST_LETTERS = (
    "letters were lost when the file was saved: save it as UTF-8, or export it anew and import "
    "it with its encoding, such as --encoding kz1048"
)
QUESTION_MARKS = re.compile(r"\?(?=[^\W\d_])|(?<!\S)\?{2,}(?!\S)")
LETTERS_OR_DIGITS = re.compile(r"[^\W_]")
# Encodings that a file can be read in by mistake, and its own.
MISREAD = (("cp1252", "utf-8"), ("cp1251", "utf-8"), ("cp1252", "cp1251"))
HIGH = re.compile("[^\x00-\x7f]")
# Letters of Serbian and Macedonian, which stand for Kazakh ones read as Windows-1251.
KAZAKH_MISREAD = re.compile("[ЌќЏџЈјЅѕ]")
WIDE_SPACE = re.compile("[\u00a0\u202f\u2000-\u200a\u3000]")
GROUPED = re.compile("[0-9]{1,3}(?:[\u00a0\u202f][0-9]{3})+")
ORDINARY = re.compile(rf"[{CYRILLIC}A-Za-z\u00c0-\u024f0-9\s.,;:!?()'\"«»№/–—-]+")


def clean(value: object, signed: re.Pattern[str] = NUMBER) -> str:
    """Return a cell's text, trimmed and in NFC; rejects formulas and control characters.

    ``signed`` is the form of texts that may begin with a plus or minus. Raises DoubtfulError for
    invisible characters beside others.
    """
    text = _written(value)
    stripped = text.strip()
    for candidate in (text, stripped):
        if candidate.startswith(FORMULA_LEADS) and stripped:
            raise InvalidError("FORMULA", "a value must not be a formula")
    if stripped.startswith(("+", "-")) and not signed.fullmatch(stripped):
        raise InvalidError("FORMULA", "a value must not be a formula")
    if UNUSUAL.search(stripped) and not _usual(stripped):
        return ""
    if ERROR_WORD.fullmatch(stripped):
        raise InvalidError("ERROR_CELL", "this is an error of a spreadsheet, not a value")
    return normalize("NFC", stripped)


def _written(value: object) -> str:
    """Return a value as text; raises InvalidError for one that a spreadsheet has changed."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool | list | tuple | dict | set | bytes):
        raise InvalidError("INVALID_TEXT", "text is expected here")
    if isinstance(value, date | time | timedelta):
        reason = "a date or time is not expected here: export the column as text"
        raise InvalidError("INVALID_TEXT", reason)
    if isinstance(value, float) and value.is_integer():
        if abs(value) >= 10**DIGITS_KEPT:
            raise InvalidError("LOST_DIGITS", LOST_DIGITS)
        value = int(value)
    if isinstance(value, int) and abs(value) >= 10**LONGEST_NUMBER:
        raise InvalidError("TOO_LONG", f"at most {LONGEST_NUMBER} digits are allowed")
    return str(value)


def _usual(text: str) -> bool:
    """Return whether a text has visible characters; raises an error for its unusual ones."""
    if CONTROLS.search(text):
        raise InvalidError(
            "CONTROL_CHARACTER", "control characters and line breaks are not allowed"
        )
    if "\ufffd" in text:
        raise InvalidError("LOST_LETTERS", LOST_LETTERS)
    visible = INVISIBLES.sub("", text).strip()
    if visible:
        codes = ", ".join(sorted({f"U+{ord(letter):04X}" for letter in INVISIBLES.findall(text)}))
        raise DoubtfulError("INVISIBLE_CHARACTER", f"removed: {codes}", visible)
    return False


def _quick(plain: Callable[[str], object], read: Parser[str]) -> Parser[str]:
    """Return a parser that accepts blank cells and ``plain`` texts, and reads others."""

    def parse(value: object) -> str | None:
        if type(value) is str and plain(value) and value not in NOTHING:
            return value
        if value is None or value == "":
            return None
        return str(value) if isinstance(value, Settled) else read(value)

    return parse


def text(max_length: int) -> Parser[str]:
    """Return a parser of text with a maximum length in code points."""
    plain = re.compile(
        rf"[{CYRILLIC}A-Za-z0-9«\"(][{CYRILLIC}A-Za-z0-9 .,;:!()'\"«»№/–—-]{{0,{max_length - 1}}}"
        r"(?<! )"
    ).fullmatch

    def read(value: object) -> str | None:
        result = clean(value)
        check_length(result, max_length)
        check_meaning(result)
        check_kazakh(result)
        if QUESTION_MARKS.search(result) and "://" not in result:
            raise DoubtfulError("LOST_LETTERS", LOST_LETTERS, Settled(result))
        return result or None

    return _quick(plain, read)


def identifier(max_length: int) -> Parser[str]:
    """Return a parser of identifiers, which a spreadsheet or program may have taken for numbers."""
    plain = re.compile(
        rf"(?![0-9]{{{DIGITS_KEPT + 1}}})[A-Za-z0-9][A-Za-z0-9_:/ -]{{0,{max_length - 1}}}(?<! )"
    ).fullmatch

    def read(value: object) -> str | None:
        if isinstance(value, float | Decimal) and not is_whole(value):
            raise InvalidError("INVALID_TEXT", "an identifier is expected, not a fraction")
        result = clean(value)
        check_length(result, max_length)
        check_meaning(result)
        if ROUNDED.fullmatch(result):
            raise InvalidError("LOST_DIGITS", LOST_DIGITS)
        if WHOLE.fullmatch(result):
            whole = TRAILING_ZERO.sub("", result)
            raise DoubtfulError("TRAILING_ZERO", f"a program added .0: read as {whole}", whole)
        if GROUPED.fullmatch(result):
            whole = "".join(filter(str.isdigit, result))
            raise DoubtfulError("GROUPED_DIGITS", f"a number with spaces: read as {whole}", whole)
        if CUT.fullmatch(result) and isinstance(value, str):
            raise DoubtfulError("LOST_DIGITS", LOST_DIGITS, Settled(result))
        return WIDE_SPACE.sub(" ", result) or None

    return _quick(plain, read)


def is_whole(number: float | Decimal) -> bool:
    """Return whether a number has no fraction."""
    exact = Decimal(number)
    return exact.is_finite() and exact == exact.to_integral_value()


def check_length(content: str, most: int) -> None:
    """Raise InvalidError for a text that is too long."""
    if len(content) > most:
        raise InvalidError("TOO_LONG", f"at most {most} characters are allowed")


def check_meaning(content: str) -> None:
    """Raise InvalidError for a text that only a program or a wrong encoding writes."""
    if content in NOTHING:
        raise InvalidError("PLACEHOLDER", "a program wrote this for nothing: leave the cell blank")
    if "?" in content and not LETTERS_OR_DIGITS.search(content):
        raise InvalidError("LOST_LETTERS", LOST_LETTERS)
    if HIGH.search(content) and (meant := _misread(content)):
        reason = f"the text was read in a wrong encoding; it may mean: {meant[:60]}"
        raise InvalidError("GARBLED_TEXT", reason)


def check_kazakh(content: str) -> None:
    """Raise DoubtfulError for letters that stand for Kazakh ones in a wrong encoding."""
    if KAZAKH_MISREAD.search(content):
        meant = content.encode("cp1251", "replace").decode("kz1048")
        reason = (
            f"if Kazakh was read as Windows-1251, import it with --encoding kz1048: {meant[:60]}"
        )
        raise DoubtfulError("GARBLED_TEXT", reason, Settled(content))


def _misread(content: str) -> str | None:
    """Return what a text means that was read in a wrong encoding; None for any other text."""
    for wrong, own in MISREAD:
        try:
            meant = b"".join(_byte(letter, wrong) for letter in content).decode(own)
        except UnicodeError:
            continue
        high = len(HIGH.findall(meant))
        if not ORDINARY.fullmatch(meant) or high < 2:
            continue
        # Two encodings of one byte a letter: only a text without any other letters is certain.
        if own != "utf-8" and (high < 4 or re.search("[A-Za-z]", content)):
            continue
        return meant
    return None


def _byte(letter: str, encoding: str) -> bytes:
    """Return the byte that was read as a letter; those without one are read as control codes."""
    code = ord(letter)
    return bytes((code,)) if 0x80 <= code < 0xA0 else letter.encode(encoding)
