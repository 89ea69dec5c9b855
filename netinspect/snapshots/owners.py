"""Who holds each socket, as lists of objects → OwnerTable."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from netinspect.model import UNKNOWN, OwnerTable

_LARGEST = (1 << 31) - 1


class Holders(NamedTuple):
    """Holders of sockets, in the order of the sockets. counts: how many each socket has."""

    counts: NDArray[np.int64]
    pid: NDArray[np.int32]
    fd: NDArray[np.int32]

    def table(self, inode: NDArray[np.uint64]) -> tuple[OwnerTable, dict[str, NDArray[np.int64]]]:
        """Make the table, and the columns of sockets that lead into it. inode: of each socket."""
        inodes = np.repeat(inode, self.counts)
        # Stable: the holders of a socket stay together, and in their order.
        order = np.argsort(inodes, kind="stable")
        place = np.empty(len(order), np.int64)
        place[order] = np.arange(len(order))
        first = np.cumsum(self.counts) - self.counts
        held = np.flatnonzero(self.counts)
        start, lowest = np.full((2, len(self.counts)), UNKNOWN, np.int64)
        start[held] = place[first[held]]
        if len(held):
            lowest[held] = np.minimum.reduceat(self.pid, first[held])
        owners = OwnerTable(inodes[order], self.pid[order], self.fd[order])
        return owners, {"owner_start": start, "owner_count": self.counts, "pid": lowest}


def parse_holders(lists: list[Any]) -> Holders:
    """Take a list of {pid, fd} for each socket. Raises ValueError."""
    if not set(map(type, lists)) <= {list, type(None)}:
        raise ValueError("not all lists")
    counts = np.array([len(owners or ()) for owners in lists], np.int64)
    holders = [_parse_holder(owner) for owners in lists for owner in owners or ()]
    pid = np.array([pid for pid, _ in holders], np.int32)
    return Holders(counts, pid, np.array([fd for _, fd in holders], np.int32))


def _parse_holder(owner: object) -> tuple[int, int]:
    if not isinstance(owner, dict):
        raise ValueError("not all objects")
    fd = owner.get("fd")
    return _parse_number(owner.get("pid")), UNKNOWN if fd is None else _parse_number(fd)


def _parse_number(value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= _LARGEST:
        raise ValueError("a pid or fd that is none")
    return value
