"""Which row of a table is which row of the table before it, and how that is written: as runs."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from netinspect.recording.numbers import Ints, NumberReader, NumberWriter

NEW = -1
MOST_ROWS = 2_000_000
"""Of a table that is read from a file."""

Keys = NDArray[np.uint64]


class SortedKeys(NamedTuple):
    """The keys of a table in order, and the row of each."""

    keys: Keys
    rows: Ints

    @staticmethod
    def build(keys: Keys) -> SortedKeys:
        """Sort them."""
        rows = np.argsort(keys, kind="stable")
        return SortedKeys(keys[rows], rows)


def match_rows(now: SortedKeys, before: SortedKeys) -> Ints:
    """Return for each row of now its row in before; NEW where it has none."""
    matched = np.full(len(now.keys), NEW, np.int64)
    if len(before.keys):
        # Of keys that come in order, each is found beside the last one.
        place = np.minimum(np.searchsorted(before.keys, now.keys), len(before.keys) - 1)
        found = before.keys[place] == now.keys
        matched[now.rows[found]] = before.rows[place[found]]
    return matched


def put_rows(writer: NumberWriter, rows: Ints) -> Any:
    """Append such rows: how long each run is, below 0 for new rows, and what it leaves out."""
    if not len(rows):
        return None
    before = np.concatenate(([NEW], rows[:-1]))
    goes_on = np.where(rows == NEW, before == NEW, rows == before + 1)
    goes_on &= (before == NEW) == (rows == NEW)
    goes_on[0] = False
    starts = np.flatnonzero(~goes_on)
    lengths = np.diff(starts, append=len(rows))
    first = rows[starts]
    old = first != NEW
    ends = first[old] + lengths[old]
    left_out = first[old] - np.concatenate(([0], ends[:-1])) if old.any() else first[old]
    return [writer.put(np.where(old, lengths, -lengths)), writer.put(left_out)]


def get_rows(reader: NumberReader, said: Any, before: int, most_new: int = MOST_ROWS) -> Ints:
    """Return rows as they were appended. before: rows of the table before.

    Raises ValueError on rows that are not there, or too many.
    """
    if said is None:
        return np.zeros(0, np.int64)
    signed, left_out = (reader.get(place) for place in said)
    lengths = np.abs(np.clip(signed, -MOST_ROWS - 1, MOST_ROWS + 1))
    old = signed > 0
    if int(lengths.sum()) > MOST_ROWS or int(lengths[~old].sum()) > most_new:
        raise ValueError("a table of too many rows")
    if np.count_nonzero(old) != len(left_out):
        raise ValueError("runs of rows that do not fit")
    spans = lengths[old]
    first = np.cumsum(left_out) + np.cumsum(spans) - spans
    far = (left_out > MOST_ROWS) | (left_out < -MOST_ROWS)
    if far.any() or (first < 0).any() or (first + spans > before).any():
        raise ValueError("rows that the table before does not have")
    starts = np.full(len(lengths), NEW, np.int64)
    starts[old] = first
    offsets = np.arange(int(lengths.sum())) - np.repeat(np.cumsum(lengths) - lengths, lengths)
    return np.where(np.repeat(old, lengths), np.repeat(starts, lengths) + offsets, NEW)
