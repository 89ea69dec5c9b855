"""Columns of numbers of which most are the same, or lie in the same rows as those of another."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from netinspect.recording.numbers import Ints, NumberReader, NumberWriter

_DENSE = 0.6  # part of the rows from which on their places are not told
_LOOKED_AT = 1024  # numbers, to find the usual one
_FOREIGN = 1.2  # so much larger a set of rows may be than the one needed
_MOST_SETS = 8


class ResidueWriter:
    """Appends columns of `size` numbers: the usual one, and in which rows it is another.

    What moves in one column of a connection often moves in others: rows are told once.
    """

    def __init__(self, writer: NumberWriter, size: int) -> None:
        self._writer = writer
        self._size = size
        self._sets: list[tuple[NDArray[np.bool_], int]] = []

    def put(self, values: Ints) -> dict[str, Any] | None:
        """Append a column; None where all its numbers are 0."""
        if not values.any():
            return None
        usual = _most_frequent(values)
        rest = values - usual if usual else values
        other = rest != 0
        count = int(np.count_nonzero(other))
        said: dict[str, Any] = {"usual": usual} if usual else {}
        if not count:
            return said
        if count < _DENSE * self._size:
            rows = self._put_rows(other, count, said)
            rest = rest[rows]
        said["by"] = self._writer.put(rest)
        return said

    def _put_rows(
        self, mask: NDArray[np.bool_], count: int, said: dict[str, Any]
    ) -> NDArray[np.bool_]:
        """Say in which rows; those of an earlier column will do if they are few more."""
        for number, (known, size) in enumerate(self._sets):
            if count <= size <= _FOREIGN * count and not (mask & ~known).any():
                said["set"] = number
                return known
        said["at"] = self._writer.put(np.diff(np.flatnonzero(mask), prepend=0))
        if len(self._sets) < _MOST_SETS:
            self._sets.append((mask, count))
        return mask


class ResidueReader:
    """Gives columns back. Raises ValueError, or IndexError, on what does not fit."""

    def __init__(self, reader: NumberReader, size: int) -> None:
        self._reader = reader
        self._size = size
        self._sets: list[Ints] = []

    def get(self, said: Any) -> Ints | None:
        """Return the next column; None where all its numbers are 0."""
        if said is None:
            return None
        usual = np.int64(said.get("usual", 0))
        if "by" not in said:
            return np.full(self._size, usual)
        rows = self._get_rows(said)
        values = self._reader.get(said["by"])
        if len(values) != (self._size if rows is None else len(rows)):
            raise ValueError(f"{len(values)} numbers for other rows")
        if rows is None:
            return values + usual
        full = np.full(self._size, usual)
        full[rows] += values
        return full

    def _get_rows(self, said: Any) -> Ints | None:
        if "set" in said:
            known: Ints = self._sets[said["set"]]
            return known
        if "at" not in said:
            return None
        rows = np.cumsum(self._reader.get(said["at"]))
        if len(rows) and not 0 <= int(rows.min()) <= int(rows.max()) < self._size:
            raise ValueError("numbers of rows that are not there")
        if len(self._sets) < _MOST_SETS:
            self._sets.append(rows)
        return rows


def _most_frequent(values: Ints) -> int:
    """Return the number that is there most often, going by some that lie evenly."""
    some = values[:: -(-len(values) // _LOOKED_AT)]
    distinct, counts = np.unique(some, return_counts=True)
    return int(distinct[counts.argmax()])
