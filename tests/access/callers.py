"""One caller of each role."""

from erikti.auth.principal import HOME, PUBLIC, Principal
from erikti.auth.scopes import Scope

FIGURES = (
    Scope.VOLUNTEERS_READ,
    Scope.CIS_FORUM_READ,
    Scope.UN_PLACEMENTS_READ,
    Scope.AWARDS_READ,
)
REGION, COUNTRY = "KZ-75", "KG"


def caller(
    *scopes: Scope, country: str = HOME, region: str | None = None, person: str | None = None
) -> Principal:
    """Return a caller with these scopes."""
    return Principal(
        "tests", "tests", scopes=frozenset(scopes), country=country, region=region, person=person
    )


CALLERS = {
    "public": PUBLIC,
    "analyst": caller(*FIGURES),
    "registrar": caller(*FIGURES, Scope.PEOPLE_READ, Scope.PEOPLE_READ_IIN, Scope.BULK_READ),
    "region": caller(Scope.VOLUNTEERS_READ, Scope.PEOPLE_READ, region=REGION),
    "partner": caller(Scope.CIS_FORUM_READ, Scope.PEOPLE_READ, country=COUNTRY),
    "liaison": caller(Scope.UN_PLACEMENTS_READ, Scope.PEOPLE_READ),
    "commission": caller(Scope.AWARDS_READ, Scope.PEOPLE_READ),
    "officer": caller(Scope.AUDIT_READ),
    "gateway": caller(Scope.GRAPH_READ),
    # Scopes without a country must not widen access.
    "no-country": Principal("tests", "tests", scopes=frozenset(Scope)),
}
PURPOSE = "FORUM_PARTICIPATION"


def myself(person: str) -> Principal:
    """Return a caller who is this person."""
    return caller(*FIGURES, Scope.PEOPLE_READ, Scope.PEOPLE_READ_IIN, person=person)
