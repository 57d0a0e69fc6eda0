"""Breadth-first execution of GraphQL: each field is resolved once for all objects of its level.

Imports graphql-core and cachetools only; see docs/executor.md.
"""

from erikti.executor.arguments import CONDITIONS, READY
from erikti.executor.batch_resolvers import batch, by_class
from erikti.executor.execution import BreadthFirstExecutor
from erikti.executor.plans import WEIGHT, Plan, Plans
from erikti.executor.requested_fields import RequestedFields, collect_requested_fields

__all__ = [
    "CONDITIONS",
    "READY",
    "WEIGHT",
    "BreadthFirstExecutor",
    "Plan",
    "Plans",
    "RequestedFields",
    "batch",
    "by_class",
    "collect_requested_fields",
]
