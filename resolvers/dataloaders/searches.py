"""Searches of text: which index finds the records whose folded text contains another."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from tortoise.models import Model

from erikti.text import fold
from resolvers.dataloaders.listings import Comparison, Condition, Every, Some, every
from resolvers.dataloaders.tables import table

MIN_SEARCH = 2  # letters and digits of a searched text, once it is folded
TRIGRAM = 3


@dataclass(frozen=True)
class Search:
    """A search of a column with folded texts.

    ``line`` is the line of the column that has the text, of ``lines``; None is any of them.
    """

    column: str
    text: str
    lines: int
    line: int | None = None

    @property
    def pattern(self) -> str:
        """Return the pattern for LIKE, which folded text needs not be escaped for."""
        before = self.line or 0
        after = 0 if self.line is None else self.lines - 1 - self.line
        return "%\n" * before + f"%{self.text}%" + "\n%" * after

    @property
    def exact(self) -> bool:
        """Return whether every record with the text in any line is meant."""
        return self.line is None or self.lines == 1


def search_of(model: type[Model], condition: Condition) -> Search | None:
    """Return the search that a condition is, by one text or by the same one in all languages."""
    if isinstance(condition, Some) and len(condition.conditions) > 1:
        searches = {search_of(model, part) for part in condition.conditions}
        first = next(iter(searches), None)
        if first is None or None in searches or len(searches) != first.lines:
            return None
        anywhere = replace(first, line=None)
        same = {search and replace(search, line=None) for search in searches}
        return anywhere if same == {anywhere} else None
    if not isinstance(condition, Comparison) or condition.operator != "contains":
        return None
    place = table(model).folded.get(condition.field)
    if place is None:
        return None
    return Search(place.column, searched(condition.value), place.lines, place.line)


def searched(text: str) -> str:
    """Return the folded text to search; two letters, which have no trigram, begin a word."""
    folded = fold(text)
    return folded if len(folded) >= TRIGRAM else f" {folded}"


def split(model: type[Model], condition: Condition) -> tuple[Search | None, Condition]:
    """Return a search that all records must meet, and the rest of the condition."""
    parts: Sequence[Condition] = (
        condition.conditions if isinstance(condition, Every) else (condition,)
    )
    for place, part in enumerate(parts):
        if isinstance(part, Every):
            found, rest = split(model, part)
        else:
            found, rest = search_of(model, part), every()
        if found is not None:
            return found, every(*parts[:place], rest, *parts[place + 1 :])
    return None, condition


def is_searchable(model: type[Model], field: str) -> bool:
    """Return whether a field can be searched for a text that it contains."""
    return field in table(model).folded
