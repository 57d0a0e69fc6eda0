"""No cell makes an import fail otherwise than by a problem with a code."""

import re
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from erikti.importers import KINDS
from erikti.writing.batches import BatchParser
from erikti.writing.problems import Settled

CODE = re.compile(r"[A-Z][A-Z_]+")
# What the types of cells look for, to be put together.
PARTS = (
    *"0123456789.,-+eE/:;()?#@=<>&%'\"\t\r\n \u00a0\u200b\ufeff\ufffd\u202e\x98\ud800₸",
    *("8701", "+7", "доб.", "tel:", "2025", "31.01.", "T", "Z", "0:00", "+05:00", "xn--", ".kz"),
    *("обл.", "г.", "Алматы", "KZ-", "РК", "нет", "nan", "#N/A", "Сә", "Cә", "ÐšÐ°", "РџСЂ", "тг"),
    *("1 500", "1,500", ".0", "E+15", "123456789012345678", "и\u0306", "Ångström", "\U0001f600"),
)
TEXT = st.text() | st.lists(st.sampled_from(PARTS), max_size=8).map("".join)
NUMBERS = st.integers() | st.floats() | st.decimals() | st.integers(10**14, 10**25)
TIMES = st.dates() | st.datetimes() | st.times() | st.timedeltas(max_value=timedelta(days=9999))
SINGLE = st.none() | st.booleans() | TEXT | NUMBERS | TIMES | st.binary() | TEXT.map(Settled)
CELLS = SINGLE | st.lists(SINGLE, max_size=3) | st.dictionaries(st.text(), SINGLE, max_size=2)


@pytest.mark.usefixtures("database")
async def test_any_cell_is_a_value_or_a_problem() -> None:
    parsers = {name: await BatchParser.prepared(kind, None) for name, kind in KINDS.items()}
    columns = [(name, column.name) for name, kind in KINDS.items() for column in kind.columns]

    @settings(max_examples=3000, deadline=None, suppress_health_check=[HealthCheck.too_slow])
    @given(st.sampled_from(columns), CELLS)
    def parse(place: tuple[str, str], cell: Any) -> None:
        kind, column = place
        batch = parsers[kind]([(1, {column: cell})])
        assert all(len(values) == 1 for values in batch.values.values())
        for problem in (*batch.problems, *batch.warnings):
            assert CODE.fullmatch(problem.code)
            assert problem.reason
            assert problem.value.isprintable()
        for name in batch.invalid.get(0, ()):
            assert batch.values[name] == [None]
        assert {p.column for p in batch.problems} == batch.invalid.get(0, set())

    parse()
