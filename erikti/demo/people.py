"""Generated people: names, contacts and their columns."""

from functools import cache
from random import Random

from erikti.demo.foreign_names import FOREIGN
from erikti.demo.names import KAZAKH, RUSSIAN, RUSSIFIED, Names
from erikti.demo.names import latin as to_latin
from erikti.demo.nation import SHORT
from models.people import Language, Sex

HOME = "KZ"
# The share of Kazakh names in Russian spelling; draws are below SHORT.
RUSSIFIED_SHARE = int(0.35 * SHORT)
Tradition = dict[Sex, Names]

latin = cache(to_latin)


def tradition(share: float, draw: int) -> Tradition:
    """Return the naming tradition for a draw: Russian, or Kazakh in either spelling."""
    russian = int(share * SHORT)
    if draw < russian:
        return RUSSIAN
    # The rest of the draw decides the spelling.
    return RUSSIFIED if (draw - russian) < (SHORT - russian) * RUSSIFIED_SHARE // SHORT else KAZAKH


def language(chosen: Tradition, draw: int) -> Language:
    """Return the preferred language of a person with names of this tradition."""
    if draw < SHORT // 50:
        return Language.EN
    if chosen is RUSSIAN:
        return Language.RU
    kazakh = 0.85 if chosen is KAZAKH else 0.4
    return Language.KK if draw < kazakh * SHORT else Language.RU


def foreigner(country: str, chance: Random) -> dict[str, object]:
    """Return the person columns of a foreign citizen, without an IIN."""
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
