"""Whole numbers ↔ as few bytes as will do: small ones in one byte, the bytes of a place together.

A writer collects arrays and hands out where they are; a reader takes them back in that order.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Place = list[int]
"""Bytes of each number, and how many numbers."""

_WIDTHS = {1: np.uint8, 2: np.uint16, 4: np.uint32, 8: np.uint64}


class NumberWriter:
    """Collects arrays."""

    def __init__(self) -> None:
        self._pieces: list[bytes] = []
        self._known: dict[bytes, int] = {}

    def put(self, values: Ints) -> Place:
        """Append an array."""
        # Zigzag: what is near 0 on either side becomes a small number without a sign.
        folded = (values << 1 ^ values >> 63).view(np.uint64)
        most = int(folded.max()) if len(folded) else 0
        width = next(w for w in _WIDTHS if most < 1 << 8 * w)
        narrow = folded.astype(f"<u{width}")
        # The first bytes of all numbers, then the second ones: what is alike compresses better.
        self._pieces.append(narrow.view(np.uint8).reshape(-1, width).T.tobytes())
        return [width, len(values)]

    def take(self) -> bytes:
        """Return all of them."""
        return b"".join(self._pieces)


class NumberReader:
    """Gives arrays back. Raises ValueError on places that are not in the data."""

    def __init__(self, data: memoryview) -> None:
        self._data = data
        self._at = 0

    def get(self, place: Any) -> Ints:
        """Return the next array."""
        width, count = place
        left = len(self._data) - self._at
        if width not in _WIDTHS or type(count) is not int or not 0 <= count <= left // width:
            raise ValueError(f"no {count} numbers of {width} bytes in {left} bytes")
        raw = np.frombuffer(self._data, np.uint8, count * width, self._at)
        self._at += count * width
        planes = np.ascontiguousarray(raw.reshape(width, count).T)
        folded = planes.view(f"<u{width}").reshape(count).astype(np.uint64)
        return (folded >> np.uint64(1)).view(np.int64) ^ -(folded & np.uint64(1)).view(np.int64)


def put_residue(writer: NumberWriter, values: Ints) -> dict[str, Any] | None:
    """Append numbers of which most are the same; None where all are 0."""
    if not values.any():
        return None
    usual = _most_frequent(values)
    rest = values - usual if usual else values
    at = np.flatnonzero(rest)
    said: dict[str, Any] = {"usual": usual} if usual else {}
    if not len(at):
        return said
    if len(at) * _SPARSE < len(rest):
        said["at"] = writer.put(np.diff(at, prepend=0))
        rest = rest[at]
    said["by"] = writer.put(rest)
    return said


_SPARSE = 6
"""Where one in so many numbers is unusual, or fewer, their places are told."""

_LOOKED_AT = 1024


def _most_frequent(values: Ints) -> int:
    """Return the number that is there most often, going by some that lie evenly."""
    some = values[:: -(-len(values) // _LOOKED_AT)]
    distinct, counts = np.unique(some, return_counts=True)
    return int(distinct[counts.argmax()])


def get_residue(reader: NumberReader, said: Any, size: int) -> Ints | None:
    """Return `size` numbers; None where all are 0."""
    if said is None:
        return None
    usual = np.int64(said.get("usual", 0))
    if "by" not in said:
        return np.full(size, usual)
    places = reader.get(said["at"]) if "at" in said else None
    values = reader.get(said["by"])
    if places is None:
        if len(values) != size:
            raise ValueError(f"{len(values)} numbers for {size} rows")
        return values + usual
    at = np.cumsum(places)
    if len(at) != len(values) or (places < 0).any() or (len(at) and at[-1] >= size):
        raise ValueError("places of numbers are out of range")
    full = np.full(size, usual)
    full[at] += values
    return full
