"""Types of fields and arguments as Strawberry reads them, when they are made from other types."""

from operator import or_
from types import GenericAlias
from typing import Annotated, TypeAlias

import strawberry
from tortoise.models import Model

# What Strawberry accepts as a type: a class, a union, a reference to a type of another module.
Type: TypeAlias = object


def several(type_: Type) -> Type:
    """Return the type of a list of values."""
    return GenericAlias(list, (type_,))


def optional(type_: Type) -> Type:
    """Return the type of a value that may be null or left out."""
    return or_(type_, None)


def lazy(name: str, module: str) -> Type:
    """Return a reference to a type of another module, resolved when the schema is built."""
    return Annotated[name, strawberry.lazy(module)]


def of_records(model: type[Model], suffix: str = "") -> Type:
    """Return a reference to the type of a model's records, or to one of their lists' types."""
    return lazy(f"{model.__name__}{suffix}", model.__module__.replace("models", "schema", 1))
