"""State machines: which status of a record may follow which, and which roles may set it.

Each is declared beside its enum. A change from outside takes one step; a file may report several
steps at once, since it is the state of its source on one day.
"""

from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property


@dataclass(frozen=True)
class State:
    """A state: those that it may follow, and the roles that may set it.

    A record from outside begins in a state that is ``first``.
    """

    name: str
    after: tuple[str, ...]
    by: tuple[str, ...]
    first: bool = False


@dataclass(frozen=True)
class States:
    """The states of the records of a model, which are in ``column``; one for each of the enum.

    Raises ValueError if a state is missing, unknown or declared twice.
    """

    column: str
    enum: type[StrEnum]
    declared: tuple[State, ...]

    def __post_init__(self) -> None:
        names = [state.name for state in self.declared]
        if sorted(names) != sorted(self.enum):
            raise ValueError(f"{self.enum.__name__} needs each of its states once, not {names}")
        for state in self.declared:
            if unknown := set(state.after) - set(names):
                raise ValueError(f"{self.enum.__name__} has no state {min(unknown)}")

    def next(self, name: str) -> tuple[State, ...]:
        """Return the states that one step leads to."""
        return tuple(state for state in self.declared if name in state.after)

    @cached_property
    def later(self) -> dict[str, tuple[str, ...]]:
        """Return the states that any number of steps lead to, by state, in the order declared."""
        return {str(name): self._later(name) for name in self.enum}

    def _later(self, name: str) -> tuple[str, ...]:
        reached: set[str] = set()
        waiting = [name]
        while waiting:
            new = {state.name for state in self.next(waiting.pop())} - reached
            reached |= new
            waiting += new
        return tuple(state.name for state in self.declared if state.name in reached)
