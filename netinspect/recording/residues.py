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
    """Gives columns back. Raises ValueError, or IndexError, on what does not fit.

    rows: where in a whole column the `size` numbers belong; None = they are all of it.
    """

    def __init__(self, reader: NumberReader, size: int, rows: Ints | None = None) -> None:
        self._reader = reader
        self._size = size
        self._place = rows
        self._sets: list[Ints] = []

    def put_into(self, column: Ints, said: Any) -> bool:
        """Fill in the next column, in which all is 0; tell whether anything else is in it now."""
        if said is None:
            return False
        usual = np.int64(said.get("usual", 0))
        rows = self._get_rows(said) if "by" in said else None
        if usual and (rows is not None or "by" not in said):
            column[slice(None) if self._place is None else self._place] = usual
        if "by" not in said:
            return True
        values = self._reader.get(said["by"])
        if len(values) != (self._size if rows is None else len(rows)):
            raise ValueError(f"{len(values)} numbers for other rows")
        if usual:
            values += usual
        column[self._places(rows)] = values
        return True

    def _places(self, rows: Ints | None) -> Ints | slice:
        if self._place is None:
            return slice(None) if rows is None else rows
        return self._place if rows is None else self._place[rows]

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
