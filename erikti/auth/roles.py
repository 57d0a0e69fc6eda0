"""The roles: their maximum scopes and required bounds."""

from dataclasses import dataclass

from erikti.auth.scopes import Scope

FIGURES = frozenset(
    {
        Scope.VOLUNTEERS_READ,
        Scope.CIS_FORUM_READ,
        Scope.UN_PLACEMENTS_READ,
        Scope.AWARDS_READ,
    }
)


@dataclass(frozen=True)
class Role:
    """The permissions that a kind of caller may be granted.

    A token of the role has at most ``scopes``. ``bounds`` are the fields of ``Principal`` that it
    must contain; without them it would see too much, so it is rejected. A token of a ``foreign``
    role must be for another country, any other for the home country.
    """

    description: str
    scopes: frozenset[Scope] = frozenset()
    bounds: tuple[str, ...] = ()
    foreign: bool = False


PEOPLE = frozenset({Scope.PEOPLE_READ})

ROLES = {
    "analyst": Role("Ministry analyst: counts and records, no personal data", FIGURES),
    "ministry": Role(
        "Ministry registrar: everything of the country, personal data included",
        FIGURES | PEOPLE | {Scope.PEOPLE_READ_IIN, Scope.BULK_READ},
    ),
    "region": Role(
        "Regional front office: the volunteers of its own region",
        PEOPLE | {Scope.VOLUNTEERS_READ},
        bounds=("region",),
    ),
    "partner": Role(
        "CIS partner: its own delegation and what is shared with it",
        PEOPLE | {Scope.CIS_FORUM_READ},
        foreign=True,
    ),
    "liaison": Role(
        "UN liaison: placed volunteers, of one programme where the token names it",
        PEOPLE | {Scope.UN_PLACEMENTS_READ},
    ),
    "commission": Role("Award commission: nominations", PEOPLE | {Scope.AWARDS_READ}),
    "officer": Role(
        "Data protection officer: who read what, and why", frozenset({Scope.AUDIT_READ})
    ),
    "person": Role(
        "A person: their own records only",
        FIGURES | PEOPLE | {Scope.PEOPLE_READ_IIN, Scope.AUDIT_READ},
        bounds=("person",),
    ),
    "gateway": Role("The federation gateway: the schema", frozenset({Scope.GRAPH_READ})),
}
