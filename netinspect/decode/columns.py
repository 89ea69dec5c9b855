"""Columns of a SocketTable while they are being filled."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from netinspect.model import COLUMNS, SocketTable

Array = NDArray[Any]


class Columns:
    """Columns of `size` rows; one nothing is put in stays unknown and takes no memory."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._known: dict[str, Array] = {}

    def put(self, name: str, values: Array, row: NDArray[np.int64] | None = None) -> None:
        """Set a column, or these rows of it. The array is kept: it must be nobody else's."""
        column = COLUMNS[name]
        values = values.astype(column.dtype, copy=False)
        if row is None or len(row) == self._size:
            self._known[name] = values
            return
        if name not in self._known:
            self._known[name] = np.full(self._size, column.unknown, column.dtype)
        self._known[name][row] = values

    def fill(self, name: str, value: int) -> None:
        """Set all rows of a column to one value."""
        self._known[name] = np.full(self._size, value, COLUMNS[name].dtype)

    def get(self, name: str) -> Array:
        """Return a column that was put."""
        return self._known[name]

    def has(self, name: str) -> bool:
        """Tell whether anything was put in a column."""
        return name in self._known

    def forget(self, names: tuple[str, ...], mask: NDArray[np.bool_]) -> None:
        """Make rows of some columns unknown, where the kernel's number means nothing."""
        if not mask.any():
            return
        for name in names:
            if mask.all():
                self._known.pop(name, None)
            elif name in self._known:
                self._known[name] = np.where(mask, COLUMNS[name].unknown, self._known[name])

    def build(self, paths: tuple[str, ...] = ()) -> SocketTable:
        """Make the table; a column of one value keeps only that."""
        known = {name: _thinned(values) for name, values in self._known.items()}
        return SocketTable.build(self._size, paths, **known)


def _thinned(values: Array) -> Array:
    one_value = len(values) > 1 and bool((values == values[0]).all())
    return np.broadcast_to(values[0], len(values)) if one_value else values
