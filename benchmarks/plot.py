"""The plot in SVG: a panel of bars for each operation."""

from collections.abc import Mapping
from html import escape
from typing import Any

from benchmarks.contestants import CACHED, OURS

WIDTH, LABELS, BARS = 420, 110, 220
BAR, GAP, HEAD = 16, 4, 30
COLUMNS = 2
COLOURS = {OURS.name: "#0a7d5a", CACHED.name: "#6fc3a6"}
OTHER = "#9aa5b1"
LEFT_OUT = ("bare",)


def svg(speed: Mapping[str, Mapping[str, Mapping[str, Any]]]) -> str:
    """Draw requests per second of all contestants except those with stored responses."""
    shown = {
        operation: {name: load["rate"] for name, load in loads.items() if name not in LEFT_OUT}
        for operation, loads in speed.items()
    }
    height = HEAD + max(len(rates) for rates in shown.values()) * (BAR + GAP) + GAP
    panels = [
        _panel(operation, rates, number % COLUMNS * WIDTH, number // COLUMNS * height)
        for number, (operation, rates) in enumerate(shown.items())
    ]
    size = (COLUMNS * WIDTH, (len(shown) + COLUMNS - 1) // COLUMNS * height)
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {size[0]} {size[1]}"'
    style = 'font-family="sans-serif" font-size="12" fill="#333"'
    back = f'<rect width="{size[0]}" height="{size[1]}" fill="#fff"/>'
    return "\n".join([f"{head} {style}>", back, *panels, "</svg>\n"])


def _panel(operation: str, rates: Mapping[str, float], left: int, top: int) -> str:
    most = max(rates.values())
    title = f'<text x="8" y="18" font-weight="bold">{escape(operation)}, requests/s</text>'
    bars = [
        _bar(name, rate, rate / most, HEAD + number * (BAR + GAP))
        for number, (name, rate) in enumerate(rates.items())
    ]
    return "\n".join([f'<g transform="translate({left} {top})">', title, *bars, "</g>"])


def _bar(name: str, rate: float, share: float, top: int) -> str:
    width, text = max(1, round(BARS * share)), top + BAR - 4
    value = f"{rate:,.0f}" if rate >= 100 else f"{rate:.1f}"
    return (
        f'<text x="{LABELS - 6}" y="{text}" text-anchor="end">{escape(name)}</text>'
        f'<rect x="{LABELS}" y="{top}" width="{width}" height="{BAR}" '
        f'fill="{COLOURS.get(name, OTHER)}"/>'
        f'<text x="{LABELS + width + 6}" y="{text}">{value}</text>'
    )
