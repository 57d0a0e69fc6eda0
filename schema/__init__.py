"""The GraphQL schema: types of the five domains, wired to their resolvers."""

from pathlib import Path

from strawberry.schema.config import StrawberryConfig

from schema.errors import ErrorCodes
from schema.federation import FederatedSchema
from schema.people import Consent
from schema.query import Query
from schema.scalars import SCALARS
from schema.un_placements import Programme

SDL = Path(__file__).with_name("schema.graphql")

schema = FederatedSchema(
    query=Query,
    types=[Consent, Programme],
    config=StrawberryConfig(scalar_map=SCALARS),
    extensions=[ErrorCodes],
    federation_version="2.9",
)
