"""Who the invented people are: names, ways to reach them, and the columns that say it."""

from functools import cache
from random import Random

from erikti.demo.foreign_names import FOREIGN
from erikti.demo.names import KAZAKH, RUSSIAN, RUSSIFIED, Names
from erikti.demo.names import latin as to_latin
from erikti.demo.nation import SHORT
from models.people import Language, Sex

HOME = "KZ"
# Of the Kazakh names, those that papers spell the Russian way; draws lie below SHORT.
RUSSIFIED_SHARE = int(0.35 * SHORT)
Tradition = dict[Sex, Names]

latin = cache(to_latin)


def tradition(share: float, draw: int) -> Tradition:
    """Whether somebody's names are Russian, with that chance, or Kazakh in either spelling."""
    russian = int(share * SHORT)
    if draw < russian:
        return RUSSIAN
    # What is left of the draw decides the spelling.
    return RUSSIFIED if (draw - russian) < (SHORT - russian) * RUSSIFIED_SHARE // SHORT else KAZAKH


def language(chosen: Tradition, draw: int) -> Language:
    """The language that somebody with such names prefers."""
    if draw < SHORT // 50:
        return Language.EN
    if chosen is RUSSIAN:
        return Language.RU
    kazakh = 0.85 if chosen is KAZAKH else 0.4
    return Language.KK if draw < kazakh * SHORT else Language.RU


def foreigner(country: str, chance: Random) -> dict[str, object]:
    """The person columns of a citizen of another state, without an IIN."""
    sex = chance.choice((Sex.FEMALE, Sex.MALE))
    known = FOREIGN[country][sex]
    given, family = chance.choice(known.given), chance.choice(known.family)
    return {
        "family_name": family,
        "given_name": given,
        "patronymic": chance.choice(known.patronymic) if known.patronymic else None,
        "latin_name": f"{latin(given)} {latin(family)}",
        "sex": sex,
        "citizenship": country,
        "preferred_language": Language.RU if country != "TR" else Language.EN,
    }
