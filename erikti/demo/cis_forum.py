"""The first CIS Volunteers' Forum: Astana 2026, with delegations of all states of the CIS.

City and year were published; days, programme, quotas and delegates are generated.
"""

from collections.abc import Iterator
from datetime import date

from erikti.demo.nation import Row
from erikti.demo.people import HOME
from models import reference

SYSTEM = "CIS-FORUM-DEMO"
YEAR = 2026
FIRST_DAY, LAST_DAY = date(2026, 9, 16), date(2026, 9, 18)
STATES = [row["alpha_2"] for row in reference.rows("cis_states")]
QUOTAS = {HOME: 60, "RU": 40, "UZ": 30}
QUOTA = 20  # of every other state
# Of each quota some places are still free.
FILLED = 0.85


def quota(country: str) -> int:
    """Return the maximum number of delegates of a state."""
    return QUOTAS.get(country, QUOTA)


def size(country: str) -> int:
    """Return the number of delegates that a state has nominated so far."""
    return int(FILLED * quota(country))


def forum_rows() -> Iterator[Row]:
    """Yield the one edition as a row."""
    yield {
        "source_system": SYSTEM,
        "source_id": str(YEAR),
        "year": YEAR,
        "host_city_kk": "Астана",
        "host_city_ru": "Астана",
        "host_city_en": "Astana",
        "host_country": HOME,
        "starts_on": FIRST_DAY,
        "ends_on": LAST_DAY,
    }


def delegation_rows() -> Iterator[Row]:
    """Yield the delegations of all states as rows."""
    for country in STATES:
        yield {
            "source_system": SYSTEM,
            "source_id": f"{YEAR}-{country}",
            "forum": YEAR,
            "country": country,
            "quota": quota(country),
        }
