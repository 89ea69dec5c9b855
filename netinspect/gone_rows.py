"""Rows that went within the last few Samples, as the screen goes on to show them for a while."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np

from netinspect.measures.departures import MOST_GONE, without
from netinspect.model import Age, Gone, Row, RowKey, Trail
from netinspect.parts import GoneRows, Rows, Table
from netinspect.row_order import place_among


def find_gone(trail: Trail, pane: str) -> Iterator[Gone]:
    """Yield what went from a pane and is not there again, the latest first."""
    back = np.zeros(0, np.uint64)
    for step in reversed(trail.fresh):
        gone = step.went.get(pane)
        left = without(pane, gone, back) if gone is not None else None
        if left is not None:
            yield left
        back = np.union1d(back, step.came.get(pane, back))


def make_gone_rows(
    table: Table, went: Sequence[Rows], field: str, descending: bool, marked_only: bool
) -> GoneRows:
    """Put rows that went where they belong between those of a table.

    went: rows of the same pane, the latest first; no more than the first of them are shown.
    marked_only: only those that a finding lies on.
    """
    rows = _Joined(went)
    sequence, places = place_among(table.rows, table.order, went, field, descending)
    shown = sequence < MOST_GONE
    if marked_only:
        name, marks = table.pane.name, table.marks
        shown &= [bool(marks.of_row(name, rows.row(number).key)) for number in sequence.tolist()]
    return GoneRows(rows, np.insert(table.order, places[shown], -1 - sequence[shown]))


class _Joined:
    """Rows of several Samples one after the other, made only when asked for, and all gone."""

    def __init__(self, parts: Sequence[Rows]) -> None:
        self._parts = parts

    def row(self, index: int) -> Row:
        """Build one row."""
        for part in self._parts:
            if index < len(part):
                return replace(part.row(index), age=Age.GONE)
            index -= len(part)
        raise IndexError(index)

    def find(self, key: RowKey) -> int | None:
        """Find the row with this key."""
        before = 0
        for part in self._parts:
            index = part.find(key)
            if index is not None:
                return before + index
            before += len(part)
        return None
