"""Parsers of regions and countries: codes, names in three languages, and what else they are called.

Names are compared in folded form, in which Ұлытау is Улытау. Codes and abbreviations are compared
as they are: the Cyrillic КР is neither the code KR nor ҚР.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache

import pycountry
from rapidfuzz import fuzz, process

from erikti.database.connection import fetch
from erikti.labels import aliases
from erikti.text.folding import fold
from erikti.writing.problems import InvalidError
from erikti.writing.texts import LOST_LETTERS, TRAILING_ZERO, Parser, clean
from models.people import RegionKind

CITY, REGION = RegionKind.CITY, RegionKind.REGION
KIND_WORDS = {
    CITY: ("г", "гор", "город", "қ", "қала", "қаласы", "city"),
    REGION: ("обл", "область", "облыс", "облысы", "region", "oblast", "province"),
}
KINDS = {fold(word): kind for kind, words in KIND_WORDS.items() for word in words}
# Words of the official names of states.
STATE = re.compile(r"\b(?:respublik(?:a|asi|asini)|republic|the|of)\b")
DASHES = re.compile(r"[\s_\u2010-\u2015\u2212-]+")
KATO = re.compile(r"([0-9]{2})[0-9]{7}")
# Codes of ISO 3166-2 before 2022, and those of regions that were divided.
FORMER = {
    "KZ-AKM": "KZ-11", "KZ-AKT": "KZ-15", "KZ-ALA": "KZ-75", "KZ-AST": "KZ-71", "KZ-ATY": "KZ-23",
    "KZ-KUS": "KZ-39", "KZ-KZY": "KZ-43", "KZ-MAN": "KZ-47", "KZ-PAV": "KZ-55", "KZ-SEV": "KZ-59",
    "KZ-SHY": "KZ-79", "KZ-ZAP": "KZ-27", "KZ-ZHA": "KZ-31",
}  # fmt: skip
DIVIDED = {
    "KZ-ALM": ("KZ-19", "KZ-33"),
    "KZ-KAR": ("KZ-35", "KZ-62"),
    "KZ-VOS": ("KZ-63", "KZ-10"),
    "KZ-YUZ": ("KZ-61", "KZ-79"),
}
NEAR = 82  # the least similarity, in percent, of a name that is offered
SHORTEST = 4  # letters of a word that can be similar by more than chance

Codes = tuple[str, ...]
Known = Mapping[str, Codes]  # the codes of all places that have a folded name, by name
Named = Mapping[str, str]  # the Russian names by code
Find = Callable[[str], Codes]
Reduction = Callable[[str], str]


async def regions() -> Parser[str]:
    """Return a parser of regions to their codes of ISO 3166-2."""
    codes: dict[str, str] = {}
    names: list[tuple[str, str]] = []
    kinds: dict[str, str] = {}
    russian: dict[str, str] = {}
    sql = "SELECT code, kato_code, kind, name_kk, name_ru, name_en FROM regions"
    for code, kato, kind, *spelled in await fetch(sql):
        codes.update(dict.fromkeys((code, code.replace("-", ""), kato, kato[:2]), code))
        kinds[code], russian[code] = kind, spelled[1]
        names += [(fold(name), code) for name in (*spelled, *_aliases(code)) if name]
        codes.update(dict.fromkeys(_abbreviations(code), code))
    codes.update(FORMER)
    known = _by_name(names)
    stems = _by_name((stem, code) for name, code in names for stem in _stems(name, kinds[code]))

    def find(content: str) -> Codes:
        code = DASHES.sub("-", TRAILING_ZERO.sub("", content)).upper()
        if code in DIVIDED:
            reason = f"the region of {code} was divided: write {_labelled(DIVIDED[code], russian)}"
            raise InvalidError("UNKNOWN_REGION", reason, _valid(DIVIDED[code], russian))
        if (match := KATO.fullmatch(code)) and code not in codes and match[1] in codes:
            whole = (codes[match[1]],)
            reason = f"a part of a region: the whole region is {_labelled(whole, russian)}"
            raise InvalidError("UNKNOWN_REGION", reason, _valid(whole, russian))
        if code in codes:
            return (codes[code],)
        folded = fold(content)
        return known.get(folded) or stems.get(_stem(folded), ())

    return _parser(find, "region", _plain_name, known, russian)


async def countries() -> Parser[str]:
    """Return a parser of countries to their codes of ISO 3166-1."""
    codes: dict[str, str] = {"UK": "GB"}
    names: list[tuple[str, str]] = []
    russian: dict[str, str] = {}
    for code, *spelled in await fetch("SELECT code, name_kk, name_ru, name_en FROM countries"):
        country = pycountry.countries.get(alpha_2=code)
        fields = dict(country) if country else {}
        codes.update({code: code, fields.get("alpha_3", code): code})
        official = (fields.get(field) for field in ("name", "official_name", "common_name"))
        names += [(fold(name), code) for name in (*spelled, *official, *_aliases(code)) if name]
        codes.update(dict.fromkeys(_abbreviations(code), code))
        russian[code] = spelled[1] or spelled[2] or code
    known = _by_name(names)

    def find(content: str) -> Codes:
        if code := codes.get(content.upper()):
            return (code,)
        folded = fold(content)
        return known.get(folded) or known.get(_short_name(folded), ())

    return _parser(find, "country", _short_name, known, russian)


def _parser(find: Find, noun: str, reduced: Reduction, known: Known, russian: Named) -> Parser[str]:
    """Return a parser whose errors offer the nearest name, without the words that many have.

    A name that several places have is rejected, and all of them are offered.
    """
    offered = _by_name((reduced(name), code) for name, codes in known.items() for code in codes)

    @lru_cache(maxsize=1024)
    def nearest(content: str) -> Codes:
        name = reduced(fold(content))
        if len(name) >= SHORTEST:
            best = process.extractOne(name, offered.keys(), scorer=fuzz.ratio, score_cutoff=NEAR)
            if best is not None:
                return offered[best[0]]
        return ()

    def parse(value: object) -> str | None:
        content = clean(value)
        if not content:
            return None
        if "?" in content:
            raise InvalidError("LOST_LETTERS", LOST_LETTERS)
        found = find(content)
        if len(found) == 1:
            return found[0]
        if found:
            reason = f"several have this name: write {_labelled(found, russian)}"
        else:
            reason = f"no {noun} has this code or name"
            if found := nearest(content):
                reason += f"; the nearest is {_labelled(found, russian)}"
        raise InvalidError(f"UNKNOWN_{noun.upper()}", reason, _valid(found, russian))

    return parse


def _abbreviations(code: str) -> list[str]:
    return [alias for alias in aliases().get(code, ()) if alias.isupper()]


def _aliases(code: str) -> list[str]:
    return [alias for alias in aliases().get(code, ()) if not alias.isupper()]


def _by_name(pairs: Iterable[tuple[str, str]]) -> dict[str, Codes]:
    """Return the codes of all places that have a name, by name."""
    found: dict[str, set[str]] = {}
    for name, code in pairs:
        found.setdefault(name, set()).add(code)
    return {name: tuple(sorted(codes)) for name, codes in found.items()}


def _stem(folded: str) -> str:
    """Return a folded name without the words for region and city, but with what they say."""
    words = folded.split()
    kinds = {KINDS[word] for word in words if word in KINDS}
    return " ".join([*sorted(kinds), *(word for word in words if word not in KINDS)])


def _stems(folded: str, kind: str) -> tuple[str, str]:
    """Return the stem of a region's name with its kind and without."""
    return f"{kind} {_plain_name(folded)}", _plain_name(folded)


def _plain_name(folded: str) -> str:
    """Return the folded name of a region without the words for region and city."""
    return " ".join(word for word in folded.split() if word not in KINDS)


def _short_name(folded: str) -> str:
    """Return the folded name of a country without the words of official names."""
    return " ".join(STATE.sub(" ", folded).split())


def _labelled(codes: Codes, russian: Named) -> str:
    return " or ".join(f"{russian[code]} ({code})" for code in codes)


def _valid(codes: Codes, russian: Named) -> str:
    return ", ".join(russian[code] for code in codes)
