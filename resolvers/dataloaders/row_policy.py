"""Which rows a caller sees: one rule for each model, obeyed by every loader and list.

Rules are conditions like those of filters, so pages, totals, groups and records by id all
read under the same one. What no rule is written for is everyone's. That a record is seen does
not show whose it is: ``LINKS`` has the conditions under which it leads to its person.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime
from uuid import UUID

from tortoise.models import Model

from erikti.auth.principal import HOME, UNITED_NATIONS, Principal
from erikti.auth.scopes import Scope
from models.awards import Nomination, NominationStage
from models.cis_forum import Delegate, Delegation
from models.people import Consent, Person, Purpose
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
from resolvers.dataloaders.tables import column_of, related


class RowPolicy:
    """What one caller sees on one day, and whether they said what for."""

    def __init__(
        self, principal: Principal, today: date | None = None, purpose: str | None = None
    ) -> None:
        self.principal = principal
        self.purpose = purpose
        self.today = today or datetime.now(UTC).date()
        self._known: dict[type[Model], Condition] = {}
        self._own: dict[type[Model], Condition] = {}

    def of(self, model: type[Model]) -> Condition:
        """The condition on the rows of a model that the caller sees."""
        found = self._known.get(model)
        if found is None:
            shared = PUBLIC.get(model, _nothing)
            found = self._known[model] = some(shared(self), self.own(model))
        return found

    def own(self, model: type[Model]) -> Condition:
        """The same without the rows that are shown to everyone."""
        if model not in self._own:
            self._own[model] = RULES.get(model, _everything)(self)
        return self._own[model]

    @property
    def asks_for_people(self) -> bool:
        """Whether the caller reads about people: by scope, and with a purpose.

        A person who reads about themselves needs none. What they read is recorded.
        """
        stated = self.purpose is not None or self.principal.person is not None
        return stated and self.granted(Scope.PEOPLE_READ)

    @property
    def identifies(self) -> bool:
        """Whether the caller may know whose a record is, without that person's consent."""
        return self.asks_for_people and not self.principal.foreign

    def counts(self, model: type[Model]) -> bool:
        """Whether it is recorded that a model's records are read: those that not everyone may."""
        if model is Person and self.own(Delegate) != NOTHING:
            return True  # those who consented are among them
        return model in ABOUT_PEOPLE and self.own(model) != NOTHING

    def link(self, model: type[Model], field: str) -> Condition:
        """The condition under which records lead to their person by ``field``."""
        if self.identifies or (model, field) not in LINKS:
            return ANY
        return LINKS[model, field](self)

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
                return every(self.link(model, field), Related(field, self.narrow(target, part)))
        return condition

    def tells(self, model: type[Model], field: str) -> bool:
        """Whether lists that are asked by a field tell who people are."""
        return (model, field) in LINKS or (model is Person and field != "id")

    def closed(self, model: type[Model], field: str) -> bool:
        """Whether the caller may not filter, order or group by a field that tells it.

        Names tell nothing to callers who see no other people than those whose names are public.
        """
        if self.identifies or not self.tells(model, field):
            return False
        if field == "display_name":
            return self.own(Person) != NOTHING
        return model is Person or (model, field) in CLOSED

    def granted(self, scope: Scope) -> bool:
        """Whether the caller has a scope."""
        return scope in self.principal.scopes

    @property
    def everywhere(self) -> bool:
        """Whether the caller acts for the whole home country."""
        caller = self.principal
        return caller.country == HOME and not (caller.region or caller.person or caller.programme)


def _everything(policy: RowPolicy) -> Condition:
    return ANY


def _nothing(policy: RowPolicy) -> Condition:
    return NOTHING


def _bounded(
    policy: RowPolicy,
    scope: Scope,
    *,
    region: str | None = None,
    programme: str | None = None,
    person: str | None = None,
) -> Condition:
    """What a scope and each of the caller's bounds leave.

    The arguments name the fields that bounds are compared with. Records that lack such a field
    are within no bound, so that a further bound never shows more.
    """
    caller = policy.principal
    if not policy.granted(scope):
        return NOTHING
    bounds = (
        (region, caller.region),
        (programme, caller.programme and UUID(caller.programme)),
        (person, caller.person and UUID(caller.person)),
    )
    return every(
        *(Comparison(field, "eq", bound) if field else NOTHING for field, bound in bounds if bound)
    )


def _volunteers(policy: RowPolicy) -> Condition:
    """The whole country's, those of a front office's region, or one's own entry."""
    if policy.principal.country != HOME:
        return NOTHING
    return _bounded(policy, Scope.VOLUNTEERS_READ, region="region", person="person")


def _participations(policy: RowPolicy) -> Condition:
    return _through("volunteer", policy.of(Volunteer))


def _enquiries(policy: RowPolicy) -> Condition:
    if policy.principal.country != HOME:
        return NOTHING
    return _bounded(policy, Scope.VOLUNTEERS_READ, region="region")


def _grants(policy: RowPolicy) -> Condition:
    """Those to people: of the volunteers that one sees."""
    volunteers = policy.of(Volunteer)
    if volunteers == ANY:
        return ANY
    return _through("recipient_person", _pointed(Volunteer, "person", volunteers))


def _delegates(policy: RowPolicy) -> Condition:
    """The own delegation's, and those who consented to be shown to the own country."""
    country = policy.principal.country
    bounded = _bounded(policy, Scope.CIS_FORUM_READ, person="person")
    if country is None:
        return NOTHING
    if country == HOME:
        return bounded
    own = Related("delegation", Comparison("country", "eq", country))
    shared = Pointed(Consent, "person", valid_consent(country, policy.today))
    return every(bounded, some(own, Related("person", shared)))


def _consenting(policy: RowPolicy) -> Condition:
    """The delegates who consented to be named: to the caller's country, or at home to any."""
    country = policy.principal.country
    valid = valid_consent(None if country == HOME else country, policy.today)
    purposes = {Purpose.FORUM_PARTICIPATION}
    if policy.asks_for_people and policy.purpose in frozenset(Purpose):
        purposes.add(Purpose(policy.purpose))
    consent = every(Comparison("purpose", "in", tuple(sorted(purposes))), valid)
    return Related("person", Pointed(Consent, "person", consent))


def valid_consent(country: str | None, today: date) -> Condition:
    """The consents towards a country (None: any) that hold on a day, whatever they are for."""
    return Every(
        (
            *((Comparison("recipient_country", "eq", country),) if country else ()),
            Comparison("given_on", "max", today),
            Comparison("expires_on", "min", today),
            Not(Comparison("withdrawn_on", "max", today)),
        )
    )


def _placements(policy: RowPolicy) -> Condition:
    """The whole programme's, those of one programme, of one's own country, or one's own."""
    country = policy.principal.country
    bounded = _bounded(policy, Scope.UN_PLACEMENTS_READ, programme="programme", person="person")
    if country is None:
        return NOTHING
    if country in (HOME, UNITED_NATIONS):
        return bounded
    return every(bounded, Related("duty_station", Comparison("country", "eq", country)))


def _reports(policy: RowPolicy) -> Condition:
    return _through("placement", policy.of(Placement))


def _nominations(policy: RowPolicy) -> Condition:
    """Beyond the laureates: all of them, those of one's own country, or one's own."""
    country = policy.principal.country
    bounded = _bounded(policy, Scope.AWARDS_READ, person="nominee_person")
    if country is None:
        return NOTHING
    return bounded if country == HOME else every(bounded, Comparison("country", "eq", country))


def _people(policy: RowPolicy) -> Condition:
    """Those whom a record leads to that one sees by one's own right, and oneself."""
    caller = policy.principal
    if caller.person:
        return Comparison("id", "eq", UUID(caller.person))
    people = policy.granted(Scope.PEOPLE_READ)
    national = people and policy.granted(Scope.VOLUNTEERS_READ)
    if (national or policy.granted(Scope.AUDIT_READ)) and policy.everywhere:
        return ANY
    if not people:
        return NOTHING
    return some(*(_pointed(model, field, policy.own(model)) for model, field in LEADING))


def public_people(policy: RowPolicy) -> Condition:
    """Those in a public role: laureates, and delegates who consented where delegates are seen."""
    delegates = policy.own(Delegate)
    if delegates != NOTHING:
        delegates = every(delegates, _consenting(policy))
    laureates = Pointed(Nomination, "nominee_person", LAUREATES)
    return some(laureates, _pointed(Delegate, "person", delegates))


def named_delegates(policy: RowPolicy) -> Condition:
    """The people of whom the caller may know that they are delegates."""
    link = policy.link(Delegate, "person")
    return ANY if link == ANY else Pointed(Delegate, "person", link)


def person_column(model: type[Model]) -> str | None:
    """The column with the key of whom a model's records are about."""
    if model is Person:
        return "id"
    return next((column_of(model, field) for other, field in LINKS if other is model), None)


def _through(field: str, condition: Condition) -> Condition:
    """The condition on the record that a relation leads to."""
    return condition if condition in (ANY, NOTHING) else Related(field, condition)


def _pointed(model: type[Model], field: str, condition: Condition) -> Condition:
    return NOTHING if condition == NOTHING else Pointed(model, field, condition)


RULES: dict[type[Model], Callable[[RowPolicy], Condition]] = {
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
ORGANISATIONS = Comparison("recipient_organisation", "is_null", False)
# What everyone sees besides: of people, those in a public role.
PUBLIC: dict[type[Model], Callable[[RowPolicy], Condition]] = {
    Nomination: lambda _: LAUREATES,
    Grant: lambda _: ORGANISATIONS,
    Person: public_people,
}
# When records tell whose they are to callers who may not identify people.
LINKS: dict[tuple[type[Model], str], Callable[[RowPolicy], Condition]] = {
    (Nomination, "nominee_person"): lambda _: LAUREATES,
    (Delegate, "person"): _consenting,
    (Volunteer, "person"): _nothing,
    (Placement, "person"): _nothing,
    (Grant, "recipient_person"): _nothing,
}
# Records about people: pages of them leave an entry in the access log.
ABOUT_PEOPLE = frozenset(
    {Person, Volunteer, Participation, Delegate, Placement, PlacementReport, Nomination}
)
# By these, records are not even filtered without identifying people.
CLOSED = frozenset(link for link, rule in LINKS.items() if rule is _nothing)
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
