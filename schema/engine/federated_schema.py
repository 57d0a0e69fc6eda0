"""The schema as a subgraph of a federated graph (Apollo Federation 2.9)."""

from collections.abc import Iterable, Mapping
from functools import cached_property
from typing import Any, cast

import strawberry
from graphql import GraphQLError, GraphQLObjectType, GraphQLUnionType
from strawberry.federation.schema import FederationAny
from strawberry.printer import print_schema
from strawberry.types import ExecutionContext, ExecutionResult
from strawberry.types.graphql import OperationType
from strawberry.utils.await_maybe import await_maybe

from erikti.errors import BadUserInputError
from erikti.executor import RequestedFields
from resolvers.context import Info
from resolvers.data import ByKeys
from resolvers.federation import Find, entities, no_entity
from schema.building.costs import weigh
from schema.building.fields import DATA
from schema.building.permissions import Needed, Permissions
from schema.engine.engine import Engine
from schema.engine.incremental import DIRECTIVES
from schema.engine.input_conversion import convert_once
from schema.engine.subgraph_sdl import subgraph_sdl


class FederatedSchema(strawberry.federation.Schema):
    """A schema that executes operations breadth first, and finds entities in batches."""

    def __init__(self, *arguments: Any, find: Find | None = None, **options: Any) -> None:
        """``find`` loads the records of ``_entities``; without it, types have resolve_reference."""
        super().__init__(*arguments, **options)
        self._find = find or self._referenced
        self._schema.directives = (*self._schema.directives, *DIRECTIVES)
        service = cast(GraphQLObjectType, self._schema.get_type("_Service"))
        service.fields["sdl"].resolve = lambda *_: self.subgraph()
        query = cast(GraphQLObjectType, self._schema.query_type)
        if find is not None and (field := query.fields.get("_entities")) is not None:
            field.extensions["strawberry-definition"].metadata = {DATA: ByKeys.ENTITIES}
        weigh(self._schema)
        convert_once(self._schema)

    async def entities_resolver(  # type: ignore[override]
        self, info: strawberry.Info, representations: list[FederationAny]
    ) -> list[object]:
        """Resolve ``_entities``; an invalid representation fails only itself."""
        return await entities(info, representations, self._find)

    async def _referenced(
        self, info: Info, representation: Mapping[str, object], place: str
    ) -> object:
        """Resolve a representation by its type, as Strawberry's own schema does."""
        name = representation.get("__typename")
        union = cast(GraphQLUnionType, self._schema.get_type("_Entity"))
        if name not in [type_.name for type_ in union.types]:
            raise no_entity(name, place)
        keys = cast(FederationAny, dict(representation))
        (found,) = super().entities_resolver(info, [keys])
        if isinstance(found, TypeError):  # the type has other keys
            raise BadUserInputError(place, f"{name} has other keys")
        if isinstance(found, Exception):
            raise found
        return await await_maybe(found)

    def _extend_introspection(self) -> None:
        """Leave ``isOneOf`` to graphql-core: Strawberry's fails for lists and non-null types."""

    def process_errors(
        self, errors: list[GraphQLError], execution_context: ExecutionContext | None = None
    ) -> None:
        """Leave logging to ``erikti.masking``: a document may hold personal data."""

    def subgraph(self) -> str:
        """Return the SDL of the subgraph, for composers."""
        return subgraph_sdl(print_schema(self))

    @cached_property
    def permissions(self) -> Permissions:
        """The access rules of the schema."""
        return Permissions(self._schema)

    def needed(self, requested_fields: RequestedFields) -> Needed:
        """Return the scopes that an operation with these fields needs."""
        return self.permissions.needed(requested_fields)

    async def execute(
        self,
        query: str | None,
        variable_values: dict[str, object] | None = None,
        context_value: Any = None,
        root_value: object = None,
        operation_name: str | None = None,
        allowed_operation_types: Iterable[OperationType] | None = None,
        operation_extensions: dict[str, object] | None = None,
    ) -> ExecutionResult:
        """Run an operation through Strawberry's API, with a new engine and its context's limits.

        To run many operations, use one ``Engine``.
        """
        engine = Engine(self, context_value.limits)
        return await engine.execute(
            query,
            variable_values,
            context_value,
            root_value,
            operation_name,
            allowed_operation_types,
        )
