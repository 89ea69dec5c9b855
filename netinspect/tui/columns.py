"""Which columns of a pane fit a width, and how wide each one is."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from netinspect.parts import Column

GUTTER = 2
"""Cells in front of the first column: the severity glyph and the mark."""


class Fitted(NamedTuple):
    """A column that is on screen."""

    column: Column
    left: int  # first cell
    width: int


def fit_columns(columns: Sequence[Column], width: int) -> tuple[Fitted, ...]:
    """Drop columns, the highest priority number first, until the rest fits `width` cells.

    The space left over first makes the gaps two cells wide, then goes to the `grow` column.
    """
    kept = list(columns)
    while len(kept) > 1 and _needed(kept, gap=1) > width:
        if not any(column.priority for column in kept):
            break
        kept.remove(max(reversed(kept), key=lambda column: column.priority))
    gap = 2 if _needed(kept, gap=2) <= width else 1
    spare = width - _needed(kept, gap)
    return _place(kept, gap, spare)


def _needed(columns: Sequence[Column], gap: int) -> int:
    return GUTTER + sum(column.width for column in columns) + gap * (len(columns) - 1)


def _place(columns: Sequence[Column], gap: int, spare: int) -> tuple[Fitted, ...]:
    grows = next((column for column in columns if column.grow), None)
    fitted = []
    left = GUTTER
    for column in columns:
        width = max(1, column.width + (spare if column is grows else 0))
        fitted.append(Fitted(column, left, width))
        left += width + gap
    return tuple(fitted)
