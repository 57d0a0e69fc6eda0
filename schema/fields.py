"""Short ways to declare the fields that most types have."""

from datetime import date
from enum import EnumMeta
from typing import Annotated, Any

import strawberry

from models.people import Language
from resolvers.relations import Load, in_language, related, related_many

LANGUAGE = "In which language; the caller's (Accept-Language) by default, then kk, ru, en."


def to_one(type_: Any, load: Load, key: str, description: str) -> Any:
    """A field with the one record that a loader finds under the column ``key``."""
    return strawberry.field(
        resolver=related(load, key), graphql_type=type_, description=description
    )


def to_many(type_: Any, load: Load, values: Load, description: str) -> Any:
    """A field with the few records whose keys another loader finds for the record."""
    return strawberry.field(
        resolver=related_many(load, values),
        graphql_type=list[type_],
        description=description,
    )


def values(type_: Any, load: Load, description: str) -> Any:
    """A field with the few values that a loader finds for the record."""
    return strawberry.field(
        resolver=related(load, "id"), graphql_type=list[type_], description=description
    )


def text(prefix: str, description: str) -> Any:
    """A field with a text that is kept in three languages."""
    pick = in_language(prefix)

    def resolve(
        root: strawberry.Parent[Any],
        info: strawberry.Info,
        language: Annotated[
            Language | None, strawberry.argument(description=LANGUAGE)
        ] = strawberry.UNSET,
    ) -> str:
        return pick(root, info, language or None)

    return strawberry.field(resolver=resolve, graphql_type=str, description=description)


def personal(type_: Any, description: str) -> Any:
    """A field with personal data: null for everyone until access to it can be granted.

    The column is not read either; see ``resolvers.dataloaders.tables.HIDDEN``.
    """
    return strawberry.field(
        resolver=_withheld, graphql_type=type_ | None, description=f"{description} {WITHHELD}"
    )


WITHHELD = "Personal: withheld, so null, from everyone for now."


def _withheld() -> None:
    return None


def enum(cls: EnumMeta, description: str, **texts: str) -> None:
    """Make a model's enum a GraphQL one; values without a text get their name as one."""
    described: Any = strawberry.enum(cls, description=description)
    for value in described.__strawberry_definition__.values:
        words = value.name.replace("_", " ").capitalize()
        value.description = texts.get(value.name, f"{words}.")


@strawberry.type(description="A period of days, both ends included.")
class Period:
    """A period of days, both ends included."""

    starts_on: date = strawberry.field(description="The first day.")
    ends_on: date | None = strawberry.field(description="The last day; null while it is open.")


def period() -> Any:
    """A field with the period between the columns ``starts_on`` and ``ends_on``."""

    def resolve(root: strawberry.Parent[Any]) -> Period:
        return Period(starts_on=root.starts_on, ends_on=root.ends_on)

    return strawberry.field(
        resolver=resolve, graphql_type=Period, description="From when until when."
    )
