"""State machines: complete, and without states that nothing reaches."""

import pytest

from erikti.auth.roles import ROLES
from erikti.importers import KINDS
from models.cis_forum import DELEGATE_STATES, DelegateStatus
from models.states import State, States

# The host of a Forum sets states of delegates before it has a role of its own.
SETTERS = {*ROLES, "host"}
MACHINES = {kind.name: kind.states for kind in KINDS.values() if kind.states is not None}


def test_each_kind_that_passes_through_states_declares_them() -> None:
    names = {"placements", "delegates", "nominations", "laureates", "projects", "grants"}
    assert set(MACHINES) == names | {"enquiries"}


@pytest.mark.parametrize("states", MACHINES.values(), ids=MACHINES)
def test_every_state_is_reached_and_has_a_setter(states: States) -> None:
    first = [state.name for state in states.declared if state.first]
    reached = {*first, *(later for name in first for later in states.later[name])}
    assert first
    assert reached == set(states.enum)
    for state in states.declared:
        assert state.by
        assert SETTERS.issuperset(state.by)
        assert state.name not in state.after


def test_the_states_of_a_delegate() -> None:
    assert [state.name for state in DELEGATE_STATES.next("NOMINATED")] == [
        *("APPROVED", "REJECTED", "WITHDRAWN")
    ]
    assert DELEGATE_STATES.later["ATTENDED"] == ()
    assert DELEGATE_STATES.later["REJECTED"] == tuple(DelegateStatus)


@pytest.mark.parametrize(
    ("declared", "message"),
    [
        ((State("NOMINATED", (), ("host",)),), "each of its states once"),
        (DELEGATE_STATES.declared * 2, "each of its states once"),
        (
            (*DELEGATE_STATES.declared[:-1], State("WITHDRAWN", ("LOST",), ("host",))),
            "has no state LOST",
        ),
    ],
)
def test_an_incomplete_machine_cannot_be_declared(
    declared: tuple[State, ...], message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        States("status", DelegateStatus, declared)
