"""Row-level access: one rule per model, applied by every loader and list.

Rules are conditions like those of filters, so pages, totals, groups and records by ID all
apply the same one. Models without a rule are public. To see a record is not to see whose it
is: ``LINKS`` has the conditions under which a record leads to its person.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from uuid import UUID

from tortoise.models import Model

from erikti.auth.principal import HOME, UNITED_NATIONS, Principal
from erikti.auth.scopes import Scope
from erikti.database.calendar import calendar
from models.awards import Nomination, NominationStage
from models.cis_forum import Delegate, Delegation
from models.people import Consent, Person, Purpose
from models.un_placements import DutyStation, Placement, PlacementReport
from models.volunteers import Enquiry, Grant, Participation, Volunteer
from resolvers.dataloaders.identities import STANDS_FOR, consent_at, valid_consent
from resolvers.dataloaders.listings import (
    ANY,
    NOTHING,
    Comparison,
    Condition,
    Every,
    FromSource,
    Not,
    ReferencedBy,
    Related,
    Some,
    every,
    some,
)
from resolvers.dataloaders.tables import column_of, related


class RowPolicy:
    """The row-level access of one caller with one purpose on one day."""

    def __init__(
        self, principal: Principal, today: date | None = None, purpose: str | None = None
    ) -> None:
        self.principal = principal
        self.purpose = purpose
        self.today = today or calendar().today()
        self._known: dict[type[Model], Condition] = {}
        self._own: dict[type[Model], Condition] = {}

    def of(self, model: type[Model]) -> Condition:
        """Return the condition on the rows of a model that the caller sees."""
        found = self._known.get(model)
        if found is None:
            shared = PUBLIC.get(model, _nothing)
            found = self._known[model] = some(shared(self), self.own(model))
        return found

    def own(self, model: type[Model]) -> Condition:
        """Return the condition without the rows that are public."""
        if model not in self._own:
            self._own[model] = RULES.get(model, _everything)(self)
        return self._own[model]

    @property
    def reads_personal_data(self) -> bool:
        """Return whether the caller reads personal data: has the scope and states a purpose.

        Someone who reads about themselves needs no purpose. Such reads are recorded.
        """
        stated = self.purpose is not None or self.principal.person is not None
        return stated and self.granted(Scope.PEOPLE_READ)

    @property
    def may_identify(self) -> bool:
        """Return whether the caller may know whose a record is without the person's consent."""
        return self.reads_personal_data and not self.principal.foreign

    def is_recorded(self, model: type[Model]) -> bool:
        """Return whether reads of a model's records are recorded: those of non-public ones."""
        if model is Person and self.own(Delegate) != NOTHING:
            return True  # includes delegates who consented
        return model in ABOUT_PEOPLE and self.own(model) != NOTHING

    def link(self, model: type[Model], field: str) -> Condition:
        """Return the condition under which records lead to their person by ``field``."""
        if self.may_identify or (model, field) not in LINKS:
            return ANY
        return LINKS[model, field](self)

    def narrow(self, model: type[Model], condition: Condition) -> Condition:
        """Restrict a condition to rows that the caller sees.

        Related records in it are restricted too, or a filter would reveal their contents.
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
            case FromSource(system) if system != self.principal.source_system:
                return every(self.sources(model), condition)
        return condition

    def sources(self, model: type[Model]) -> Condition:
        """Return the condition under which the caller may know the source of a visible record.

        The system that supplied it may know it in any case.
        """
        path = STANDS_FOR.get(model)
        if path is None:
            return ANY
        nobodys = NOTHING
        if path and model._meta.fields_map[path[0]].null:
            nobodys = Comparison(path[0], "is_null", True)
        if not self.reads_personal_data:
            return nobodys
        consent = ANY
        if self.principal.foreign:
            consent = consent_at(path, self.purpose, self.principal.country, self.today)
        return some(nobodys, every(self.own(model), consent))

    def is_identifying(self, model: type[Model], field: str) -> bool:
        """Return whether filtering, ordering or grouping by a field identifies people."""
        if field == "source":
            return model in STANDS_FOR
        return (model, field) in LINKS or (model is Person and field != "id")

    def identifies(self, model: type[Model], condition: Condition) -> bool:
        """Return whether a condition identifies the people whom records stand for.

        It does so by a field of theirs, or of the record that leads to the person.
        """
        match condition:
            case Every(parts) | Some(parts):
                return any(self.identifies(model, part) for part in parts)
            case Not(part):
                return self.identifies(model, part)
            case Related(field, part):
                target = related(model, field)
                on_way = field in STANDS_FOR.get(model, ())[:1] and target is not None
                return self.is_identifying(model, field) or (
                    on_way and self.identifies(target, part)  # type: ignore[arg-type]
                )
            case FromSource():
                return self.is_identifying(model, "source")
            case Comparison(field):
                return self.is_identifying(model, field)
        return False

    def is_forbidden(self, model: type[Model], field: str) -> bool:
        """Return whether the caller may not filter, order or group by an identifying field.

        Names reveal nothing to callers who see only people whose names are public.
        """
        if field == "source":
            return self.sources(model) == NOTHING and self.principal.source_system is None
        if self.may_identify or not self.is_identifying(model, field):
            return False
        if field == "display_name":
            return self.own(Person) != NOTHING
        return model is Person or (model, field) in CLOSED

    def granted(self, scope: Scope) -> bool:
        """Return whether the caller has a scope."""
        return scope in self.principal.scopes

    @property
    def everywhere(self) -> bool:
        """Return whether the caller acts for the whole home country."""
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
    """Return the condition that a scope and each of the caller's bounds impose.

    The arguments name the fields that are compared with the bounds. A bound without a field
    excludes all records, so that an additional bound never reveals more.
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
    """Allow all of the home country, those of the caller's region, or the caller's own entry."""
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
    """Allow grants to people who are visible volunteers."""
    volunteers = policy.of(Volunteer)
    if volunteers == ANY:
        return ANY
    return _through("recipient_person", _referenced_by(Volunteer, "person", volunteers))


def _delegates(policy: RowPolicy) -> Condition:
    """Allow those of the caller's country, and those who consented to share data with it."""
    country = policy.principal.country
    bounded = _bounded(policy, Scope.CIS_FORUM_READ, person="person")
    if country is None:
        return NOTHING
    if country == HOME:
        return bounded
    own = Related("delegation", Comparison("country", "eq", country))
    shared = ReferencedBy(Consent, "person", valid_consent(country, policy.today))
    return every(bounded, some(own, Related("person", shared)))


def _consenting(policy: RowPolicy) -> Condition:
    """Return delegates who consented to be named to the caller's country (home: to any)."""
    country = policy.principal.country
    valid = valid_consent(None if country == HOME else country, policy.today)
    purposes = {Purpose.FORUM_PARTICIPATION}
    if policy.reads_personal_data and policy.purpose in frozenset(Purpose):
        purposes.add(Purpose(policy.purpose))
    consent = every(Comparison("purpose", "in", tuple(sorted(purposes))), valid)
    return Related("person", ReferencedBy(Consent, "person", consent))


def _consents(policy: RowPolicy) -> Condition:
    """Allow those of people whose data the caller reads; other countries those given to them."""
    caller = policy.principal
    if not policy.granted(Scope.PEOPLE_READ) or caller.country is None:
        return NOTHING
    people = _through("person", policy.own(Person))
    if not caller.foreign:
        return people
    return every(people, Comparison("recipient_country", "eq", caller.country))


def _placements(policy: RowPolicy) -> Condition:
    """Allow all, those of the caller's programme or country, or the caller's own."""
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
    """Allow, besides laureates, all, those of the caller's country, or the caller's own."""
    country = policy.principal.country
    bounded = _bounded(policy, Scope.AWARDS_READ, person="nominee_person")
    if country is None:
        return NOTHING
    return bounded if country == HOME else every(bounded, Comparison("country", "eq", country))


def _people(policy: RowPolicy) -> Condition:
    """Allow people whose non-public records the caller sees, and the caller."""
    caller = policy.principal
    if caller.person:
        return Comparison("id", "eq", UUID(caller.person))
    people = policy.granted(Scope.PEOPLE_READ)
    national = people and policy.granted(Scope.VOLUNTEERS_READ)
    if (national or policy.granted(Scope.AUDIT_READ)) and policy.everywhere:
        return ANY
    if not people:
        return NOTHING
    return some(*(_referenced_by(model, field, policy.own(model)) for model, field in LEADING))


def public_people(policy: RowPolicy) -> Condition:
    """Allow people in a public role: laureates, and visible delegates who consented."""
    delegates = policy.own(Delegate)
    if delegates != NOTHING:
        delegates = every(delegates, _consenting(policy))
    laureates = ReferencedBy(Nomination, "nominee_person", LAUREATES)
    return some(laureates, _referenced_by(Delegate, "person", delegates))


def named_delegates(policy: RowPolicy) -> Condition:
    """Return the condition of people whom the caller may know to be delegates."""
    link = policy.link(Delegate, "person")
    return ANY if link == ANY else ReferencedBy(Delegate, "person", link)


def person_column(model: type[Model]) -> str | None:
    """Return the column with the ID of the person that a model's records are about, if any."""
    if model is Person:
        return "id"
    return next((column_of(model, field) for other, field in LINKS if other is model), None)


def _through(field: str, condition: Condition) -> Condition:
    """Return the condition on the record that a relation refers to."""
    return condition if condition in (ANY, NOTHING) else Related(field, condition)


def _referenced_by(model: type[Model], field: str, condition: Condition) -> Condition:
    return NOTHING if condition == NOTHING else ReferencedBy(model, field, condition)


RULES: dict[type[Model], Callable[[RowPolicy], Condition]] = {
    Consent: _consents,
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
# Public rows, in addition to RULES.
PUBLIC: dict[type[Model], Callable[[RowPolicy], Condition]] = {
    Nomination: lambda _: LAUREATES,
    Grant: lambda _: ORGANISATIONS,
    Person: public_people,
}
# Conditions under which records lead to their person for callers who may not identify people.
LINKS: dict[tuple[type[Model], str], Callable[[RowPolicy], Condition]] = {
    (Nomination, "nominee_person"): lambda _: LAUREATES,
    (Delegate, "person"): _consenting,
    (Consent, "person"): _everything,  # the rule of consents has it
    (Volunteer, "person"): _nothing,
    (Placement, "person"): _nothing,
    (Grant, "recipient_person"): _nothing,
}
# Records about people: reads of their pages are recorded in the access log.
ABOUT_PEOPLE = frozenset(
    {Person, Consent, Volunteer, Participation, Delegate, Placement, PlacementReport, Nomination}
)
# Fields that only callers who may identify people can filter by.
CLOSED = frozenset(link for link, rule in LINKS.items() if rule is _nothing)
# Relations by which a visible record makes its person visible.
LEADING: tuple[tuple[type[Model], str], ...] = (
    (Volunteer, "person"),
    (Delegate, "person"),
    (Placement, "person"),
    (Nomination, "nominee_person"),
)
# Models that occur in the conditions of rules.
DECIDING_MODELS = (
    *(Person, Consent, Volunteer, Delegate, Delegation),
    *(Placement, DutyStation, Nomination),
)
