"""Parts of a statement that depend on the values of one request.

A compiled statement has a private character in the place of each; the SQL takes its place when
the arguments of the request are known.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from resolvers.dataloaders.conditions import Statement
from resolvers.dataloaders.listings import Condition, PageRequest
from resolvers.dataloaders.lists import Lists
from schema.engine.written.pieces import NotWrittenError

FIRST, LAST = 0xE000, 0xF8FF
TOKEN = re.compile("([\ue000-\uf8ff])")


@dataclass(frozen=True)
class BoundPage:
    """A page with the arguments of one request: ``given``, and restricted to visible records.

    ``counted`` is the condition of the records that its total counts, if it is requested, and
    ``searched`` whether the page costs points unless it is filled.
    """

    lists: Lists
    given: PageRequest
    request: PageRequest
    counted: Condition | None
    searched: bool = False


# A column and the value that it must have.
Key = tuple[str, object]


@dataclass
class Binding:
    """The values of one request: its pages and its keys, by their numbers, and its statement.

    ``places`` has the parameters of the keys.
    """

    statement: Statement
    pages: list[BoundPage] = field(default_factory=list)
    keys: Sequence[Key] = ()
    places: dict[int, int] = field(default_factory=dict)

    def key(self, number: int) -> tuple[str, str]:
        """Bind a key; return its column and the placeholder of its value."""
        column, value = self.keys[number]
        self.places[number] = len(self.statement.parameters)
        return column, self.statement.dialect.param(self.statement.bind(value))


Part = Callable[[Binding], str]


class Late:
    """The late parts of one compiled operation."""

    def __init__(self) -> None:
        self._parts: list[Part] = []

    def add(self, part: Part) -> str:
        """Return what stands for a part in compiled SQL; raises NotWrittenError after too many."""
        if FIRST + len(self._parts) > LAST:
            raise NotWrittenError(f"more than {len(self._parts)} late parts")
        self._parts.append(part)
        return chr(FIRST + len(self._parts) - 1)

    def split(self, sql: str) -> tuple[str | Part, ...]:
        """Return compiled SQL with its late parts in their places."""
        found = TOKEN.split(sql)
        return tuple(self._parts[ord(s) - FIRST] if TOKEN.fullmatch(s) else s for s in found)


def bound(parts: Sequence[str | Part], binding: Binding) -> str:
    """Return the SQL of one request."""
    return "".join(part if isinstance(part, str) else part(binding) for part in parts)
