"""Numbers of 64 bits → numbers that show no pattern, one for one: the last step of splitmix64."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

# Multipliers and shifts of splitmix64 (Steele, Lea, Flood 2014)
_FIRST, _SECOND = np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB)
_SHIFTS = (np.uint64(30), np.uint64(27), np.uint64(31))


def mix(values: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Mix the bits of each number. Recordings and snapshots hold keys made with it: it stays."""
    values = (values ^ values >> _SHIFTS[0]) * _FIRST
    values = (values ^ values >> _SHIFTS[1]) * _SECOND
    return values ^ values >> _SHIFTS[2]
