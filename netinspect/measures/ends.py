"""Connections between the same two ends, whatever sockets they are."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from netinspect.measures.grouping import group_rows
from netinspect.measures.states import is_tcp
from netinspect.model import SocketTable

_ENDS = (
    *("netns", "local_hi", "local_lo", "local_port"),
    *("remote_hi", "remote_lo", "remote_port"),
)


def have_same_ends(some: SocketTable, others: SocketTable) -> NDArray[np.bool_]:
    """Tell for each of some TCP sockets whether one of the others has the same ends."""
    if not len(some):
        return np.zeros(0, np.bool_)
    here = np.flatnonzero(is_tcp(others) & np.isin(others.local_port, np.unique(some.local_port)))
    ends = [np.concatenate((getattr(some, name), getattr(others, name)[here])) for name in _ENDS]
    groups = group_rows(*ends)
    has_other = np.zeros(len(groups), np.bool_)
    has_other[groups.of_row[len(some) :]] = True
    return has_other[groups.of_row[: len(some)]]
