"""The extensions of a response: its cost, the budget left, what was withheld or is deprecated."""

from erikti.guard.budget import Remaining
from resolvers.context import Context


def extensions(context: Context) -> dict[str, object]:
    """The extensions of an operation that was executed."""
    found: dict[str, object] = {"cost": cost(context)}
    if context.ledger.withheld:
        found["withheld"] = context.ledger.notes
    if context.deprecated:
        found["deprecated"] = context.deprecated
    return found


def cost(context: Context) -> dict[str, object]:
    """The cost of an operation."""
    spent = context.spent
    return cost_of(spent.requested, spent.actual, spent.left)


def cost_of(requested: int, actual: int, left: Remaining | None) -> dict[str, object]:
    """Points: requested, actual, and the budget of the caller."""
    budget = left and {
        "limit": left.limit,
        "remaining": left.remaining,
        "resetsAt": left.instant,
    }
    return {"requested": requested, "actual": actual, "budget": budget}
