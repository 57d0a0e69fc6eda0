"""The report shows measured and missing values."""

from pathlib import Path
from xml.etree import ElementTree

import pytest

from benchmarks import plot, report

MACHINE = {"date": "2026-01-01", "processor": "P", "cores": "2", "Python": "3.11"}
SPEED = {
    "page20": {
        "erikti": {"rate": 200.0, "p50": 4.0, "p99": 9.0, "cpu": 5.0},
        "limit": {"rate": 1500.0, "p50": 1.0, "p99": 2.0, "cpu": 0.5},
    },
    "tile": {"erikti": {"rate": 25.0, "p50": 40.0, "p99": 90.0, "cpu": 1.0}},
}


def test_tables_have_rates_with_their_ratio_to_ours() -> None:
    text = report.markdown({"machine": MACHINE, "speed": SPEED})
    assert "P, 2 cores; Python 3.11." in text
    assert "| `erikti` Erikti | 200 (1.00) | 25.0 (1.00) |" in text
    assert "| `limit` hand-written SQL, no GraphQL | 1,500 (7.50) | cannot |" in text


def test_growth_is_told_against_the_smallest() -> None:
    loads = {"30,000": SPEED["page20"]["limit"], "3,000,000": SPEED["page20"]["erikti"]}
    text = report.markdown({"machine": MACHINE, "growth": {"page20": loads}})
    assert "| 3,000,000 | 200 (0.13) |" in text


def test_only_what_lies_between_the_marks_is_replaced(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = tmp_path / "benchmarks.md"
    page.write_text(f"before\n{report.BEGIN}\nold\n{report.END}\nafter\n")
    monkeypatch.setattr(report, "PAGE", page)
    assert report.page("new") == f"before\n{report.BEGIN}\n\nnew\n\n{report.END}\nafter\n"
    page.write_text("no marks")
    with pytest.raises(ValueError, match="lacks the marks"):
        report.page("new")


def test_the_plot_draws_bars_as_long_as_the_rates() -> None:
    root = ElementTree.fromstring(plot.svg({"page20": SPEED["page20"]}))
    bars = [r for r in root.iter("{http://www.w3.org/2000/svg}rect") if r.get("x")]
    ours, limit = (int(bar.get("width", "0")) for bar in bars)
    assert ours == round(limit * 200 / 1500)
