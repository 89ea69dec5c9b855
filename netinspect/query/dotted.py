"""Text that is looked for in IPv4 addresses, compared byte by byte: nothing is printed for it.

"10.0." begins anywhere in an address; before its first point ends a byte with "10", between points
stands a whole byte, and behind the last one a byte begins with "".
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

Mask = NDArray[np.bool_]
_DOTTED = frozenset("0123456789.:*")
_BYTES = 4
_LAST_PORT = 65535

# Whether the text may begin before a part of it in the same byte, and go on behind it.
_FITS: Mapping[tuple[bool, bool], Callable[[str, str], bool]] = {
    (True, True): str.__contains__,
    (True, False): str.endswith,
    (False, True): str.startswith,
    (False, False): str.__eq__,
}


def is_dotted(text: str) -> bool:
    """Tell whether text can be looked for here: digits, points, colons, `*`."""
    return _DOTTED.issuperset(text)


def find_dotted(addresses: NDArray[np.uint32], ports: NDArray[np.uint16], text: str) -> Mask:
    """Tell for each address, or address:port where the text has a colon, whether it has the text.

    Port 0 is printed as `*`.
    """
    host, colon, port = text.partition(":")
    octets = addresses.astype(">u4").view(np.uint8).reshape(-1, _BYTES)
    found = np.zeros(len(addresses), np.bool_)
    parts = host.split(".")
    last = _BYTES - len(parts)
    for first in range(last + 1) if not colon else range(last, last + (last >= 0)):
        found |= _stands_at(octets, first, parts, to_end=bool(colon))
    return found & begins_with(ports, port) if colon else found


def _stands_at(octets: NDArray[np.uint8], first: int, parts: list[str], *, to_end: bool) -> Mask:
    mask = np.ones(len(octets), np.bool_)
    for i, part in enumerate(parts):
        fit = i == 0, i == len(parts) - 1 and not to_end
        if part or not any(fit):
            mask &= _table(part, fit)[octets[:, first + i]]
    return mask


@lru_cache(maxsize=64)
def _table(part: str, fit: tuple[bool, bool]) -> Mask:
    """Tell for each value of a byte whether a part of the text fits it."""
    return np.array([_FITS[fit](str(value), part) for value in range(256)])


def begins_with(ports: NDArray[np.uint16], digits: str) -> Mask:
    """Tell for each port whether its number begins with these digits; 0 is `*`."""
    mask: Mask = ports == 0 if digits == "*" else np.full(len(ports), digits == "")
    for low, high in _ranges(digits):
        mask |= (ports >= low) & (ports <= high)
    return mask


def _ranges(digits: str) -> Iterator[tuple[int, int]]:
    """Yield the ports that begin with these digits: 8, 80–89, 800–899, …"""
    if not digits.isdigit() or digits[0] == "0":
        return
    low, size = int(digits[:6]), 1
    while low <= _LAST_PORT and len(digits) < 6:
        yield low, min(low + size - 1, _LAST_PORT)
        low, size = low * 10, size * 10
