"""Access rules, declared on a field or its type and checked once per operation."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from typing import Any, TypeAlias

import strawberry
from graphql import (
    GraphQLField,
    GraphQLObjectType,
    GraphQLSchema,
    get_named_type,
    is_introspection_type,
)
from strawberry.federation.schema_directives import RequiresScopes
from strawberry.schema_directive import Location
from strawberry.types import get_object_definition

from erikti.auth.principal import Principal
from erikti.auth.scopes import Scope
from erikti.errors import ForbiddenError

RequestedFields: TypeAlias = Mapping[str, Collection[str]]
MAX_NAMED = 3  # coordinates that the text of an error names; its extensions list all


@strawberry.federation.schema_directive(
    locations=[Location.FIELD_DEFINITION, Location.OBJECT],
    name="public",
    description="Requires no token. Which records are visible depends on the caller.",
)
class Public:
    """Marks fields and types that require no scope."""


Rule: TypeAlias = Public | RequiresScopes
PUBLIC = Public()


def requires(*scopes: Scope) -> RequiresScopes:
    """Return the rule that requires all of these scopes."""
    return RequiresScopes(scopes=[list(scopes)])


VOLUNTEERS_READ = requires(Scope.VOLUNTEERS_READ)
CIS_FORUM_READ = requires(Scope.CIS_FORUM_READ)
UN_PLACEMENTS_READ = requires(Scope.UN_PLACEMENTS_READ)
PEOPLE_READ = requires(Scope.PEOPLE_READ)
PEOPLE_READ_IIN = requires(Scope.PEOPLE_READ, Scope.PEOPLE_READ_IIN)
VOLUNTEERS_PEOPLE_READ = requires(Scope.VOLUNTEERS_READ, Scope.PEOPLE_READ)
UN_PLACEMENTS_PEOPLE_READ = requires(Scope.UN_PLACEMENTS_READ, Scope.PEOPLE_READ)
AUDIT_READ = requires(Scope.AUDIT_READ)

# Strawberry generates these fields; only gateways need the subgraph's SDL.
FEDERATION: dict[tuple[str, str], Rule] = {
    ("Query", "_entities"): PUBLIC,
    ("Query", "_service"): requires(Scope.GRAPH_READ),
    ("_Service", "sdl"): requires(Scope.GRAPH_READ),
}


class UndeclaredAccessError(Exception):
    """A field declares no access rule."""


@dataclass(frozen=True)
class Needed:
    """The scopes that the fields of an operation require, by schema coordinate."""

    by_coordinate: Mapping[str, frozenset[Scope]]

    @cached_property
    def scopes(self) -> frozenset[Scope]:
        """All required scopes."""
        return frozenset().union(*self.by_coordinate.values())

    @cached_property
    def personal(self) -> tuple[str, ...]:
        """The coordinates of personal fields."""
        needed = self.by_coordinate.items()
        return tuple(name for name, scopes in needed if Scope.PEOPLE_READ in scopes)


class Permissions:
    """The access rules of a schema.

    Raises UndeclaredAccessError with the names of all fields that declare none.
    """

    def __init__(self, schema: GraphQLSchema) -> None:
        self._schema = schema
        self._needed = cache(self._field)
        missing = [f"{t.name}.{name}" for t, name, rule in self._rules() if rule is None]
        if missing:
            raise UndeclaredAccessError(f"no access rule is declared for {', '.join(missing)}")

    def needed(self, requested_fields: RequestedFields) -> Needed:
        """Return the scopes that an operation with these fields of object types requires."""
        coordinates = sorted(
            (name, field) for name, fields in requested_fields.items() for field in fields
        )
        found = {f"{name}.{field}": self._needed(name, field) for name, field in coordinates}
        return Needed({coordinate: scopes for coordinate, scopes in found.items() if scopes})

    def scopes(self, type_name: str, field: str) -> frozenset[Scope]:
        """Return the scopes that a field requires, including those of its type."""
        return self._needed(type_name, field)

    def _rules(self) -> Iterator[tuple[GraphQLObjectType, str, Rule | None]]:
        for type_ in self._schema.type_map.values():
            if isinstance(type_, GraphQLObjectType) and not is_introspection_type(type_):
                for name, field in type_.fields.items():
                    yield type_, name, _declared(type_, name, field)

    def _field(self, type_name: str, name: str) -> frozenset[Scope]:
        parent = self._schema.get_type(type_name)
        if not isinstance(parent, GraphQLObjectType) or name not in parent.fields:
            return frozenset()  # __typename, __schema and __type reveal nothing about records
        field = parent.fields[name]
        target = get_named_type(field.type)
        of_target = _rule(target) if isinstance(target, GraphQLObjectType) else None
        return _scopes(_declared(parent, name, field)) | _scopes(of_target)


def declare_at_fields(schema: GraphQLSchema) -> None:
    """Move the rules of types with an interface to their fields and to the fields of these types.

    Composition requires for an interface the scopes of all its types together, so at a gateway
    hardly any caller could request Node, whose ID is public. No field's rule changes.
    """
    objects = [t for t in schema.type_map.values() if isinstance(t, GraphQLObjectType)]
    moved = {t for t in objects if t.interfaces and isinstance(_rule(t), RequiresScopes)}
    permissions = Permissions(schema)
    for type_ in objects:
        for name, field in type_.fields.items():
            if type_ in moved or get_named_type(field.type) in moved:
                scopes = permissions.scopes(type_.name, name)
                _declare(field, requires(*sorted(scopes)) if scopes else PUBLIC)
    for type_ in moved:
        _declare(type_, None)


def _declare(node: GraphQLField | GraphQLObjectType, rule: Rule | None) -> None:
    definition = node.extensions["strawberry-definition"]
    others = [d for d in definition.directives or () if not isinstance(d, Public | RequiresScopes)]
    definition.directives = others if rule is None else [*others, rule]


def permit(principal: Principal, purpose: str | None, needed: Needed) -> None:
    """Raise ForbiddenError with all fields that the principal may not request, and why."""
    granted = principal.scopes
    if not needed.scopes <= granted:
        refused = {c: s - granted for c, s in needed.by_coordinate.items() if not s <= granted}
        missing = sorted(needed.scopes - granted)
        scopes = f"the scope{'s' if len(missing) > 1 else ''} {', '.join(missing)}"
        purpose_too = needed.personal and purpose is None and principal.person is None
        also = " and a purpose (header X-Purpose)" if purpose_too else ""
        text = f"{_listed(list(refused))} cannot be requested without {scopes}{also}"
        listed = [{"coordinate": c, "missingScopes": sorted(s)} for c, s in refused.items()]
        raise ForbiddenError(text, refused=listed)
    if needed.personal and purpose is None and principal.person is None:
        text = (
            f"{_listed(needed.personal)} cannot be requested without a purpose (header X-Purpose)"
        )
        raise ForbiddenError(text, refused=[{"coordinate": c} for c in needed.personal])


def _listed(coordinates: Sequence[str]) -> str:
    more = len(coordinates) - MAX_NAMED
    return ", ".join(coordinates[:MAX_NAMED]) + (f" and {more} more" if more > 0 else "")


def rule_of(node: object) -> Rule | None:
    """Return the access rule that a Strawberry type declares for its fields."""
    return _of(get_object_definition(node, strict=True))


def _declared(parent: GraphQLObjectType, name: str, field: GraphQLField) -> Rule | None:
    if (parent.name, name) in FEDERATION:
        return FEDERATION[parent.name, name]
    own = _of(field.extensions.get("strawberry-definition"))
    return own if own is not None else _rule(parent)


def _rule(type_: GraphQLObjectType) -> Rule | None:
    return _of(type_.extensions.get("strawberry-definition"))


def _of(definition: Any) -> Rule | None:
    directives = definition.directives if definition is not None else ()
    return next((d for d in directives or () if isinstance(d, Public | RequiresScopes)), None)


def _scopes(rule: Rule | None) -> frozenset[Scope]:
    if not isinstance(rule, RequiresScopes):
        return frozenset()
    return frozenset(Scope(scope) for scope in rule.scopes[0])
