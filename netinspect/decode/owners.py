"""Who holds which socket: the section `owners`, and its join into the sockets by inode."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from netinspect.errors import ParseError
from netinspect.model import UNKNOWN, OwnerReason, OwnerTable, SocketTable

_ROW = np.dtype([("inode", "<u8"), ("pid", "<u4"), ("fd", "<u4")])
_LARGEST = (1 << 31) - 1


def parse_owners(data: bytes | memoryview, origin: str = "owners") -> OwnerTable:
    """Parse rows of (inode, pid, fd), put them in order and drop the ones that come twice."""
    if len(data) % _ROW.itemsize:
        place = f"offset {len(data) - len(data) % _ROW.itemsize}"
        raise ParseError(origin, place, "row cut off")
    rows = np.frombuffer(data, _ROW)
    inode, pid, fd = rows["inode"], rows["pid"], rows["fd"]
    if len(rows) and max(int(pid.max()), int(fd.max())) > _LARGEST:
        raise ParseError(origin, "pid, fd", "above 2147483647")
    return build_owners(inode, pid.astype(np.int32), fd.astype(np.int32))


def build_owners(
    inode: NDArray[np.uint64], pid: NDArray[np.int32], fd: NDArray[np.int32]
) -> OwnerTable:
    """Make the table of rows in any order."""
    holder = pid.astype(np.uint64) << np.uint64(32) | fd.astype(np.uint64)
    # A walk over /proc comes by pid: then sorting by inode alone, stably, is enough.
    sorted_by_holder = bool((holder[1:] >= holder[:-1]).all())
    order = np.argsort(inode, kind="stable") if sorted_by_holder else np.lexsort((holder, inode))
    inode, holder = inode[order], holder[order]
    first = np.ones(len(order), np.bool_)
    first[1:] = (inode[1:] != inode[:-1]) | (holder[1:] != holder[:-1])
    order = order[first]
    return OwnerTable(inode[first], pid[order], fd[order])


def join_owners(sockets: SocketTable, owners: OwnerTable, *, some_hidden: bool) -> SocketTable:
    """Find the holders of each socket by its inode, and say why where there are none.

    some_hidden: there are processes whose descriptors could not be seen.
    """
    starts = np.flatnonzero(np.diff(owners.inode, prepend=np.uint64(0)))
    counts = np.diff(starts, append=len(owners))
    held = owners.inode[starts]
    inode = np.maximum(sockets.inode, 0).astype(np.uint64)
    place = np.searchsorted(held, inode)
    place[place == len(held)] = 0
    owned = inode == held[place] if len(held) else np.zeros(len(inode), np.bool_)
    owned &= inode > 0
    place = np.where(owned, place, 0)
    missing = OwnerReason.HIDDEN if some_hidden else OwnerReason.ELSEWHERE
    reason = np.where(sockets.inode == 0, OwnerReason.NONE, missing)
    return sockets.with_columns(
        owner_reason=np.where(owned, OwnerReason.OWNED, reason).astype(np.uint8),
        owner_start=_where_owned(owned, starts, place, UNKNOWN),
        owner_count=_where_owned(owned, counts, place, 0),
        pid=_where_owned(owned, owners.pid[starts], place, UNKNOWN),
    )


def _where_owned(
    owned: NDArray[np.bool_],
    values: NDArray[np.integer],
    place: NDArray[np.int64],
    otherwise: int,
) -> NDArray[np.int32]:
    if not len(values):
        return np.full(len(owned), otherwise, np.int32)
    return np.where(owned, values[place], otherwise).astype(np.int32)
