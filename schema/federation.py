"""The schema as a subgraph of a federated graph (Apollo Federation 2.9)."""

from typing import Any

import strawberry
from graphql import GraphQLError
from strawberry.federation.schema import FederationAny
from strawberry.types import ExecutionContext

from resolvers.federation import entities


class FederatedSchema(strawberry.federation.Schema):
    """A schema whose entities are found in batches, each failing for itself alone."""

    async def entities_resolver(  # type: ignore[override]
        self, info: strawberry.Info, representations: list[FederationAny]
    ) -> list[Any]:
        """Answer ``_entities``."""
        return await entities(info, representations)

    def process_errors(
        self, errors: list[GraphQLError], execution_context: ExecutionContext | None = None
    ) -> None:
        """Leave logging to ``schema.errors``: a document may hold personal data."""
