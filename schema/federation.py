"""The schema as a subgraph of a federated graph (Apollo Federation 2.9)."""

from collections.abc import Iterable
from functools import cached_property
from typing import Any, cast

import strawberry
from graphql import GraphQLError
from strawberry.exceptions import MissingQueryError
from strawberry.federation.schema import FederationAny
from strawberry.schema.exceptions import (
    CannotGetOperationTypeError,
    InvalidOperationTypeError,
)
from strawberry.types import ExecutionContext, ExecutionResult
from strawberry.types.graphql import OperationType
from strawberry.utils.await_maybe import await_maybe

from models.database import operation
from resolvers.federation import entities
from schema.documents import Document, Documents
from schema.errors import presentable
from schema.execution import Exchange


class FederatedSchema(strawberry.federation.Schema):
    """A schema whose operations are executed breadth first, and entities found in batches."""

    async def entities_resolver(  # type: ignore[override]
        self, info: strawberry.Info, representations: list[FederationAny]
    ) -> list[Any]:
        """Answer ``_entities``, each representation failing for itself alone."""
        return await entities(info, representations)

    def process_errors(
        self, errors: list[GraphQLError], execution_context: ExecutionContext | None = None
    ) -> None:
        """Leave logging to ``schema.errors``: a document may hold personal data."""

    @cached_property
    def documents(self) -> Documents:
        """The documents that were asked for."""
        return Documents(self._schema)

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
        """The result of an operation; its reads all see one state of the database."""
        if not query:
            raise MissingQueryError
        document = self.documents.find(query)
        if document.node is not None:
            _check_type(document, operation_name, allowed_operation_types)
        if document.errors:
            return _result(None, document.errors)
        try:
            made = Exchange.build(
                self._schema,
                document.node,  # type: ignore[arg-type]
                root_value,
                context_value,
                variable_values,
                operation_name,
                operation_extensions=operation_extensions,
            )
            if isinstance(made, list):
                return _result(None, made)
            executor = cast(Exchange, made)
            executor.plans = document.plans
            with operation():
                result: Any = await await_maybe(executor.execute_operation())
        except Exception as error:
            return _result(None, [GraphQLError(str(error), original_error=error)])
        return _result(result.data, result.errors)


def _check_type(
    document: Document, name: str | None, allowed: Iterable[OperationType] | None
) -> None:
    found = document.operation(name)
    if found is None:
        raise CannotGetOperationTypeError(name)
    type_ = OperationType(found.operation.value)
    if allowed is not None and type_ not in allowed:
        raise InvalidOperationTypeError(type_)


def _result(data: Any, errors: list[GraphQLError] | None) -> ExecutionResult:
    shown = [presentable(error) for error in errors] if errors else None
    return ExecutionResult(data=data, errors=shown)
