"""Text that is looked for in IPv6 addresses; each different address is printed once."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from netinspect.humanize import address_text
from netinspect.query.dotted import begins_with

Mask = NDArray[np.bool_]
_OF_ENDS = frozenset("[]:")
_MIX = np.uint64(0x9E3779B97F4A7C15)  # odd and far from round: neighbours come out far apart


def find_hextets(
    high: NDArray[np.uint64], low: NDArray[np.uint64], ports: NDArray[np.uint16], text: str
) -> Mask:
    """Tell for each address whether it has the text; a colon or bracket may be of [address]:port.

    Port 0 is printed as `*`.
    """
    text = text.lower()
    first, which = _distinct(high, low)
    halves = zip(high[first].tolist(), low[first].tolist(), strict=True)
    shown = [address_text(*half) for half in halves]
    if _OF_ENDS.isdisjoint(text):
        return np.array([text in one for one in shown], np.bool_)[which]
    host, bracket, port = text.partition("]:")
    if bracket:
        ends = np.array([f"[{one}".endswith(host) for one in shown], np.bool_)
        return ends[which] & begins_with(ports, port)
    found: Mask = np.array([text in f"[{one}]" for one in shown], np.bool_)[which]
    return found | begins_with(ports, text[1:]) if text[0] == ":" else found


def _distinct(
    high: NDArray[np.uint64], low: NDArray[np.uint64]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return a row of each different address, and for each row which of these it has."""
    mixed = (high * _MIX) ^ low
    _, first, which = np.unique(mixed, return_index=True, return_inverse=True)
    same = (high[first][which] == high) & (low[first][which] == low)
    if same.all():
        return first, which
    both = np.stack([high, low])  # two that mix to the same: sorting by both is slower, not wrong
    _, first, which = np.unique(both, axis=1, return_index=True, return_inverse=True)
    return first, which.reshape(-1)
