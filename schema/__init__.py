"""The GraphQL schema: the types of the five domains and their resolvers."""

from pathlib import Path
from typing import Any

from strawberry.schema.config import StrawberryConfig

from resolvers.federation import record
from schema.building.node import Node
from schema.building.permissions import declare_at_fields
from schema.building.scalars import SCALARS
from schema.building.tags import tag
from schema.engine.execution import OperationExecutor
from schema.engine.federated_schema import FederatedSchema
from schema.query import Query
from schema.subscription import Subscription

SDL = Path(__file__).with_name("schema.graphql")
RELEASED = Path(__file__).with_name("released.graphql")

OPTIONS: dict[str, Any] = {
    "query": Query,
    "subscription": Subscription,
    # Listed because the search for entities does not follow lazy types.
    "types": Node.__subclasses__(),
    "config": StrawberryConfig(scalar_map=SCALARS),
    "federation_version": "2.9",
}
schema = FederatedSchema(**OPTIONS, find=record, execution_context_class=OperationExecutor)
declare_at_fields(schema._schema)
tag(schema)
# Fail at import if a field declares no access rule.
schema.permissions  # noqa: B018
