"""Addresses as SocketTable holds them: 128 bit in two halves, IPv4 as ::ffff:a.b.c.d."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

U64 = NDArray[np.uint64]

_MAPPED = np.uint64(0xFFFF << 32)
_HALF = np.uint64(32)


def build_halves(words: list[NDArray[np.uint32]], is_ipv4: NDArray[np.bool_]) -> tuple[U64, U64]:
    """Join the four words of addresses. Those of IPv4 are in the first; the rest is ignored."""
    first, second, third, fourth = (word.astype(np.uint64) for word in words)
    high = np.where(is_ipv4, np.uint64(0), first << _HALF | second)
    low = np.where(is_ipv4, _MAPPED | first, third << _HALF | fourth)
    return high, low
