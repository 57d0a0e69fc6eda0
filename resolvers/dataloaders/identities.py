"""Records that stand for a person, and consents to identify the person."""

from collections.abc import Sequence
from datetime import date

from tortoise.models import Model

from models.awards import Nomination
from models.cis_forum import Delegate
from models.people import Consent, Person, Purpose
from models.un_placements import Placement, PlacementReport
from models.volunteers import Grant, Participation, Volunteer
from resolvers.dataloaders.listings import (
    NOTHING,
    Comparison,
    Condition,
    Every,
    Not,
    ReferencedBy,
    Related,
    every,
)

# Records that stand for a person, with the relations that lead to the person.
STANDS_FOR: dict[type[Model], tuple[str, ...]] = {
    Person: (),
    Consent: ("person",),
    Volunteer: ("person",),
    Participation: ("volunteer", "person"),
    Grant: ("recipient_person",),
    Delegate: ("person",),
    Placement: ("person",),
    PlacementReport: ("placement", "person"),
    Nomination: ("nominee_person",),
}
# Their names: responses with them differ by purpose.
IDENTIFYING = frozenset(model.__name__ for model in STANDS_FOR)


def valid_consent(country: str | None, today: date) -> Condition:
    """Return the condition of consents for a country (None: any) that are valid on a day."""
    return Every(
        (
            *((Comparison("recipient_country", "eq", country),) if country else ()),
            Comparison("given_on", "max", today),
            Comparison("expires_on", "min", today),
            Not(Comparison("withdrawn_on", "max", today)),
        )
    )


def consent_at(
    path: Sequence[str], purpose: str | None, country: str | None, today: date
) -> Condition:
    """Return the condition that the person at a path consents to the purpose for a country."""
    if purpose not in frozenset(Purpose):
        return NOTHING
    stated = Comparison("purpose", "eq", Purpose(purpose))
    consent = every(stated, valid_consent(country, today))
    found: Condition = ReferencedBy(Consent, "person", consent)
    for field in reversed(path):
        found = Related(field, found)
    return found
