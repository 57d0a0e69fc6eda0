"""Helpers that declare the common kinds of fields."""

from collections.abc import Callable, Collection
from datetime import date
from enum import Enum
from typing import Annotated, Any, get_args

import strawberry
from strawberry.federation.schema_directives import RequiresScopes
from strawberry.types.field import StrawberryField

from erikti.executor import batch
from models.columns import OfRecord, Own, OwnStem, Record, model_of
from models.people import Language
from models.schema_names import schema_name
from resolvers.data import (
    Column,
    Data,
    First,
    Identifying,
    Localised,
    Part,
    Present,
    ToMany,
    ToOne,
    Values,
    Whole,
    columns_of,
)
from resolvers.dataloaders.found import AllOf, OneBy, SumBy, ValuesBy
from resolvers.dataloaders.listings import Link
from resolvers.global_ids import NODES
from resolvers.personal_policy import personal as personal_resolver
from resolvers.personal_policy import recorded
from resolvers.relations import BatchResolver, first_of, parts, resolver
from schema.building.annotations import Type, optional, several
from schema.building.columns import WITHHELD
from schema.building.costs import MOST, at_most
from schema.building.inputs import argument
from schema.building.permissions import PEOPLE_READ, PUBLIC, rule_of

# Keys of a field's metadata: the columns of its record that it needs, and what it is.
READS = "reads"
DATA = "data"

LANGUAGE = (
    "Language of the text; by default the first available of Accept-Language, Kazakh, Russian and "
    "English."
)


def batch_field(
    resolver: BatchResolver,
    type_: Type,
    description: str,
    reads: Collection[Own] = (),
    directives: Collection[object] = (),
    data: Data | None = None,
) -> StrawberryField:
    """Return a field with a batch resolver that uses the columns ``reads`` of the records.

    ``directives`` declare access if it differs from the type's. ``data`` declares
    what the field is, unless only the resolver knows; then it also declares the columns.
    """
    columns = dict.fromkeys((*reads, *(columns_of(data) if data else ())))
    field: StrawberryField = strawberry.field(
        resolver=batch(resolver),
        graphql_type=type_,
        description=description,
        metadata={READS: tuple(columns), DATA: data},
        directives=list(directives),
    )
    return field


def _declared(
    data: Column | Localised | Present | ToOne | Values | ToMany | Whole,
    type_: Type,
    description: str,
    directives: Collection[object] = (),
) -> StrawberryField:
    """Return a field that is resolved as it is declared."""
    return batch_field(resolver(data), type_, description, (), directives, data)


def column(type_: Type, name: Own, description: str) -> StrawberryField:
    """Return a field with the value of a column that has another name."""
    return _declared(Column(name), type_, description)


def to_one(
    type_: Type,
    key: Own,
    description: str,
    found: OneBy | SumBy | None = None,
    directives: Collection[object] = (),
) -> StrawberryField:
    """Return a field with the record of a type whose key is in the column ``key``.

    ``found`` declares something else that a loader finds by the column.
    """
    data = ToOne(found or by_key(type_), key)
    return _declared(data, type_, description, directives)


def to_many(type_: Type, link: Link, description: str) -> StrawberryField:
    """Return a field with records of a small table, whose keys a link table has."""
    found = by_key(type_)
    most = at_most(MOST[found.model.__name__])
    return _declared(ToMany(found, ValuesBy(link)), several(type_), description, [most])


def first(type_: Type, data: First, description: str) -> StrawberryField:
    """Return a field with the first record of a page; null if it has none."""
    return batch_field(first_of(data), type_, description, data=data)


def values(type_: Type, link: Link, description: str) -> StrawberryField:
    """Return a field with the few values that a link table has for the record."""
    return _declared(Values(ValuesBy(link)), several(type_), description)


def present(type_: Type, data: Present, description: str) -> StrawberryField:
    """Return a field with a value that applies in a period."""
    return _declared(data, optional(type_), description)


def all_records(
    type_: Type, found: AllOf, description: str, having: tuple[str, Present, str] | None = None
) -> StrawberryField:
    """Return a field with all records of a small table.

    ``having`` is an argument that asks for the records with or without a present value: its name,
    the value and its description.
    """
    data = Whole(found, having and having[:2])
    rules = [rule_of(type_), at_most(found.most)]
    field = _declared(data, optional(several(type_)), description, rules)
    field.arguments = [argument(having[0], bool, having[2])] if having else []
    return field


def text(prefix: OwnStem, description: str) -> StrawberryField:
    """Return a field with a text that is stored in three languages."""
    data = Localised(prefix)
    pick = resolver(data)

    def resolve(
        parents: list[object],
        info: strawberry.Info,
        language: Annotated[
            Language | None, strawberry.argument(description=LANGUAGE)
        ] = strawberry.UNSET,
    ) -> object:
        return pick(parents, info, language or None)

    return batch_field(resolve, str, description, data=data)


def part(make: Callable[..., object], description: str, **columns: Own) -> StrawberryField:
    """Return a field with an object of a type: the columns of its attributes."""
    data = Part(columns)
    return batch_field(parts(data, make), make, description, data=data)


def personal(
    type_: Type,
    description: str,
    column: Own,
    rule: RequiresScopes = PEOPLE_READ,
    person: Own = "id",
) -> StrawberryField:
    """Return a field with personal data: a column's value, or the record that it refers to.

    ``person`` is the column with the ID of the data subject.
    """
    refers = isinstance(type_, type) and type_.__name__ in NODES
    inner = resolver(ToOne(by_key(type_), column) if refers else Column(column))
    return batch_field(
        personal_resolver(inner, person),
        optional(type_),
        f"{description} {WITHHELD}",
        reads=[column, person],
        directives=[rule],
    )


def identity(
    type_: Type,
    key: Own,
    description: str,
    rule: RequiresScopes,
    found: OneBy | SumBy | None = None,
) -> StrawberryField:
    """Return a field from a person to one of their records, or from the record to the person.

    ``key`` is the column with the ID of the person, whom the access log records.
    """
    related = ToOne(found or by_key(type_), key)
    resolve, data = recorded(resolver(related), key), Identifying(related, key)
    return batch_field(resolve, type_, description, directives=[rule], data=data)


def by_key(type_: Type) -> OneBy:
    """Declare the record of a type by its primary key."""
    (node,) = (each for each in get_args(type_) or (type_,) if each is not type(None))
    return NODES[node.__name__].found


def record_by(record: Record, column: OfRecord) -> OneBy:
    """Declare the record of another module's type by a unique column."""
    return OneBy(model_of(record), column)


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
