"""Which rows of a table findings lie on, many rows at a time."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from netinspect.finding import Finding
from netinspect.parts import BulkRows, Table


def choose_rows(table: Table, most: int) -> NDArray[np.int64]:
    """Return at most so many rows in the table's order; where there are more, marked ones first."""
    if len(table.order) <= most:
        return table.order
    marked = _is_marked(table)
    return np.concatenate([table.order[marked], table.order[~marked]])[:most]


def find_marks(table: Table, findings: Sequence[Finding]) -> list[tuple[Finding, ...]]:
    """Return for each row of the table what lies on it, the gravest first."""
    rows, marks, name = table.rows, table.marks, table.pane.name
    if not isinstance(rows, BulkRows):
        return [marks.of_row(name, rows.row(index).key) for index in table.order.tolist()]
    found: list[list[Finding]] = [[] for _ in table.order]
    keys = rows.keys[table.order]
    for finding in sorted(findings, key=lambda f: -(f.severity or 0)):
        for place in np.flatnonzero(np.isin(keys, finding.sockets)).tolist():
            found[place].append(finding)
    return [tuple(some) for some in found]


def _is_marked(table: Table) -> NDArray[np.bool_]:
    rows, marks, name = table.rows, table.marks, table.pane.name
    if isinstance(rows, BulkRows):
        return np.isin(rows.keys[table.order], marks.sockets)
    found = (bool(marks.of_row(name, rows.row(index).key)) for index in table.order.tolist())
    return np.fromiter(found, np.bool_, len(table.order))
