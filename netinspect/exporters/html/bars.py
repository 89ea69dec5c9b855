"""Bars: use against a limit, counts by TCP state, a number over time.

Drawn as SVG, which is printed as it is seen; colours are the page's. Beside every bar stands what
it shows in letters and digits.
"""

from __future__ import annotations

from collections.abc import Mapping

from netinspect.cells.meter import meter_style
from netinspect.cells.state_bar import allot
from netinspect.exporters.html.markup import Markup, tag
from netinspect.model import STATE_LETTERS, Series

_METER = 64
_STEP = 7
_STEPS = 20
_GAP = 1
_BAR = 4
_HEIGHT = 15
_BASELINE = 11.5
_LETTERS = {state.name: letter for state, letter in STATE_LETTERS.items()}


def meter_bar(used: float | None, limit: float | None) -> Markup:
    """Draw how much of a limit is used; nothing where that is not known."""
    if used is None or limit is None:
        return Markup()
    share = min(used / limit, 1) if limit > 0 else float(used > 0)
    width = max(1.0, round(share * _METER, 1)) if used > 0 else 0
    rest = tag("rect", width=_METER, height=8, class_="rest")
    fill = tag("rect", width=width, height=8, class_=meter_style(used, limit))
    return tag("svg", rest, fill, width=_METER, height=8, aria_hidden="true")


def series_bar(series: Series) -> Markup:
    """Draw a number over time, a bar per Sample from 0 to the highest of them."""
    numbers = series.numbers
    highest = max((number for number in numbers if number is not None), default=0)
    pieces = []
    for place, number in enumerate(numbers):
        if number is not None:
            height = max(1.0, round(number / highest * _HEIGHT, 1)) if number else 1
            size = {"x": place * _BAR, "y": _HEIGHT - height, "width": _BAR - 1, "height": height}
            pieces.append(tag("rect", class_="plain" if number else "rest", **size))
    words = ", ".join("–" if number is None else f"{number:,}" for number in numbers)
    size = {"width": len(numbers) * _BAR, "height": _HEIGHT}
    return tag("svg", tag("title", words), *pieces, class_="series", role="img", **size)


def state_bar(counts: Mapping[str, int], text: str) -> Markup:
    """Draw the share of every state, with its letter. text: the same in words."""
    pieces, at = [], 0
    for name, steps in allot(counts, _STEPS).items():
        pieces.append(_segment(name, at, steps * _STEP - _GAP))
        at += steps * _STEP
    title = tag("title", text)
    return tag("svg", title, *pieces, class_="states", width=at, height=_HEIGHT, role="img")


def state_swatch(name: str) -> Markup:
    """Draw a state's colour with its letter."""
    piece = _segment(name, 0, _HEIGHT)
    size = {"width": _HEIGHT, "height": _HEIGHT}
    return tag("svg", piece, class_="states", aria_hidden="true", **size)


def state_counts(counts: Mapping[str, int]) -> str:
    """Write the letters with their counts."""
    return " ".join(f"{_letter(name)} {counts[name]:,}" for name in in_order(counts))


def in_order(counts: Mapping[str, int]) -> list[str]:
    """Return the states that occur, in the order of their letters."""
    return [name for name in dict.fromkeys((*_LETTERS, *counts)) if counts.get(name)]


def _segment(name: str, at: float, width: float) -> Markup:
    shape = tag("rect", x=at, width=width, height=_HEIGHT, class_=_style(name))
    return Markup(shape + tag("text", _letter(name), x=at + width / 2, y=_BASELINE))


def _letter(name: str) -> str:
    return _LETTERS.get(name, "?")


def _style(name: str) -> str:
    return f"s-{name.lower()}" if name in _LETTERS else "s-other"
