"""One table of columns, written as it differs from the table before it.

A number is told as what it moved by since the Sample before; of a column that moves as another
does, only how the two differ. Nothing here knows what a column means but for _LIKE.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from netinspect.recording.matching import NEW, Keys, SortedKeys, get_rows, match_rows, put_rows
from netinspect.recording.numbers import Ints, NumberReader, NumberWriter
from netinspect.recording.residues import ResidueReader, ResidueWriter

Array = NDArray[Any]

_LIKE: Mapping[str, str] = {
    "cookie": "key",
    "last_ack_recv": "last_data_recv",
    "bytes_sent": "bytes_acked",
    "data_segs_out": "segs_out",
    "data_segs_in": "segs_in",
    "last_data_sent": "last_data_recv",
    "remote_hi": "local_hi",
}
"""Columns that mostly move as another does."""

_LEADERS = frozenset(_LIKE.values())
_MIX = np.uint64(0x9E3779B97F4A7C15)  # 2**64 by the golden ratio: odd, and without a pattern


@dataclass(frozen=True)
class Table:
    """Columns of one length. A column of which all values are the same is a broadcast view.

    identity: the columns that tell rows apart.
    """

    columns: Mapping[str, Array]
    identity: tuple[str, ...]

    @staticmethod
    def build(columns: Mapping[str, Array], identity: tuple[str, ...]) -> Table:
        """Make a table of columns as they come."""
        return Table({name: _thinned(column) for name, column in columns.items()}, identity)

    def __len__(self) -> int:
        return len(self.columns[self.identity[0]])

    @cached_property
    def keys(self) -> Keys:
        """Return a number for each row; those of two rows are different, or seldom the same."""
        first, *others = (self.columns[name].astype(np.uint64) for name in self.identity)
        for column in others:
            first = (first ^ first >> np.uint64(31)) * _MIX + column
        return first

    @cached_property
    def sorted(self) -> SortedKeys:
        """Sort the rows by key."""
        return SortedKeys.build(self.keys)


def _thinned(column: Array) -> Array:
    if len(column) == 0 or column.strides == (0,):
        return column
    first = column[0]
    if column[-1] != first or column[len(column) // 2] != first or not (column == first).all():
        return column
    return np.broadcast_to(first, len(column))


def one_value(column: Array, unknown: int) -> int | None:
    """Return the value of a column that has just one."""
    if not len(column):
        return unknown
    return int(column[0]) if column.strides == (0,) else None


def put_table(
    writer: NumberWriter, now: Table, before: Table, unknown: Mapping[str, int]
) -> dict[str, Any]:
    """Append what differs. unknown: the columns there are, and what they hold otherwise."""
    rows = match_rows(now.sorted, before.sorted)
    said: dict[str, Any] = {"rows": put_rows(writer, rows)}
    moves = _Moves(now.columns, _Earlier(before, rows))
    parts = [ResidueWriter(writer, size) for size in moves.earlier.sizes]
    for name in _in_turn(unknown):
        change = _put_column(parts, name, moves, unknown[name])
        if change is not None:
            said[name] = change
    return said


def get_table(
    reader: NumberReader, said: Any, before: Table, unknown: Mapping[str, int], most_new: int
) -> Table:
    """Return the table as it was. Raises ValueError on what does not fit, or too many new rows."""
    earlier = _Earlier(before, get_rows(reader, said.get("rows"), len(before), most_new))
    columns: dict[str, Array] = {}
    moves = _Moves(columns, earlier)
    places = (earlier.old, earlier.new) if len(earlier.new) else (None,)
    sized = zip(earlier.sizes, places, strict=True)
    parts = [ResidueReader(reader, size, place) for size, place in sized]
    for name in _in_turn(unknown):
        columns[name] = _get_column(parts, name, said.get(name), moves, unknown[name])
    return Table(columns, before.identity)


def _in_turn(names: Mapping[str, int]) -> Iterator[str]:
    """Yield the columns, those that others are like first."""
    yield from (name for name in names if name not in _LIKE)
    yield from (name for name in names if name in _LIKE)


class _Earlier:
    """The table before, its rows laid where they are now.

    old, new: which rows were there and which were not. sizes: how many, where any are new.
    """

    def __init__(self, table: Table, rows: Ints) -> None:
        self.columns, self.rows = table.columns, rows
        self.old, self.new = np.flatnonzero(rows != NEW), np.flatnonzero(rows == NEW)
        self.sizes = (len(self.old), len(self.new)) if len(self.new) else (len(rows),)
        as_many = not len(self.new) and len(rows) == len(table)
        self._stays = as_many and bool((np.diff(rows) == 1).all())

    def values(self, name: str) -> Array:
        """Return what a column held; 0 for a new row."""
        column = self.columns[name]
        if self._stays:
            return column
        if not len(self.old):
            return np.zeros(len(self.rows), column.dtype)
        values = column[self.rows]  # of a new row, the last one's
        values[self.new] = 0
        return values


class _Moves:
    """What each column moved by; of a new row, its value."""

    def __init__(self, columns: Mapping[str, Array], earlier: _Earlier) -> None:
        self.columns, self.earlier = columns, earlier
        self._kept: dict[str, Ints] = {}

    def of(self, name: str) -> Ints:
        """Subtract what a column held from what it holds."""
        kept = self._kept.get(name)
        if kept is None:
            values, before = self.columns[name], self.earlier.values(name)
            kept = _integers(values) - _integers(before)
            if name in _LEADERS:
                self._kept[name] = kept
        return kept


def _put_column(parts: list[ResidueWriter], name: str, moves: _Moves, unknown: int) -> Any:
    """Say how a column comes from the one before; None where it follows without a word.

    A number is the value of all rows.
    """
    one = one_value(moves.columns[name], unknown)
    last = one_value(moves.earlier.columns[name], unknown)
    if one is not None:
        return None if one == last else one
    move = moves.of(name)
    if name in _LIKE:
        move = move - moves.of(_LIKE[name])
    old, new = moves.earlier.old, moves.earlier.new
    values = [move] if len(parts) == 1 else [move[old], move[new]]
    said = [part.put(some) for part, some in zip(parts, values, strict=True)]
    return None if last is None and not any(part is not None for part in said) else said


def _get_column(
    parts: list[ResidueReader], name: str, said: Any, moves: _Moves, unknown: int
) -> Array:
    earlier = moves.earlier
    dtype = earlier.columns[name].dtype
    one = one_value(earlier.columns[name], unknown) if said is None else said
    if isinstance(one, int):
        return _repeat(np.array(one).astype(dtype), len(earlier.rows))
    move = None if said is None else _get_move(parts, said, earlier)
    if name in _LIKE:
        like = moves.of(_LIKE[name])
        move = like if move is None else move + like
    base = earlier.values(name)
    return base if move is None else (_integers(base) + move).astype(dtype, copy=False)


def _repeat(value: Array, size: int) -> Array:
    """Make a broadcast view, as np.broadcast_to does in ten times the time."""
    values: Array = np.ndarray((size,), value.dtype, value, strides=(0,))
    values.flags.writeable = False
    return values


def _get_move(parts: list[ResidueReader], said: Any, earlier: _Earlier) -> Ints | None:
    """Return by how much each row moved; None where none did."""
    move = np.zeros(len(earlier.rows), np.int64)
    moved = [part.put_into(move, some) for part, some in zip(parts, said, strict=True)]
    return move if any(moved) else None


def _integers(values: Array) -> Ints:
    """Read numbers as signed ones of 64 bits; those of 64 bits without a sign wrap around."""
    return values.astype(np.int64, copy=False)
