"""Short ways to declare the fields that most types have."""

from collections.abc import Collection
from datetime import date
from enum import EnumMeta
from operator import attrgetter
from typing import Annotated, Any

import strawberry
from strawberry.federation.schema_directives import RequiresScopes

from erikti.executor import batch
from models.people import Language
from resolvers.personal_policy import personal as disclosed
from resolvers.personal_policy import telling
from resolvers.relations import BatchResolver, Load, in_language, related, related_many
from schema.building.cache_control import PRIVATE
from schema.building.columns import WITHHELD
from schema.building.costs import at_most
from schema.building.permissions import PEOPLE_READ, PUBLIC

# Where a field says which columns of its record it needs.
READS = "reads"

LANGUAGE = "In which language; the caller's (Accept-Language) by default, then kk, ru, en."


def answered(
    resolver: BatchResolver,
    type_: Any,
    description: str,
    reads: Collection[str] = (),
    directives: Collection[object] = (),
) -> Any:
    """A field that a batch resolver answers from the columns ``reads`` of the records.

    ``directives`` say how long its answers may be kept, and who may ask it where that
    differs from its type.
    """
    return strawberry.field(
        resolver=batch(resolver),
        graphql_type=type_,
        description=description,
        metadata={READS: tuple(reads)},
        directives=list(directives),
    )


def to_one(
    type_: Any, load: Load, key: str, description: str, directives: Collection[object] = ()
) -> Any:
    """A field with the one record that a loader finds under the column ``key``."""
    return answered(related(load, key), type_, description, [key], directives)


def to_many(type_: Any, load: Load, values: Load, description: str, most: int) -> Any:
    """A field with the records, at most so many, whose keys another loader finds."""
    many: Any = list[type_]
    found = related_many(load, values)
    return answered(found, many, description, reads=["id"], directives=[at_most(most)])


def values(type_: Any, load: Load, description: str) -> Any:
    """A field with the few values that a loader finds for the record."""
    many: Any = list[type_]
    return answered(related(load, "id"), many, description, reads=["id"])


def text(prefix: str, description: str) -> Any:
    """A field with a text that is kept in three languages."""
    pick = in_language(prefix)

    def resolve(
        parents: list[Any],
        info: strawberry.Info,
        language: Annotated[
            Language | None, strawberry.argument(description=LANGUAGE)
        ] = strawberry.UNSET,
    ) -> Any:
        return pick(parents, info, language or None)

    return answered(resolve, str, description, reads=[f"{prefix}_{code}" for code in Language])


def personal(
    type_: Any,
    description: str,
    column: str,
    rule: RequiresScopes = PEOPLE_READ,
    person: str = "id",
    find: Load | None = None,
    costs: Collection[object] = (),
) -> Any:
    """A field with personal data: the column itself, or what a loader finds under it.

    ``person`` is the column with the key of whom it is about.
    """
    inner = related(find, column) if find else _column(column)
    return answered(
        disclosed(inner, person),
        type_ | None,
        f"{description} {WITHHELD}",
        reads=[column, person],
        directives=[PRIVATE, rule, *costs],
    )


def identity(
    type_: Any, load: Load, key: str, description: str, rule: RequiresScopes, person: str = "id"
) -> Any:
    """A field from a person to a record of theirs, or from the record to the person.

    ``person`` is the column with the key of the person, who is recorded as read about.
    """
    found = telling(related(load, key), person)
    reads = dict.fromkeys((key, person))
    return answered(found, type_, description, list(reads), [PRIVATE, rule])


def _column(name: str) -> BatchResolver:
    value = attrgetter(name)

    def resolve(parents: list[Any], info: strawberry.Info) -> list[Any]:
        return list(map(value, parents))

    return resolve


def enum(cls: EnumMeta, description: str, **texts: str) -> None:
    """Make a model's enum a GraphQL one; values without a text get their name as one."""
    described: Any = strawberry.enum(cls, description=description)
    for value in described.__strawberry_definition__.values:
        words = value.name.replace("_", " ").capitalize()
        value.description = texts.get(value.name, f"{words}.")


@strawberry.type(
    description="A period of days, both ends included.",
    directives=[PUBLIC],
)
class Period:
    """A period of days, both ends included."""

    starts_on: date = strawberry.field(description="The first day.")
    ends_on: date | None = strawberry.field(description="The last day; null while it is open.")


def period() -> Any:
    """A field with the period between the columns ``starts_on`` and ``ends_on``."""

    def resolve(parents: list[Any], info: strawberry.Info) -> list[Period]:
        return [Period(starts_on=parent.starts_on, ends_on=parent.ends_on) for parent in parents]

    return answered(resolve, Period, "From when until when.", reads=["starts_on", "ends_on"])
