"""Loaders of people, their consents, regions, countries and goals."""

from collections.abc import Sequence
from datetime import date
from functools import cached_property, partial
from typing import Any

from erikti.database.snapshots import Query
from models.people import (
    Consent,
    Country,
    Person,
    PersonSource,
    Purpose,
    Region,
    SustainableDevelopmentGoal,
)
from resolvers.dataloaders.conditions import Statement, holds
from resolvers.dataloaders.identities import valid_consent
from resolvers.dataloaders.listings import Comparison, Condition, Listing, every
from resolvers.dataloaders.lists import lists, lists_by
from resolvers.dataloaders.loading import (
    Loader,
    LoaderGroup,
    all_of,
    by_key,
    load_one,
    one_by,
)
from resolvers.dataloaders.row_policy import named_delegates, public_people
from resolvers.dataloaders.scope import LoaderScope

PEOPLE = Listing(
    Person,
    filters=("id", "display_name", "recorded_on"),
    orders=("display_name", "recorded_on"),
    groups=("recorded_on",),
)
CONSENTS = Listing(
    Consent,
    filters=("id", "purpose", "recipient_country", "given_on"),
    orders=("given_on",),
    groups=(),
)
PERSON_SOURCES = Listing(PersonSource, filters=("system",), orders=("system",), groups=())
REGIONS = Listing(Region, filters=("code", "name", "kind"), orders=(), groups=())
COUNTRIES = Listing(Country, filters=("code", "name", "cis_status"), orders=(), groups=())

LISTINGS = (PEOPLE, CONSENTS, PERSON_SOURCES, REGIONS, COUNTRIES)


class Consented:
    """Loaders of people's consents, by purpose, recipient and day."""

    def __init__(self) -> None:
        self._loaders: dict[tuple[Purpose, str, date], Loader] = {}

    def to(self, purpose: Purpose, country: str, day: date) -> Loader:
        """Return a loader of whether a person, by ID, consents.

        ``country`` is the recipient's ISO 3166-1 alpha-2 code. A consent is valid from the day
        it is given to the day it expires, both inclusive, but not from its withdrawal on.
        """
        request = (purpose, country, day)
        if request not in self._loaders:
            self._loaders[request] = Loader(partial(_load_consented, *request))
        return self._loaders[request]


class PeopleLoaders(LoaderGroup):
    """Loaders of people and of the records that every domain refers to."""

    person_by_id = one_by(Person, "id")
    people = lists(PEOPLE)
    sources_by_person = lists_by(PERSON_SOURCES, "person_id")
    consent_by_id = one_by(Consent, "id")
    consents_by_person = lists_by(CONSENTS, "person_id")
    consented = cached_property(lambda _: Consented())
    region_by_code = one_by(Region, "code")
    regions = all_of(Region, "code")
    country_by_code = one_by(Country, "code")
    countries = all_of(Country, "code", "cis_status", "cis_valid_from", "cis_valid_to")
    goal_by_number = one_by(SustainableDevelopmentGoal, "number")
    goals = all_of(SustainableDevelopmentGoal, "number")

    @cached_property
    def person_by_delegate(self) -> Loader:
        """Return a loader of people by ID, None if the caller may not know they are delegates."""
        also = named_delegates(self.scope.policy)
        return Loader(partial(load_one, self.scope, Person, "id", also=also), known={None: None})

    @cached_property
    def in_public_role(self) -> Loader:
        """Return a loader of whether people are laureates, or delegates who consented."""
        return Loader(partial(_load_public, self.scope))

    @cached_property
    def person_by_iin_hash(self) -> Loader:
        """Return a loader of people by the hash of their number, None if not visible."""
        if self.scope.policy.principal.person:
            return Loader(partial(_load_own_by_iin_hash, self.scope))
        return Loader(partial(load_one, self.scope, Person, "iin_hash"))

    @cached_property
    def responsible_by_person(self) -> Loader:
        """Return a loader of whether a person is visible to the caller beyond public roles."""
        return Loader(partial(_load_responsible, self.scope))


def _load_own_by_iin_hash(scope: LoaderScope, keys: list[Any]) -> Query:
    """Load the caller's own record and compare the hash here.

    It is read whatever the number is, so that timing does not reveal whether others have it.
    """
    selection = scope.of(Person, "iin_hash")
    statement = Statement()
    own = holds(statement, Person, scope.policy.own(Person))
    sql = f"SELECT {selection.select('t')} FROM people t WHERE {own}"
    read = by_key(keys, selection.columns.index("iin_hash"))
    return Query(sql, statement.parameters, selection.row, read)


def _load_responsible(scope: LoaderScope, keys: list[Any]) -> Query:
    return _load_those(scope.policy.own(Person), keys)


def _load_public(scope: LoaderScope, keys: list[Any]) -> Query:
    return _load_those(public_people(scope.policy), keys)


def _load_those(condition: Condition, keys: list[Any]) -> Query:
    """Load whether people meet a condition, by their IDs."""
    statement = Statement()
    among = statement.dialect.any_of("t.id", statement.bind(statement.dialect.array(keys)))
    held = holds(statement, Person, condition)
    sql = f"SELECT t.id FROM people t WHERE {among} AND {held}"
    return Query(sql, statement.parameters, None, partial(_among, keys))


def _load_consented(purpose: Purpose, country: str, day: date, keys: list[Any]) -> Query:
    statement = Statement()
    among = statement.dialect.any_of("t.person_id", statement.bind(statement.dialect.array(keys)))
    valid = holds(
        statement,
        Consent,
        every(Comparison("purpose", "eq", purpose), valid_consent(country, day)),
    )
    sql = f"SELECT t.person_id FROM consents t WHERE {among} AND {valid}"
    return Query(sql, statement.parameters, None, partial(_among, keys))


def _among(keys: Sequence[Any], rows: Sequence[Any]) -> list[bool]:
    found = {row[0] for row in rows}
    return [key in found for key in keys]
