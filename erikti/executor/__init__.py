"""Breadth-first execution of GraphQL: each field is resolved once for all objects of its level.

Imports graphql-core and cachetools only; see docs/executor.md.
"""

from erikti.executor.arguments import CONDITIONS, READY
from erikti.executor.batch_resolvers import batch, by_class
from erikti.executor.execution import NOTHING_GIVEN, BreadthFirstExecutor, Given
from erikti.executor.plans import WEIGHT, FieldPlan, Plan, Plans, ScopePlan
from erikti.executor.requested_fields import RequestedFields, collect_requested_fields

__all__ = [
    "CONDITIONS",
    "NOTHING_GIVEN",
    "READY",
    "WEIGHT",
    "BreadthFirstExecutor",
    "FieldPlan",
    "Given",
    "Plan",
    "Plans",
    "RequestedFields",
    "ScopePlan",
    "batch",
    "by_class",
    "collect_requested_fields",
]
