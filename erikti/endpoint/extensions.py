"""The extensions of a response: its cost, the budget left, what was withheld or is deprecated."""

from typing import Any

from resolvers.context import Context


def extensions(context: Context) -> dict[str, Any]:
    """The extensions of an operation that was executed."""
    found: dict[str, Any] = {"cost": cost(context)}
    if context.ledger.withheld:
        found["withheld"] = context.ledger.notes
    if context.deprecated:
        found["deprecated"] = context.deprecated
    return found


def cost(context: Context) -> dict[str, Any]:
    """Points: requested, actual, and the budget of the caller."""
    spent = context.spent
    left = spent.left
    budget = left and {
        "limit": left.limit,
        "remaining": left.remaining,
        "resetsAt": left.instant,
    }
    return {"requested": spent.requested, "actual": spent.actual, "budget": budget}
