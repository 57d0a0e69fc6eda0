"""Deprecated parts of the schema: the documents that use them, and when they may be removed."""

import logging
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import TypeAlias

from cachetools import LRUCache
from graphql import (
    REMOVE,
    DirectiveNode,
    DocumentNode,
    GraphQLArgument,
    GraphQLEnumType,
    GraphQLEnumValue,
    GraphQLField,
    GraphQLInputField,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLSchema,
    Node,
    NoDeprecatedCustomRule,
    StringValueNode,
    Visitor,
    parse,
    print_ast,
    validate,
    visit,
)

Deprecable: TypeAlias = GraphQLEnumValue | GraphQLInputField | GraphQLField | GraphQLArgument
REASON = re.compile(r"Use (?P<instead>[^.]*`\w+`[^.]*)\. Removed after (?P<day>\d{4}-\d\d-\d\d)\.")
LOGGED = 10_000  # pairs of a client and a part that were logged
logger = logging.getLogger("erikti.deprecated")


@dataclass(frozen=True)
class Deprecation:
    """A deprecated part by its schema coordinate, with its replacement and its last day."""

    coordinate: str
    instead: str
    last_day: date


def removal(reason: str) -> tuple[str, date]:
    """Return what to use instead, and the last day; raise ValueError for another form."""
    found = REASON.fullmatch(reason)
    if found is None:
        raise ValueError(f"{reason!r} must read 'Use `x`. Removed after YYYY-MM-DD.'")
    return found["instead"], date.fromisoformat(found["day"])


def deprecations(schema: GraphQLSchema) -> Iterator[Deprecation]:
    """Yield the deprecated parts; raise ValueError for a reason that does not have the form."""
    for coordinate, part in _parts(schema):
        if part.deprecation_reason is not None:
            try:
                yield Deprecation(coordinate, *removal(part.deprecation_reason))
            except ValueError as error:
                raise ValueError(f"{coordinate}: {error}") from None


def _parts(schema: GraphQLSchema) -> Iterator[tuple[str, Deprecable]]:
    """Yield everything that may be deprecated, by coordinate."""
    for name, type_ in schema.type_map.items():
        if name.startswith("__"):
            continue
        if isinstance(type_, GraphQLEnumType):
            yield from ((f"{name}.{value}", found) for value, found in type_.values.items())
        elif isinstance(type_, GraphQLInputObjectType):
            yield from ((f"{name}.{field}", found) for field, found in type_.fields.items())
        elif isinstance(type_, GraphQLObjectType | GraphQLInterfaceType):
            for field, found in type_.fields.items():
                yield f"{name}.{field}", found
                for argument, given in found.args.items():
                    yield f"{name}.{field}({argument}:)", given


class Deprecated:
    """Finds the deprecated parts that documents use; logs them once for each client."""

    def __init__(self, schema: GraphQLSchema) -> None:
        self._schema = schema
        self._any = any(part.deprecation_reason is not None for _, part in _parts(schema))
        self._logged: LRUCache[tuple[str, str], None] = LRUCache(LOGGED)

    def used(self, document: DocumentNode) -> tuple[str, ...]:
        """Return a message for each deprecated part that a valid document uses."""
        if not self._any:
            return ()
        found = validate(self._schema, document, [NoDeprecatedCustomRule])
        return tuple(dict.fromkeys(error.message for error in found))

    def log(self, client: str | None, messages: tuple[str, ...]) -> None:
        """Log for operators what a client uses, once for each process."""
        for message in messages:
            key = (client or "public", message)
            if key not in self._logged:
                self._logged[key] = None
                logger.warning("client %s: %s", *key)


def without_expired(sdl: str, today: date) -> str:
    """Return a schema without the deprecated parts whose last day has passed.

    A release may remove these: compared with the result, their absence breaks no client.
    """
    return print_ast(visit(parse(sdl), _Expired(today)))


class _Expired(Visitor):
    """Removes definitions that are deprecated until before a day."""

    def __init__(self, today: date) -> None:
        super().__init__()
        self._today = today

    def enter(self, node: Node, *_: object) -> object:
        """Remove an expired definition."""
        for directive in getattr(node, "directives", None) or ():
            if _last_day(directive, self._today) < self._today:
                return REMOVE
        return None


def _last_day(directive: DirectiveNode, today: date) -> date:
    """Return the last day of a deprecation; today if a directive states none."""
    if directive.name.value != "deprecated":
        return today
    for argument in directive.arguments or ():
        if isinstance(argument.value, StringValueNode):
            return removal(argument.value.value)[1]
    return today
