"""Rows that went within the last few Samples, as the screen goes on to show them for a while."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np

from netinspect.measures.departures import MOST_GONE, without
from netinspect.model import Age, Gone, Trail
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
    made = [each.row(index) for each in went for index in range(len(each))]
    sequence, places = place_among(table.rows, table.order, went, field, descending)
    shown = sequence < MOST_GONE
    if marked_only:
        shown &= [bool(table.marks.of_row(table.pane.name, made[at].key)) for at in sequence]
    gone = tuple(replace(made[at], age=Age.GONE) for at in sequence[shown].tolist())
    return GoneRows(gone, np.insert(table.order, places[shown], -1 - np.arange(len(gone))))
