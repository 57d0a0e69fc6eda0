"""Loaders of people, their consents, regions, countries and goals."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial

from erikti.database.rows import Row
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
from resolvers.dataloaders.found import AllOf, LoadedBy, OneBy
from resolvers.dataloaders.identities import valid_consent
from resolvers.dataloaders.listings import Comparison, Condition, Listing, every
from resolvers.dataloaders.loading import Found, Loader, by_key, load_one
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

PERSON = OneBy(Person, "id")
ALL_REGIONS = AllOf(Region, "code", 20)
ALL_COUNTRIES = AllOf(Country, "code", 250, ("cis_status", "cis_valid_from", "cis_valid_to"))
ALL_GOALS = AllOf(SustainableDevelopmentGoal, "number", 17)
SMALL = (ALL_REGIONS, ALL_COUNTRIES, ALL_GOALS)


@dataclass(frozen=True)
class Consented(Found[bool]):
    """Whether a person, by ID, consents to sharing for a purpose with a country on a day.

    ``country`` is the recipient's ISO 3166-1 alpha-2 code. A consent is valid from the day it is
    given to the day it expires, both inclusive, but not from its withdrawal on.
    """

    purpose: Purpose
    country: str
    day: date

    def loader(self, scope: LoaderScope) -> Loader[bool]:
        """Create its loader for an operation."""
        return Loader(partial(_load_consented, self))


def _load_by_iin_hash(scope: LoaderScope, keys: list[object]) -> Query[list[Person | None]]:
    if scope.policy.principal.person:
        return _load_own_by_iin_hash(scope, keys)
    return load_one(scope, Person, "iin_hash", keys)


def _load_own_by_iin_hash(scope: LoaderScope, keys: list[object]) -> Query[list[Person | None]]:
    """Load the caller's own record and compare the hash here.

    It is read whatever the number is, so that timing does not reveal whether others have it.
    """
    selection = scope.of(Person, "iin_hash")
    statement = Statement()
    own = holds(statement, Person, scope.policy.own(Person))
    sql = f"SELECT {selection.select('t')} FROM people t WHERE {own}"
    read = by_key(keys, selection.columns.index("iin_hash"))
    return Query(sql, statement.parameters, selection.row, read)


def _load_responsible(scope: LoaderScope, keys: list[object]) -> Query[list[bool]]:
    return _load_those(scope.policy.own(Person), keys)


def _load_public(scope: LoaderScope, keys: list[object]) -> Query[list[bool]]:
    return _load_those(public_people(scope.policy), keys)


def _load_those(condition: Condition, keys: list[object]) -> Query[list[bool]]:
    """Load whether people meet a condition, by their IDs."""
    statement = Statement()
    among = statement.among(Person, "id", keys)
    held = holds(statement, Person, condition)
    sql = f"SELECT t.id FROM people t WHERE {among} AND {held}"
    return Query(sql, statement.parameters, None, partial(_among, keys))


def _load_consented(wanted: Consented, keys: list[object]) -> Query[list[bool]]:
    statement = Statement()
    among = statement.among(Consent, "person_id", keys)
    purpose = Comparison("purpose", "eq", wanted.purpose)
    condition = every(purpose, valid_consent(wanted.country, wanted.day))
    valid = holds(statement, Consent, condition)
    sql = f"SELECT t.person_id FROM consents t WHERE {among} AND {valid}"
    return Query(sql, statement.parameters, None, partial(_among, keys))


def _among(keys: Sequence[object], rows: Sequence[Row]) -> list[bool]:
    found = {row[0] for row in rows}
    return [key in found for key in keys]


# A person by ID, None if the caller may not know that they are a delegate.
PERSON_OF_DELEGATE = OneBy(Person, "id", also=named_delegates)
# Whether a person is a laureate, or a delegate who consented.
IN_PUBLIC_ROLE: Found[bool] = LoadedBy(_load_public)
# A person by the hash of their number, None if not visible.
PERSON_BY_IIN_HASH: Found[Person | None] = LoadedBy(_load_by_iin_hash)
# Whether a person is visible to the caller beyond public roles.
RESPONSIBLE: Found[bool] = LoadedBy(_load_responsible)
