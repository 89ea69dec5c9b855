"""Rows of equal values in several columns, as group numbers."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

_ROOM = 1 << 62


class Groups(NamedTuple):
    """Which group each row is in, and one row of each group. Groups are in ascending order."""

    of_row: NDArray[np.int64]
    first: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.first)


def group_rows(*columns: NDArray[Any]) -> Groups:
    """Group rows that agree in every column, ordered by the first column, then the next.

    Packs the columns into one integer: an order of magnitude faster than comparing rows.
    """
    packed = np.zeros(len(columns[0]), np.int64)
    size = 1
    for column in columns:
        codes, span = _codes(column)
        if size * span >= _ROOM:
            packed, size = _compressed(packed)
        packed = packed * span + codes
        size *= span
    _, first, of_row = np.unique(packed, return_index=True, return_inverse=True)
    return Groups(of_row, first)


def _codes(column: NDArray[Any]) -> tuple[NDArray[np.int64], int]:
    """Number the values in their order; also return how many numbers there may be."""
    if not len(column):
        return np.zeros(0, np.int64), 1
    if column.dtype == np.bool_:
        return column.astype(np.int64), 2
    low = column.min()
    span = int(column.max()) - int(low) + 1
    if span <= 1 << 24:
        return (column - low).astype(np.int64), span
    return _compressed(column)


def _compressed(values: NDArray[Any]) -> tuple[NDArray[np.int64], int]:
    distinct, codes = np.unique(values, return_inverse=True)
    return codes, max(1, len(distinct))
