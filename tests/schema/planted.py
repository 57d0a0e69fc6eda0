"""Faults planted in one database's dialect, which generation must detect.

Not part of the default test run, since it takes minutes: ``make generated``.
"""

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any, NamedTuple
from unittest.mock import patch

import pytest

from erikti.database.dialect import Truncation
from erikti.database.postgres_dialect import Postgres
from erikti.database.sqlite_dialect import Sqlite
from tests.schema.generated import answers, differs, generated

BUDGET = 2000  # operations


class Fault(NamedTuple):
    """A method of one database's dialect, and a function that replaces it."""

    kind: type[Any]
    name: str
    make: Callable[[Any], Any]

    def planted(self) -> AbstractContextManager[Any]:
        """Plant the fault within this context."""
        return patch.object(self.kind, self.name, self.make(getattr(self.kind, self.name)))


def cut(unit: Truncation, make: Callable[[str], str]) -> Fault:
    """Return a fault in the truncation to one calendar unit in SQLite."""

    def made(truth: Any) -> Any:
        def truncate(self: Any, operation: Truncation, expression: str, instant: bool) -> str:
            found: str = truth(self, operation, expression, instant)
            return make(expression) if operation is unit else found

        return truncate

    return Fault(Sqlite, "truncate", made)


FAULTS: dict[str, Fault] = {
    "the quarter of a null": cut(
        Truncation.QUARTER,
        lambda e: (
            f"printf('%s-%02d-01', strftime('%Y', {e}), (strftime('%m', {e}) - 1) / 3 * 3 + 1)"
        ),
    ),
    "weeks from Sunday": cut(
        Truncation.WEEK, lambda e: f"date({e}, '-' || strftime('%w', {e}) || ' days')"
    ),
    "months one late": cut(
        Truncation.MONTH, lambda e: f"date(strftime('%Y-%m-01', {e}), '+1 month')"
    ),
    "years one early": cut(
        Truncation.YEAR, lambda e: f"date(strftime('%Y-01-01', {e}), '-1 year')"
    ),
    "averages of whole numbers": Fault(
        Sqlite, "ratio", lambda _: lambda _, total, count: f"{total} / {count}"
    ),
    "texts by upper and lower case": Fault(
        Sqlite,
        "search",
        lambda _: (
            lambda _, __, column, alias, n: (
                f"instr({alias}.{column}, trim(?{n}, char(34)) || ' ') > 0"
            )
        ),
    ),
    "the first of several values alone": Fault(
        Sqlite,
        "any_of",
        lambda _: lambda _, e, n: f"{e} IN (SELECT unpacked(value) FROM json_each(?{n}) LIMIT 1)",
    ),
    "bounds of groups one too large": Fault(
        Postgres, "number", lambda truth: lambda self, value: truth(self, value + 1)
    ),
    "years from the second of January": Fault(
        Postgres, "new_year", lambda _: lambda _, e: f"make_date({e}, 1, 2)"
    ),
    "one record too few of each list": Fault(
        Postgres,
        "first_per_key",
        lambda _: (
            lambda _, keys, __, columns, inner: (
                f"SELECT {columns} FROM {keys} k CROSS JOIN LATERAL"
                f" (SELECT * FROM ({inner}) every OFFSET 1) r"
            )
        ),
    ),
}


@pytest.mark.timeout(1800)
@pytest.mark.usefixtures("generous")
def test_generation_finds_nine_of_ten_planted_faults(sparse: dict[str, str]) -> None:
    operations = generated(sparse["sqlite"], BUDGET)
    sound = {kind: answers(url, operations) for kind, url in sparse.items()}
    found = {}
    for name, fault in FAULTS.items():
        kind = fault.kind.name
        with fault.planted():
            found[name] = differs(sparse[kind], operations, sound[kind])
        print(f"{name}: found by operation {found[name]}", flush=True)
    assert sum(map(bool, found.values())) >= 9, found
