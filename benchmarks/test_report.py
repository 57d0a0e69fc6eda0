"""The report shows measured and missing values."""

from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from benchmarks import plot, report, targets
from benchmarks.__main__ import TABLES
from benchmarks.contestants import RIVALS, UNCACHED
from benchmarks.figures import BOTH, RATE, Table
from benchmarks.tables.bound import BOUND, SIDES
from benchmarks.ways import SENT
from erikti.settings import unknown

MACHINE = {"date": "2026-01-01", "processor": "P", "cores": "2", "Python": "3.11"}
OURS = {"rate": 200.0, "p50": 4.0, "p99": 9.0, "cpu": 5.0, "database": 1.0}
LIMIT = {"rate": 1500.0, "p50": 1.0, "p99": 2.0, "cpu": 0.5, "database": 0.25}
MERCURIUS = {"rate": 100.0, "p50": 1.0, "p99": 2.0, "cpu": 2.0, "database": 2.0}
YOGA = {"rate": 400.0, "p50": 1.0, "p99": 2.0, "cpu": 2.0, "database": 3.0}
LOADS: dict[str, dict[str, Any]] = {
    "page20": {"erikti": OURS, "mercurius": MERCURIUS, "yoga": YOGA, "limit": LIMIT},
    "tile": {"erikti": OURS | {"rate": 25.0}},
}


def test_rates_are_compared_with_the_fastest_peer() -> None:
    text = report.markdown("speed", {"machine": MACHINE, "loads": LOADS})
    assert "P, 2 cores; Python 3.11." in text
    assert "| `erikti` Erikti | 200 (0.50) | 25.0 |" in text
    assert "| `limit` hand-written SQL, no GraphQL | 1,500 (3.75) | cannot |" in text


def test_work_is_that_of_server_and_database_and_compared_with_the_peer_that_needs_least() -> None:
    text = report.markdown("speed", {"machine": MACHINE, "loads": LOADS})
    assert "| `erikti` Erikti | 6.00 (1.50) | 6.00 |" in text
    assert "| `limit` hand-written SQL, no GraphQL | 0.750 (0.19) | cannot |" in text
    assert "| `limit` hand-written SQL, no GraphQL | 0.500 + 0.250 | cannot |" in text


def test_a_table_is_left_out_if_the_work_of_the_database_was_not_measured() -> None:
    table = Table("Work", BOTH, needs=["database"])
    assert table.markdown(LOADS)
    unmeasured = {key: value for key, value in OURS.items() if key != "database"}
    assert not table.markdown({"page20": {"erikti": unmeasured, "limit": LIMIT}})


def test_labels_of_any_column_are_rows() -> None:
    table = Table("Rates", RATE, missing="–")
    text = table.markdown({"a": {"one": OURS}, "b": {"two": LIMIT}})
    assert "| one | 200 | – |\n| two | – | 1,500 |" in text


def test_growth_is_told_against_the_smallest() -> None:
    loads = {"page20": {"30,000": LIMIT, "3,000,000": OURS}}
    text = report.markdown("growth", {"machine": MACHINE, "loads": loads})
    assert "| 3,000,000 | 200 (0.13) |" in text


def test_every_table_has_a_command_and_a_place_in_the_page() -> None:
    assert report.TABLES.keys() == TABLES.keys()
    places = report.MARKED.findall(report.PAGE.read_text(encoding="utf-8"))
    assert sorted(places) == sorted([*TABLES, report.TARGETS])


def test_the_settings_of_contestants_exist(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = {**UNCACHED, **SENT.settings, BOUND: SIDES["executed"]}
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    assert not settings.keys() & set(unknown())


def test_targets_are_compared_with_the_best_peer_or_not_measured() -> None:
    peers = dict.fromkeys(RIVALS, MERCURIUS) | {"yoga": YOGA}
    loads = {name: {"erikti": OURS, **peers} for name in ("record", "page20", "page100", "sync500")}
    text = targets.markdown({"speed": {"loads": loads}})
    assert "| at least 3, 3, 2.5, 3 times | 0.50, 0.50, 0.50, 0.50 times |" in text
    assert "| at most 0.45, 0.5, 0.5, 0.5 times | not measured yet |" in text


def test_versions_are_compared_where_both_were_measured() -> None:
    before = OURS | {"cpu": 23.0}
    both = {"page20": {"erikti": OURS, "erikti-before": before, "yoga": YOGA}}
    text = report.markdown("speed", {"machine": MACHINE, "loads": both})
    assert "| `erikti` Erikti | 6.00 (0.25) |" in text
    assert "This version and the earlier one" in text
    alone = report.markdown("speed", {"machine": MACHINE, "loads": LOADS})
    assert "This version and the earlier one" not in alone


def test_only_what_lies_between_the_marks_is_replaced(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = tmp_path / "benchmarks.md"
    begin, end = "<!-- benchmarks: {} -->", "<!-- benchmarks: end -->"
    growth = f"{begin.format('growth')}\nold\n{end}"
    page.write_text(f"before\n{growth}\nbetween\n{begin.format('bound')}\n{end}\nafter\n")
    monkeypatch.setattr(report, "PAGE", page)
    result = {"machine": MACHINE, "loads": {"page20": {"30,000": LIMIT}}}
    text = report.page({"growth": result})
    filled = f"{begin.format('growth')}\n\n{report.markdown('growth', result)}\n\n{end}"
    empty = f"{begin.format('bound')}\n\n{report.NOT_YET}\n\n{end}"
    assert text == f"before\n{filled}\nbetween\n{empty}\nafter\n"
    with pytest.raises(ValueError, match="lacks the marks of speed"):
        report.page({"speed": result})


def test_the_plot_draws_bars_as_long_as_the_rates() -> None:
    root = ElementTree.fromstring(plot.svg({"page20": LOADS["page20"]}))
    bars = [r for r in root.iter("{http://www.w3.org/2000/svg}rect") if r.get("x")]
    ours, _, _, limit = (int(bar.get("width", "0")) for bar in bars)
    assert ours == round(limit * 200 / 1500)
