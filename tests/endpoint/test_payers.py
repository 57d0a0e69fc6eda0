"""Each user of a client has a budget, and all of them together that of the client."""

from collections.abc import Iterator
from contextlib import ExitStack

import pytest
from strawberry.types.graphql import OperationType

from erikti.auth.principal import PUBLIC, Principal
from erikti.endpoint.concurrency import ConcurrencyLimit
from erikti.endpoint.operations import READ, RECORDED, Guards, Operation, Operations
from erikti.endpoint.payers import Payer, payer
from erikti.endpoint.requests import PlainRequest
from erikti.guard.budget import Budget, BudgetError
from erikti.guard.limits import Limits
from models.people import Language
from schema import schema
from schema.engine.engine import Engine
from tests.support.queries import REGISTRAR

ADDRESS = "203.0.113.7"


def caller(subject: str | None, client: str = "portal") -> Principal:
    return Principal(client, subject)


def test_a_user_of_a_client_is_known_by_both() -> None:
    assert payer(PUBLIC, ADDRESS) == (ADDRESS, None)
    assert (
        payer(caller(None), ADDRESS) == payer(caller("portal"), ADDRESS) == ("client:portal", None)
    )
    assert payer(caller("a"), ADDRESS) == ("user:6:portal:a", "client:portal")
    names = {payer(caller(*who), ADDRESS).who for who in (("a", "b:c"), ("c:a", "b"), ("a", "b"))}
    assert len(names) == 3


def test_users_have_their_own_limit_and_share_that_of_their_client() -> None:
    places = ConcurrencyLimit(2, 3)
    a, b, alone = Payer("a", "client"), Payer("b", "client"), Payer("alone")

    def take(stack: ExitStack, *payers: Payer) -> Iterator[bool]:
        return (stack.enter_context(places.taken(one)) for one in payers)

    with ExitStack() as stack:
        assert list(take(stack, a, a, a)) == [True, True, False]
        assert list(take(stack, b, b)) == [True, False]
        assert list(take(stack, alone, alone, alone)) == [True, True, False]
    assert not places._taken
    with ExitStack() as stack:
        assert list(take(stack, b, b)) == [True, True]


@pytest.fixture
def operations() -> Operations:
    """Operations with a budget and no other guards."""
    limits = Limits(budget=1_000, public_budget=500, client_budget=2_500)
    guards = Guards(None, None, Budget(3_600), limits, b"", None)  # type: ignore[arg-type]
    return Operations(Engine(schema, limits), b"", guards)


def asked(operations: Operations, principal: Principal, requested: int) -> Operation:
    request = PlainRequest("POST", "{ a }", None, None, Language.EN, None)
    found = operations.begin("1", ADDRESS, principal, request)
    found.context.spent.requested = requested
    return found


async def spend(operations: Operations, principal: Principal, requested: int) -> Operation:
    found = asked(operations, principal, requested)
    await operations._spend(found, 1)
    return found


def left(found: Operation) -> int:
    assert found.context.spent.left is not None
    return found.context.spent.left.remaining


async def test_users_pay_from_their_own_budget_and_from_the_client_s(
    operations: Operations,
) -> None:
    for user in "ab":
        assert left(await spend(operations, caller(user), 1_000)) == 0
        with pytest.raises(BudgetError, match="1 points requested, 0 of 1000"):
            await spend(operations, caller(user), 1)
    # Of the client's 2,500 there are 500 left, and a refusal takes nothing from either.
    with pytest.raises(BudgetError, match="600 points requested, 500 of 2500"):
        await spend(operations, caller("c"), 600)
    assert left(await spend(operations, caller("c"), 500)) == 500
    # Another client has nothing to do with it.
    assert left(await spend(operations, caller("a", "other"), 1_000)) == 0


async def test_an_uncached_document_is_charged_for_parsing(
    operations: Operations,
) -> None:
    text = f"{{ regions {{ code }} }} # {'a' * 500}"
    request = PlainRequest("POST", text, None, None, Language.EN, None)
    charged = []
    for _ in range(2):
        found = operations.begin("1", ADDRESS, caller("a"), request)
        assert not isinstance(await operations.admit(found, tuple(OperationType)), list)
        await operations.settle(found, 3)
        charged.append(found.context.spent.charged)
    assert charged == [1 + len(text) // READ, 3]


async def test_operations_that_may_be_recorded_have_a_minimum_cost(operations: Operations) -> None:
    text = '{ person(by: {id: "a"}) { iin } }'
    request = PlainRequest("POST", text, None, None, Language.EN, "REGISTRATION")
    for _ in range(2):
        found = operations.begin("1", ADDRESS, REGISTRAR, request)
        assert not isinstance(await operations.admit(found, tuple(OperationType)), list)
        await operations.settle(found, 1)
    assert found.context.spent.charged == RECORDED


async def test_unused_points_are_refunded_to_both(operations: Operations) -> None:
    for user in "abcd":
        found = await spend(operations, caller(user), 1_000)
        await operations.settle(found, 400)
        assert left(found) == 600
    # 4 x 400 of 2,500.
    await spend(operations, caller("e"), 900)
    with pytest.raises(BudgetError, match="1 points requested, 0 of 2500"):
        await spend(operations, caller("f"), 1)
