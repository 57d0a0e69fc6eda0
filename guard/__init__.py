"""What callers may cost, before and while it runs; receives values, knows no domain."""

from guard.budget import Budget, BudgetError, Remaining
from guard.costs import CostModel, FieldCost, Spent
from guard.documents import Demand, Reader, Reading
from guard.limits import Limits

__all__ = [
    "Budget",
    "BudgetError",
    "CostModel",
    "Demand",
    "FieldCost",
    "Limits",
    "Reader",
    "Reading",
    "Remaining",
    "Spent",
]
