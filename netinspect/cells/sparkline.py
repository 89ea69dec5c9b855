"""A number over time: one character per Sample, from 0 to the highest of them.

What never changes is a line, so that only what moves catches the eye.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from netinspect.cells.glyphs import Glyphs, Span

if TYPE_CHECKING:
    from netinspect.model import Series

_GAP = " "
_LEVELS = slice(0, -1)  # without the full block: the rows of a table would grow together


def sparkline_spans(series: Series | None, width: int, glyphs: Glyphs) -> tuple[Span, ...]:
    """Draw the last `width` numbers in exactly `width` cells, the newest at the right."""
    if series is None:
        return (Span(f"{glyphs.unknown:>{width}}", "muted"),)
    numbers = series.numbers[-width:]
    known = {number for number in numbers if number is not None}
    style = "plain" if len(known) > 1 else "muted"
    return (Span(f"{_draw(numbers, glyphs):>{width}}", style),)


def sparkline_text(series: Series | None, glyphs: Glyphs) -> str:
    """Draw every number."""
    return glyphs.unknown if series is None else _draw(series.numbers, glyphs)


def _draw(numbers: Sequence[int | None], glyphs: Glyphs) -> str:
    known = [number for number in numbers if number is not None]
    highest, lowest = max(known, default=0), min(known, default=0)
    levels = glyphs.flat if highest == lowest > 0 else glyphs.spark[_LEVELS]
    return "".join(_GAP if n is None else _level(n, highest, levels) for n in numbers)


def _level(number: int, highest: int, levels: str) -> str:
    """Pick the character: the lowest for 0 alone, the highest for the highest alone."""
    if not number:
        return levels[0]
    if number >= highest:
        return levels[-1]
    steps = len(levels) - 2
    return levels[1 + min(number * steps // highest, steps - 1)]
