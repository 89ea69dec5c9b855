"""Rows of a pane as dicts, for tests."""

from __future__ import annotations

from netinspect.cells import UNICODE, full_text
from netinspect.fields import Kind
from netinspect.model import Value, Window
from netinspect.parts import Pane


def rows_of(pane: Pane, window: Window) -> list[dict[str, Value]]:
    """Return every row as field → value, in the pane's own order."""
    rows = pane.rows(window)
    return [dict(zip(rows.fields, rows.row(i).values, strict=True)) for i in range(len(rows))]


def only_row(pane: Pane, window: Window) -> dict[str, Value]:
    """Return the one row there is."""
    (row,) = rows_of(pane, window)
    return row


def lines_of(pane: Pane, window: Window) -> list[str]:
    """Return every row as the text of its columns, but for its history."""
    rows = pane.rows(window)
    columns = [column for column in pane.columns if column.kind is not Kind.SERIES]
    return [
        " | ".join(full_text(c, rows.fields, rows.row(i), UNICODE) for c in columns)
        for i in range(len(rows))
    ]
