"""Which rows a caller sees: one rule for each model, obeyed by every loader and list.

Rules are conditions like those of filters, so pages, totals, groups and records by id all
read under the same one. What no rule is written for is everyone's.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime
from uuid import UUID

from tortoise.models import Model

from auth.principal import HOME, UNITED_NATIONS, Principal
from auth.scopes import Scope
from models.awards import Nomination, NominationStage
from models.cis_forum import Delegate, Delegation
from models.people import Consent, Person
from models.un_placements import DutyStation, Placement, PlacementReport
from models.volunteers import Enquiry, Grant, Participation, Volunteer
from resolvers.dataloaders.listings import (
    ANY,
    NOTHING,
    Comparison,
    Condition,
    Every,
    Not,
    Pointed,
    Related,
    Some,
    every,
    some,
)
from resolvers.dataloaders.tables import related


class Sight:
    """What one caller sees on one day."""

    def __init__(self, principal: Principal, today: date | None = None) -> None:
        self.principal = principal
        self.today = today or datetime.now(UTC).date()
        self._known: dict[type[Model], Condition] = {}

    def of(self, model: type[Model]) -> Condition:
        """The condition on the rows of a model that the caller sees."""
        found = self._known.get(model)
        if found is None:
            rule, shared = RULES.get(model, _everything), PUBLIC.get(model, NOTHING)
            found = self._known[model] = some(shared, rule(self))
        return found

    def own(self, model: type[Model]) -> Condition:
        """The same without the rows that are shown to everyone."""
        return RULES.get(model, _everything)(self)

    def narrow(self, model: type[Model], condition: Condition) -> Condition:
        """A condition that also holds back what the caller does not see.

        The records that it asks about by relations are narrowed as well, or a filter would
        tell what they hold.
        """
        if condition == ANY:
            return self.of(model)
        return every(self.of(model), self._within(model, condition))

    def _within(self, model: type[Model], condition: Condition) -> Condition:
        match condition:
            case Every(parts) | Some(parts):
                inner = tuple(self._within(model, part) for part in parts)
                return condition if inner == parts else replace(condition, conditions=inner)
            case Not(part):
                return Not(self._within(model, part))
            case Related(field, part):
                target = related(model, field)
                assert target is not None
                return Related(field, self.narrow(target, part))
        return condition

    def granted(self, scope: Scope) -> bool:
        """Whether the caller has a scope."""
        return scope in self.principal.scopes

    @property
    def everywhere(self) -> bool:
        """Whether the caller acts for the whole home country."""
        caller = self.principal
        return caller.country == HOME and not (caller.region or caller.person or caller.programme)


def _everything(sight: Sight) -> Condition:
    return ANY


def _volunteers(sight: Sight) -> Condition:
    """The whole country's, those of a front office's region, or one's own entry."""
    caller = sight.principal
    if not sight.granted(Scope.VOLUNTEERS_READ) or caller.country != HOME:
        return NOTHING
    if caller.person:
        return Comparison("person", "eq", UUID(caller.person))
    if caller.region:
        return Comparison("region", "eq", caller.region)
    return ANY if sight.everywhere else NOTHING


def _participations(sight: Sight) -> Condition:
    return _through("volunteer", sight.of(Volunteer))


def _enquiries(sight: Sight) -> Condition:
    caller = sight.principal
    if not sight.granted(Scope.VOLUNTEERS_READ) or caller.country != HOME or caller.person:
        return NOTHING
    return Comparison("region", "eq", caller.region) if caller.region else ANY


def _grants(sight: Sight) -> Condition:
    """Those to people: of the volunteers that one sees."""
    volunteers = sight.of(Volunteer)
    if volunteers == ANY:
        return ANY
    return _through("recipient_person", _pointed(Volunteer, "person", volunteers))


def _delegates(sight: Sight) -> Condition:
    """The own delegation's, and those who consented to be shown to the own country."""
    caller = sight.principal
    if not sight.granted(Scope.CIS_FORUM_READ):
        return NOTHING
    if caller.person:
        return Comparison("person", "eq", UUID(caller.person))
    if caller.country is None or caller.region or caller.programme:
        return NOTHING
    if caller.country == HOME:
        return ANY
    own = Related("delegation", Comparison("country", "eq", caller.country))
    shared = Pointed(Consent, "person", valid_consent(caller.country, sight.today))
    return some(own, Related("person", shared))


def valid_consent(country: str, today: date) -> Condition:
    """The consents towards a country that hold on a day, whatever they are for."""
    return Every(
        (
            Comparison("recipient_country", "eq", country),
            Comparison("given_on", "max", today),
            Comparison("expires_on", "min", today),
            Not(Comparison("withdrawn_on", "max", today)),
        )
    )


def _placements(sight: Sight) -> Condition:
    """The whole programme's, those of one programme, of one's own country, or one's own."""
    caller = sight.principal
    if not sight.granted(Scope.UN_PLACEMENTS_READ) or caller.country is None or caller.region:
        return NOTHING
    if caller.person:
        return Comparison("person", "eq", UUID(caller.person))
    if caller.programme:
        return Comparison("programme", "eq", UUID(caller.programme))
    if caller.country in (HOME, UNITED_NATIONS):
        return ANY
    return Related("duty_station", Comparison("country", "eq", caller.country))


def _reports(sight: Sight) -> Condition:
    return _through("placement", sight.of(Placement))


def _nominations(sight: Sight) -> Condition:
    """Beyond the laureates: all of them, those of one's own country, or one's own."""
    caller = sight.principal
    if not sight.granted(Scope.AWARDS_READ) or caller.region or caller.programme:
        return NOTHING
    if caller.person:
        return Comparison("nominee_person", "eq", UUID(caller.person))
    if caller.country is None:
        return NOTHING
    return ANY if caller.country == HOME else Comparison("country", "eq", caller.country)


def _people(sight: Sight) -> Condition:
    """Those whom a record leads to that one sees by one's own right, and oneself."""
    caller = sight.principal
    if caller.person:
        return Comparison("id", "eq", UUID(caller.person))
    national = sight.granted(Scope.VOLUNTEERS_READ) or sight.granted(Scope.AUDIT_READ)
    if national and sight.everywhere:
        return ANY
    return some(*(_pointed(model, field, sight.own(model)) for model, field in LEADING))


def _through(field: str, condition: Condition) -> Condition:
    """The condition on the record that a relation leads to."""
    return condition if condition in (ANY, NOTHING) else Related(field, condition)


def _pointed(model: type[Model], field: str, condition: Condition) -> Condition:
    return NOTHING if condition == NOTHING else Pointed(model, field, condition)


RULES: dict[type[Model], Callable[[Sight], Condition]] = {
    Volunteer: _volunteers,
    Participation: _participations,
    Enquiry: _enquiries,
    Grant: _grants,
    Delegate: _delegates,
    Placement: _placements,
    PlacementReport: _reports,
    Nomination: _nominations,
    Person: _people,
}
LAUREATES = Comparison("stage", "eq", NominationStage.LAUREATE)
# What everyone sees besides.
PUBLIC: dict[type[Model], Condition] = {
    Nomination: LAUREATES,
    Grant: Comparison("recipient_organisation", "is_null", False),
    Person: Pointed(Nomination, "nominee_person", LAUREATES),
}
# The records that lead to people.
LEADING: tuple[tuple[type[Model], str], ...] = (
    (Volunteer, "person"),
    (Delegate, "person"),
    (Placement, "person"),
    (Nomination, "nominee_person"),
)
# The records that rules ask about.
DECIDING_MODELS = (
    *(Person, Consent, Volunteer, Delegate, Delegation),
    *(Placement, DutyStation, Nomination),
)
