"""Apollo's reference subgraph on this project's schema class: ``python -m``, with PORT."""

import os
from typing import Any

import strawberry
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from strawberry.federation import field
from strawberry.schema_directive import Location

from erikti.endpoint.requests import read_request
from erikti.endpoint.results import dumped, extended
from erikti.executor import RequestedFields
from resolvers.context import Context
from schema.building.permissions import Needed
from schema.engine.engine import Engine
from schema.engine.execution import OperationExecutor
from schema.engine.federated_schema import FederatedSchema
from schema.engine.federated_traces import REQUESTED, FederatedTrace

EMAIL = "support@apollographql.com"
CREATED = 1337
YEARS = 10


@strawberry.federation.schema_directive(
    locations=[Location.OBJECT],
    name="custom",
    compose=True,
    import_url="https://myspecs.dev/myCustomDirective/v1.0",
)
class Custom:
    """A custom directive of the subgraph."""


@strawberry.type
class CaseStudy:
    case_number: strawberry.ID
    description: str | None


@strawberry.federation.type(keys=["study { caseNumber }"])
class ProductResearch:
    study: CaseStudy
    outcome: str | None = None

    @classmethod
    def resolve_reference(cls, study: dict[str, str]) -> "ProductResearch | None":
        found = (r for r in RESEARCH.values() if r.study.case_number == study["caseNumber"])
        return next(found, None)


@strawberry.federation.type(shareable=True)
class ProductDimension:
    size: str | None = "small"
    weight: float | None = 1
    unit: str | None = field(inaccessible=True, default="kg")


@strawberry.type
class ProductVariation:
    id: strawberry.ID


def _average(root: "User") -> int | None:
    created = root.total_products_created
    return None if created is None else round(created / root.years_of_employment)


@strawberry.federation.type(keys=["email"], extend=True)
class User:
    email: strawberry.ID = field(external=True)
    name: str | None = field(override="users", default="Jane Smith")
    total_products_created: int | None = field(external=True, default=CREATED)
    years_of_employment: int = field(external=True, default=YEARS)

    average_products_created_per_year: int | None = field(
        resolver=_average, requires=["totalProductsCreated", "yearsOfEmployment"]
    )

    @classmethod
    def resolve_reference(cls, email: str, **required: Any) -> "User | None":
        if email != EMAIL:
            return None
        created = required.get("totalProductsCreated", CREATED)
        years = required.get("yearsOfEmployment", YEARS)
        return cls(
            email=strawberry.ID(email), total_products_created=created, years_of_employment=years
        )


def _creator() -> User | None:
    return User.resolve_reference(EMAIL)


@strawberry.federation.type(keys=["sku package"])
class DeprecatedProduct:
    sku: str
    package: str
    reason: str | None = "Migrate to Federation V2"

    created_by: User | None = strawberry.field(resolver=_creator)

    @classmethod
    def resolve_reference(cls, sku: str, package: str) -> "DeprecatedProduct | None":
        known = (sku, package) == (DEPRECATED.sku, DEPRECATED.package)
        return DEPRECATED if known else None


@strawberry.federation.type(
    keys=["id", "sku package", "sku variation { id }"], directives=[Custom()]
)
class Product:
    id: strawberry.ID
    sku: str | None
    package: str | None
    variation: ProductVariation | None
    dimensions: ProductDimension | None = strawberry.field(default_factory=ProductDimension)
    notes: str | None = field(tags=["internal"], default=None)

    created_by: User | None = field(resolver=_creator, provides=["totalProductsCreated"])

    @strawberry.field
    def research(self) -> list[ProductResearch]:
        return [RESEARCH[self.id]]

    @classmethod
    def resolve_reference(cls, **key: Any) -> "Product | None":
        return next((product for product in PRODUCTS if _has(product, key)), None)


@strawberry.federation.interface_object(keys=["id"])
class Inventory:
    id: strawberry.ID

    @strawberry.field
    def deprecated_products(self) -> list[DeprecatedProduct]:
        return [DEPRECATED]

    @classmethod
    def resolve_reference(cls, id: str) -> "Inventory | None":  # noqa: A002
        return cls(id=strawberry.ID(id)) if id == "apollo-oss" else None


@strawberry.type
class Query:
    @strawberry.field
    def product(self, id: strawberry.ID) -> Product | None:  # noqa: A002
        return Product.resolve_reference(id=id)

    deprecated_product: DeprecatedProduct | None = strawberry.field(
        resolver=DeprecatedProduct.resolve_reference,
        deprecation_reason="Use product query instead",
    )


def _has(product: Product, key: dict[str, Any]) -> bool:
    variation = key.pop("variation", None)
    same = variation is None or product.variation == ProductVariation(id=variation["id"])
    return same and all(getattr(product, name) == value for name, value in key.items())


def _study(number: str, description: str) -> ProductResearch:
    study = CaseStudy(case_number=strawberry.ID(number), description=description)
    return ProductResearch(study=study)


def _product(id_: str, sku: str, package: str, variation: str) -> Product:
    return Product(
        id=strawberry.ID(id_),
        sku=sku,
        package=package,
        variation=ProductVariation(id=strawberry.ID(variation)),
    )


RESEARCH = {
    "apollo-federation": _study("1234", "Federation Study"),
    "apollo-studio": _study("1235", "Studio Study"),
}
DEPRECATED = DeprecatedProduct(sku="apollo-federation-v1", package="@apollo/federation-v1")
PRODUCTS = [
    _product("apollo-federation", "federation", "@apollo/federation", "OSS"),
    _product("apollo-studio", "studio", "", "platform"),
]


class Products(FederatedSchema):
    """A schema without access rules."""

    def needed(self, requested_fields: RequestedFields) -> Needed:
        """Return no scopes."""
        return Needed({})


schema = Products(
    query=Query,
    types=[Inventory],
    federation_version="2.3",
    execution_context_class=OperationExecutor,
)
engine = Engine(schema)


async def answer(request: Request) -> Response:
    """Serve one operation."""
    headers = dict(request.headers)
    limits = engine.limits
    operation = await read_request(
        request.scope, headers, request.receive, limits, limits.body_bytes
    )
    context = Context(operation.language, b"there are no cursors")
    trace = FederatedTrace() if headers.get(REQUESTED[0]) == REQUESTED[1] else None
    result = await engine.execute(
        operation.text, operation.variables, context, None, operation.operation
    )
    errors = result.errors or []
    body = dumped(result.data, errors)
    if trace is not None:
        body = extended(body, {"ftv1": trace.finish(errors)})
    return Response(body, media_type="application/json")


app = Starlette(routes=[Route("/", answer, methods=["POST"])])

if __name__ == "__main__":
    uvicorn.run(app, host="127.0.0.1", port=int(os.environ["PORT"]), log_level="warning")
