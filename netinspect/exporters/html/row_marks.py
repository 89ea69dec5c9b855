"""Which rows of a table findings lie on, many rows at a time."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from netinspect.finding import Finding
from netinspect.parts import BulkRows, Table


def choose_rows(table: Table, findings: Sequence[Finding], most: int) -> NDArray[np.int64]:
    """Return at most so many rows in the table's order; where there are more, marked ones first.

    Of rows with findings equally many of each are taken, as far as there are.
    """
    order = table.order
    if len(order) <= most:
        return order
    turn = np.full(len(order), len(order))
    for lies_on in _masks(table, findings):
        turn[lies_on] = np.minimum(turn[lies_on], np.arange(np.count_nonzero(lies_on)))
    chosen = np.sort(np.argsort(turn, kind="stable")[:most])
    marked = turn[chosen] < len(order)
    shown: NDArray[np.int64] = order[np.concatenate([chosen[marked], chosen[~marked]])]
    return shown


def find_marks(table: Table, findings: Sequence[Finding]) -> list[tuple[Finding, ...]]:
    """Return for each row of the table what lies on it, the gravest first."""
    rows, marks, name = table.rows, table.marks, table.pane.name
    if not isinstance(rows, BulkRows):
        return [marks.of_row(name, rows.row(index).key) for index in table.order.tolist()]
    found: list[list[Finding]] = [[] for _ in table.order]
    gravest_first = sorted(findings, key=lambda finding: -(finding.severity or 0))
    for finding, lies_on in zip(gravest_first, _masks(table, gravest_first), strict=True):
        for place in np.flatnonzero(lies_on).tolist():
            found[place].append(finding)
    return [tuple(some) for some in found]


def _masks(table: Table, findings: Sequence[Finding]) -> list[NDArray[np.bool_]]:
    """Tell for each finding on which rows it lies."""
    if isinstance(table.rows, BulkRows):
        keys = table.rows.keys[table.order]
        return [np.isin(keys, finding.sockets) for finding in findings]
    found = [{finding.key for finding in some} for some in find_marks(table, findings)]
    return [np.array([finding.key in some for some in found], np.bool_) for finding in findings]
