"""Which columns of a pane fit a width, and how wide each one is."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from netinspect.parts import Column

GUTTER = 2
"""Cells in front of the first column: the severity glyph and the mark."""

MARGIN = 2
"""Cells behind the last column: a blank and the scrollbar, also where there is nothing to scroll,
so that columns stay in place when rows come and go."""


class Fitted(NamedTuple):
    """A column that is on screen."""

    column: Column
    left: int  # first cell
    width: int


def fit_columns(columns: Sequence[Column], width: int) -> tuple[Fitted, ...]:
    """Take the columns in order of priority, each that still fits into `width` cells.

    The space left over first makes the gaps two cells wide, then goes to the `grow` columns.
    """
    kept: list[Column] = []
    for column in sorted(columns, key=lambda column: column.priority):
        if column.priority == 0 or _needed([*kept, column], gap=1) <= width:
            kept.append(column)
    kept.sort(key=columns.index)
    gap = 2 if _needed(kept, gap=2) <= width else 1
    return _place(kept, gap, _share_out(kept, width - _needed(kept, gap)))


def _share_out(columns: Sequence[Column], spare: int) -> list[int]:
    """Return the width of each column; what is missing comes from the widest ones."""
    widths = [column.width for column in columns]
    while spare < 0 and max(widths) > 1:
        widths[widths.index(max(widths))] -= 1
        spare += 1
    growing = [at for at, column in enumerate(columns) if column.grow]
    for rank, at in enumerate(growing):
        widths[at] += max(0, spare) // len(growing) + (rank < max(0, spare) % len(growing))
    return widths


def _needed(columns: Sequence[Column], gap: int) -> int:
    return GUTTER + sum(column.width for column in columns) + gap * (len(columns) - 1)


def _place(columns: Sequence[Column], gap: int, widths: Sequence[int]) -> tuple[Fitted, ...]:
    fitted = []
    left = GUTTER
    for column, width in zip(columns, widths, strict=True):
        fitted.append(Fitted(column, left, width))
        left += width + gap
    return tuple(fitted)
