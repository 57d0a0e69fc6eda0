"""Helpers that declare the common kinds of fields."""

from collections.abc import Collection
from datetime import date
from enum import Enum
from operator import attrgetter
from typing import Annotated, Any

import strawberry
from strawberry.federation.schema_directives import RequiresScopes

from erikti.executor import batch
from models.people import Language
from models.schema_names import schema_name
from resolvers.personal_policy import personal as personal_resolver
from resolvers.personal_policy import recorded
from resolvers.relations import BatchResolver, Load, in_language, related, related_many
from schema.building.cache_control import PRIVATE
from schema.building.columns import WITHHELD
from schema.building.costs import at_most
from schema.building.permissions import PEOPLE_READ, PUBLIC

# Key of a field's metadata with the columns of its record that it needs.
READS = "reads"

LANGUAGE = (
    "Language of the text; by default the first available of Accept-Language, Kazakh, Russian and "
    "English."
)


def batch_field(
    resolver: BatchResolver,
    type_: Any,
    description: str,
    reads: Collection[str] = (),
    directives: Collection[object] = (),
) -> Any:
    """Return a field with a batch resolver that uses the columns ``reads`` of the records.

    ``directives`` declare caching, and access if it differs from the type's.
    """
    return strawberry.field(
        resolver=batch(resolver),
        graphql_type=type_,
        description=description,
        metadata={READS: tuple(reads)},
        directives=list(directives),
    )


def column(type_: Any, name: str, description: str) -> Any:
    """Return a field with the value of a column that has another name."""
    return batch_field(_column(name), type_, description, reads=[name])


def to_one(
    type_: Any, load: Load, key: str, description: str, directives: Collection[object] = ()
) -> Any:
    """Return a field with the one record that a loader finds by the column ``key``."""
    return batch_field(related(load, key), type_, description, [key], directives)


def to_many(type_: Any, load: Load, values: Load, description: str, most: int) -> Any:
    """Return a field with at most ``most`` records, whose keys the loader ``values`` finds."""
    many: Any = list[type_]
    found = related_many(load, values)
    return batch_field(found, many, description, reads=["id"], directives=[at_most(most)])


def values(type_: Any, load: Load, description: str) -> Any:
    """Return a field with the few values that a loader finds for the record."""
    many: Any = list[type_]
    return batch_field(related(load, "id"), many, description, reads=["id"])


def text(prefix: str, description: str) -> Any:
    """Return a field with a text that is stored in three languages."""
    pick = in_language(prefix)

    def resolve(
        parents: list[Any],
        info: strawberry.Info,
        language: Annotated[
            Language | None, strawberry.argument(description=LANGUAGE)
        ] = strawberry.UNSET,
    ) -> Any:
        return pick(parents, info, language or None)

    return batch_field(resolve, str, description, reads=[f"{prefix}_{code}" for code in Language])


def personal(
    type_: Any,
    description: str,
    column: str,
    rule: RequiresScopes = PEOPLE_READ,
    person: str = "id",
    find: Load | None = None,
    costs: Collection[object] = (),
) -> Any:
    """Return a field with personal data: a column's value, or what ``find`` loads by it.

    ``person`` is the column with the ID of the data subject.
    """
    inner = related(find, column) if find else _column(column)
    return batch_field(
        personal_resolver(inner, person),
        type_ | None,
        f"{description} {WITHHELD}",
        reads=[column, person],
        directives=[PRIVATE, rule, *costs],
    )


def identity(
    type_: Any, load: Load, key: str, description: str, rule: RequiresScopes, person: str = "id"
) -> Any:
    """Return a field from a person to one of their records, or from the record to the person.

    ``person`` is the column with the ID of the person, whom the access log records.
    """
    found = recorded(related(load, key), person)
    reads = dict.fromkeys((key, person))
    return batch_field(found, type_, description, list(reads), [PRIVATE, rule])


def _column(name: str) -> BatchResolver:
    value = attrgetter(name)

    def resolve(parents: list[Any], info: strawberry.Info) -> list[Any]:
        return list(map(value, parents))

    return resolve


def enum(cls: type[Enum], description: str, **texts: str) -> None:
    """Turn an enum into a GraphQL enum; values without a text are described by name."""
    described: Any = strawberry.enum(cls, name=schema_name(cls), description=description)
    for value in described.__strawberry_definition__.values:
        words = value.name.replace("_", " ").capitalize()
        value.description = texts.get(value.name, f"{words}.")


@strawberry.federation.type(
    shareable=True,
    description="A period of days, both ends included.",
    directives=[PUBLIC],
)
class Period:
    """A period of days, both ends included."""

    starts_on: date = strawberry.field(description="The first day of the period.")
    ends_on: date | None = strawberry.field(
        description="The last day of the period, included; null if it has no end yet."
    )


def period() -> Any:
    """Return a field with the period from the column ``starts_on`` to ``ends_on``."""

    def resolve(parents: list[Any], info: strawberry.Info) -> list[Period]:
        return [Period(starts_on=parent.starts_on, ends_on=parent.ends_on) for parent in parents]

    return batch_field(
        resolve, Period, "The days from the first to the last.", reads=["starts_on", "ends_on"]
    )
