"""Who holds which socket: sockets and owners joined through `owner_start` and `owner_count`."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from netinspect.model import OwnerTable, SocketTable


class Holdings(NamedTuple):
    """Every (socket, holder) pair: row numbers of SocketTable and OwnerTable, in socket order."""

    socket: NDArray[np.int64]
    owner: NDArray[np.int64]


def find_holdings(sockets: SocketTable, rows: NDArray[np.int64]) -> Holdings:
    """Pair each of these sockets with each of its holders."""
    start = sockets.owner_start[rows].astype(np.int64)
    count = np.where(start >= 0, sockets.owner_count[rows], 0)
    before = np.cumsum(count) - count
    owner = np.arange(int(count.sum())) + np.repeat(start - before, count)
    return Holdings(np.repeat(rows, count), owner)


def held_by(sockets: SocketTable, owners: OwnerTable, pids: Iterable[int]) -> NDArray[np.bool_]:
    """Tell for each socket whether one of these processes holds it."""
    return held_where(sockets, np.isin(owners.pid, list(pids)))


def held_where(sockets: SocketTable, hits: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Tell for each socket whether one of its holders is meant. hits: for each row of owners."""
    before = np.concatenate([[0], np.cumsum(hits)])
    start = sockets.owner_start
    end = np.where(start >= 0, start + sockets.owner_count, 0)
    held: NDArray[np.bool_] = before[end] > before[np.maximum(start, 0)]
    return held & (start >= 0)


def holding_pids(
    sockets: SocketTable, owners: OwnerTable, selected: NDArray[np.bool_]
) -> frozenset[int]:
    """Return the processes that hold any of the selected sockets."""
    holdings = find_holdings(sockets, np.flatnonzero(selected))
    return frozenset(np.unique(owners.pid[holdings.owner]).tolist())
