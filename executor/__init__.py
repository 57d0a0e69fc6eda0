"""Breadth-first execution of GraphQL: every field once for all objects of its level.

Knows graphql-core and nothing else; see docs/executor.md.
"""

from executor.arguments import READY
from executor.asked import Asked, asked_fields
from executor.batches import batch, by_class
from executor.execution import BreadthFirstExecutor
from executor.plans import WEIGHT, Plan, Plans

__all__ = [
    "READY",
    "WEIGHT",
    "Asked",
    "BreadthFirstExecutor",
    "Plan",
    "Plans",
    "asked_fields",
    "batch",
    "by_class",
]
