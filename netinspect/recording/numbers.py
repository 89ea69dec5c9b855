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
        planes = raw if width == 1 else np.ascontiguousarray(raw.reshape(width, count).T)
        folded = planes.reshape(count * width).view(f"<u{width}")
        # Unfolded in their own width: an array of 64 bits each is made only once.
        signed = (folded >> 1).view(f"<i{width}") ^ -(folded & 1).view(f"<i{width}")
        numbers: Ints = signed.astype(np.int64)
        return numbers
