"""Cache policies of operations: how long a response may be cached, and what invalidates it."""

import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from functools import cache, reduce

from graphql import (
    GraphQLField,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLUnionType,
    get_named_type,
)
from tortoise.models import Model

from erikti.auth.scopes import Scope
from erikti.executor import RequestedFields
from models.max_age import RECORDS, REFERENCE
from models.rollups import ROLLUPS
from models.statistics import PublishedFigure
from resolvers.dataloaders.identities import STANDS_FOR
from resolvers.dataloaders.listings import LISTINGS
from resolvers.dataloaders.registry import QUERIES as REGISTRY
from resolvers.dataloaders.row_policy import DECIDING_MODELS, RULES
from resolvers.dataloaders.statistics import QUERIES, RECORDED
from resolvers.dataloaders.tables import is_sourced, related
from resolvers.global_ids import NODES
from schema.building.permissions import Needed

RULED = frozenset(model.__name__ for model in RULES)
DECIDING = frozenset(model.__name__ for model in DECIDING_MODELS)
PARTS = re.compile(r"(Group)?(Connection|Edge)?$")
# Nothing imports these records: they change only with a version of Erikti.
UNCHANGING = frozenset(name for name, node in NODES.items() if not is_sourced(node.model))
# Fields with these scopes return personal data, or tell who read it.
PRIVATE = frozenset({Scope.PEOPLE_READ, Scope.AUDIT_READ})
# What does not follow from the records of a root field. One without records is the caller's own.
ROOT_AGES = {"_entities": 0, "_service": REFERENCE, "codeLists": REFERENCE}
# Objects without rows of their own, and the models that hold them.
HELD_BY = {"PersonSource": frozenset({"Person"})}
STATISTICS = (*QUERIES.values(), RECORDED)
# Objects counted from records, and the SQL that counts them.
COUNTED_BY: dict[str, Collection[str]] = {
    **dict.fromkeys(("NationalStatistics", "StatisticalFigure"), STATISTICS),
    **dict.fromkeys(("RegistryYear", "RegistryMonth", "RegistryRegion"), REGISTRY),
    **dict.fromkeys(("RegistryPlacements", "RegistryCount"), REGISTRY),
}
# Fields computed from rows of another type than their own.
COUNTED_FROM = {("Project", "hours"): frozenset({"Participation"})} | {
    (model.__name__, "source"): frozenset({related(model, path[0]).__name__})  # type: ignore[union-attr]
    for model, path in STANDS_FOR.items()
    if len(path) > 1
}


@dataclass(frozen=True)
class CachePolicy:
    """How a response may be cached.

    ``max_age`` is in seconds. ``tags`` are names of models: a write to their rows invalidates
    the response. A private response must not be cached, whatever its age.
    """

    max_age: int
    private: bool = False
    tags: frozenset[str] = frozenset()

    @property
    def is_cacheable(self) -> bool:
        """Whether the response may be cached at all."""
        return self.max_age > 0 and not self.private

    @property
    def depends_on(self) -> frozenset[str]:
        """Return the tags, and those of the records that decide who sees such rows."""
        return self.tags | DECIDING if self.tags & RULED else self.tags

    def __or__(self, other: "CachePolicy") -> "CachePolicy":
        """Return the policy of a response that holds both."""
        return CachePolicy(
            min(self.max_age, other.max_age),
            self.private or other.private,
            self.tags | other.tags,
        )


UNCACHED = CachePolicy(0)


class CachePolicies:
    """The policies of operations on a schema; those of fields are computed once.

    They follow from the records that a field returns and the scopes that it needs.
    """

    def __init__(self, graph: GraphQLSchema, needed: Callable[[RequestedFields], Needed]) -> None:
        self._graph = graph
        self._needed = needed
        self._others = [root for root in (graph.mutation_type, graph.subscription_type) if root]
        self._known: dict[tuple[str, str], CachePolicy] = {}

    def policy(self, requested_fields: Mapping[str, Collection[str]]) -> CachePolicy:
        """Return the policy of an operation that requests these fields of these object types.

        Introspection is cached as long as reference data. An operation without known fields is
        not cached.
        """
        parts = [self._of(name, f) for name, fields in requested_fields.items() for f in fields]
        return reduce(CachePolicy.__or__, parts) if parts else UNCACHED

    def _of(self, name: str, field_name: str) -> CachePolicy:
        parent = self._graph.get_type(name)
        if not isinstance(parent, GraphQLObjectType) or parent in self._others:
            return UNCACHED
        if field_name.startswith("__"):
            return CachePolicy(REFERENCE, tags=self._tags(parent))
        field = parent.fields.get(field_name)
        if field is None:
            return UNCACHED
        key = (name, field_name)
        if key not in self._known:
            self._known[key] = self._of_field(parent, field_name, field)
        return self._known[key]

    def _of_field(self, parent: GraphQLObjectType, name: str, field: GraphQLField) -> CachePolicy:
        target = get_named_type(field.type)
        counted = COUNTED_FROM.get((parent.name, name), frozenset())
        tags = self._tags(parent) | self._tags(target) | counted
        if self._needed({parent.name: [name]}).scopes & PRIVATE:
            return CachePolicy(0, private=True, tags=tags)
        age = REFERENCE if tags <= UNCHANGING else RECORDS
        if parent is not self._graph.query_type:
            return CachePolicy(age, tags=tags)
        if name in ROOT_AGES:
            return CachePolicy(ROOT_AGES[name], tags=tags)
        return CachePolicy(age, tags=tags) if tags else CachePolicy(0, private=True)

    def _objects(self, type_: GraphQLNamedType) -> Collection[GraphQLObjectType]:
        """Return the object types that a field of this type may return."""
        if isinstance(type_, GraphQLInterfaceType | GraphQLUnionType):
            return self._graph.get_possible_types(type_)
        return [type_] if isinstance(type_, GraphQLObjectType) else []

    def _tags(self, type_: GraphQLNamedType) -> frozenset[str]:
        return frozenset().union(*(_tags_of(object_.name) for object_ in self._objects(type_)))


def _tags_of(name: str) -> frozenset[str]:
    """Return the models whose rows objects of this type are made of."""
    if name in NODES:
        return frozenset({name})
    if name in COUNTED_BY:
        queries = COUNTED_BY[name]
        return FIGURES if queries is STATISTICS else _counted(tuple(queries))
    whole = PARTS.sub("", name)
    if whole in NODES:
        return _reached(NODES[whole].model)
    return HELD_BY.get(whole, frozenset())


@cache
def _reached(model: type[Model]) -> frozenset[str]:
    """Return the names of a model and of all that filters of its lists reach."""
    listing = LISTINGS.get(model)
    targets = {related(model, field) for field in listing.compared} if listing else set()
    others = (_reached(target) for target in targets if target)
    return frozenset({model.__name__}).union(*others)


@cache
def _counted(queries: tuple[str, ...]) -> frozenset[str]:
    """Return the models that figures are counted from, by their SQL."""
    tables = {node.model._meta.db_table: name for name, node in NODES.items()}
    tables |= {rollup.table: tables[rollup.base] for rollup in ROLLUPS}
    words = set(re.findall(r"\w+", " ".join(queries)))
    return frozenset(name for table, name in tables.items() if table in words)


# The models whose rows the headline figures are counted from, or compared with.
FIGURES = _counted(STATISTICS) | {PublishedFigure.__name__}
