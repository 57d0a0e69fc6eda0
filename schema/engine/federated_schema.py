"""The schema as a subgraph of a federated graph (Apollo Federation 2.9)."""

from collections.abc import Iterable, Mapping
from functools import cached_property
from typing import Any, cast

import strawberry
from graphql import GraphQLError, GraphQLUnionType
from strawberry.federation.schema import FederationAny
from strawberry.types import ExecutionContext, ExecutionResult
from strawberry.types.graphql import OperationType
from strawberry.utils.await_maybe import await_maybe

from erikti.errors import BadUserInputError
from erikti.executor import RequestedFields
from resolvers.context import Info
from resolvers.federation import Find, entities
from schema.building.costs import weigh
from schema.building.permissions import Needed, Permissions
from schema.engine.engine import Engine
from schema.engine.incremental import DIRECTIVES
from schema.engine.input_conversion import convert_once


class FederatedSchema(strawberry.federation.Schema):
    """A schema whose operations are executed breadth first, and entities found in batches."""

    def __init__(self, *arguments: Any, find: Find | None = None, **options: Any) -> None:
        """``find`` gives the records of ``_entities``; without it types have resolve_reference."""
        super().__init__(*arguments, **options)
        self._find = find or self._referenced
        self._schema.directives = (*self._schema.directives, *DIRECTIVES)
        weigh(self._schema)
        convert_once(self._schema)

    async def entities_resolver(  # type: ignore[override]
        self, info: strawberry.Info, representations: list[FederationAny]
    ) -> list[Any]:
        """Answer ``_entities``, each representation failing for itself alone."""
        return await entities(info, representations, self._find)

    async def _referenced(self, info: Info, representation: Mapping[str, Any], place: str) -> Any:
        """What the type of a representation makes of it, as Strawberry's own schema does."""
        name = representation.get("__typename")
        union = cast(GraphQLUnionType, self._schema.get_type("_Entity"))
        if name not in [type_.name for type_ in union.types]:
            raise BadUserInputError(f"{place}.__typename", f"{name!r} is no entity of this graph")
        keys = cast(FederationAny, dict(representation))
        (found,) = super().entities_resolver(info, [keys])
        if isinstance(found, TypeError):  # the reference takes other keys
            raise BadUserInputError(place, f"a {name} is not found by these keys")
        if isinstance(found, Exception):
            raise found
        return await await_maybe(found)

    def _extend_introspection(self) -> None:
        """Leave ``isOneOf`` to graphql-core: Strawberry's fails for lists and what is not null."""

    def process_errors(
        self, errors: list[GraphQLError], execution_context: ExecutionContext | None = None
    ) -> None:
        """Leave logging to ``erikti.masking``: a document may hold personal data."""

    @cached_property
    def permissions(self) -> Permissions:
        """Who may ask what."""
        return Permissions(self._schema)

    def needed(self, requested_fields: RequestedFields) -> Needed:
        """The scopes that an operation needs which may ask for these fields."""
        return self.permissions.needed(requested_fields)

    async def execute(
        self,
        query: str | None,
        variable_values: dict[str, Any] | None = None,
        context_value: Any = None,
        root_value: Any = None,
        operation_name: str | None = None,
        allowed_operation_types: Iterable[OperationType] | None = None,
        operation_extensions: dict[str, Any] | None = None,
    ) -> ExecutionResult:
        """Run an operation, as Strawberry's API has it: by an engine made for it alone.

        Its limits are those of its context. What runs many operations has an ``Engine``.
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
