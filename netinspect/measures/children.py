"""Which listener a connection came in through.

The kernel does not tell. What it does tell: a connection keeps its listener's port, and its local
address is the listener's or the listener's is a wildcard. The most specific listener wins, as in
`inet_lookup_listener()`: the address itself, then 0.0.0.0, then ::.

Listeners on the same address and port (SO_REUSEPORT) share their connections; there a connection
belongs to the one that its own holder holds. Without a holder (TIME_WAIT, not accepted yet), or
when the holder holds several of them, it is nobody's.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from netinspect.holders import find_holdings
from netinspect.measures.grouping import group_rows
from netinspect.measures.remembered import per_sample
from netinspect.measures.states import is_connection, is_tcp
from netinspect.model import Family, OwnerTable, SocketTable, TcpState

_V4_ANY = 0, 0xFFFF << 32
_V6_ANY = 0, 0

Keys = NDArray[np.uint64]
"""Keys of SocketTable."""

_Endpoint = tuple[int, int, int, int]
"""netns, port, address high, address low."""


@dataclass(frozen=True, slots=True)
class Children:
    """Connections that came in, and through which listener.

    listeners: rows of SocketTable. rows: rows of SocketTable; listener: for each of them the
    position in `listeners`, -1 where siblings cannot be told apart.
    """

    listeners: NDArray[np.int64]
    rows: NDArray[np.int64]
    listener: NDArray[np.int64]

    @property
    def ambiguous(self) -> int:
        """Count the connections that cannot be given to one listener."""
        return int(np.count_nonzero(self.listener < 0))


def listeners_of(sockets: SocketTable, owners: OwnerTable, keys: Keys) -> Keys:
    """Return the keys of the listeners that the sockets with these keys came in through."""
    children = find_children(sockets, owners)
    known = children.listener >= 0
    came_in = np.isin(sockets.key[children.rows], keys) & known
    listeners = children.listeners[np.unique(children.listener[came_in])]
    found: Keys = sockets.key[listeners]
    return found


@per_sample
def find_children(sockets: SocketTable, owners: OwnerTable) -> Children:
    """Give each incoming TCP connection to its listener."""
    listeners = np.flatnonzero(is_tcp(sockets) & (sockets.state == TcpState.LISTEN))
    shared = _Siblings(sockets, listeners)
    rows = np.flatnonzero(_may_be_child(sockets, listeners))
    ends = group_rows(
        sockets.netns[rows],
        sockets.local_port[rows],
        sockets.local_hi[rows],
        sockets.local_lo[rows],
    )
    group_of_end = np.array(
        [shared.find(_endpoint(sockets, rows[first])) for first in ends.first], np.int64
    )
    group = group_of_end[ends.of_row] if len(rows) else np.zeros(0, np.int64)
    rows, group = rows[group >= 0], group[group >= 0]
    alone = shared.only_member[group]
    undecided = np.flatnonzero(alone < 0)
    alone[undecided] = _by_holder(sockets, owners, shared, rows[undecided], group[undecided])
    return Children(listeners, rows, alone)


class _Siblings:
    """Listeners by the address and port they share."""

    def __init__(self, sockets: SocketTable, listeners: NDArray[np.int64]) -> None:
        self.members: list[list[int]] = []
        self._exact: dict[_Endpoint, int] = {}
        self._any_v6: dict[tuple[int, int], int] = {}
        self._v6_takes_v4: set[int] = set()
        self.listeners = listeners
        for position, row in enumerate(listeners.tolist()):
            self._add(sockets, position, row)
        only = [m[0] if len(m) == 1 else -1 for m in self.members]
        self.only_member: NDArray[np.int64] = np.array(only, np.int64)

    def find(self, end: _Endpoint) -> int:
        """Find the group that a connection with this local end came in through, -1 none."""
        netns, port, high, low = end
        is_v4 = high == 0 and low >> 32 == 0xFFFF
        group = self._exact.get(end)
        if group is None and is_v4:
            group = self._exact.get((netns, port, *_V4_ANY))
        if group is None:
            group = self._any_v6.get((netns, port), -1)
            if is_v4 and group not in self._v6_takes_v4:
                return -1
        return group

    def _add(self, sockets: SocketTable, position: int, row: int) -> None:
        netns, port, high, low = end = _endpoint(sockets, row)
        known = self._exact.setdefault(end, len(self.members))
        if known == len(self.members):
            self.members.append([])
        self.members[known].append(position)
        if (high, low) == _V6_ANY and sockets.family[row] == Family.INET6:
            self._any_v6[netns, port] = known
            if sockets.v6only[row] != 1:
                self._v6_takes_v4.add(known)


def _may_be_child(sockets: SocketTable, listeners: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Sort out what cannot have come in: other ports, and SYN_SENT, which went out."""
    listening = np.zeros(1 << 16, np.bool_)
    listening[sockets.local_port[listeners]] = True
    incoming = is_connection(sockets) & (sockets.state != TcpState.SYN_SENT)
    mask: NDArray[np.bool_] = incoming & listening[sockets.local_port]
    return mask


def _by_holder(
    sockets: SocketTable,
    owners: OwnerTable,
    shared: _Siblings,
    rows: NDArray[np.int64],
    group: NDArray[np.int64],
) -> NDArray[np.int64]:
    """Give connections to the sibling that their first holder holds, -1 where that fails."""
    if not len(rows):
        return group
    held = _sibling_by_pid(sockets, owners, shared, set(group.tolist()))
    pairs = group_rows(group, sockets.pid[rows])
    found = [
        held.get((int(group[first]), int(sockets.pid[rows[first]])), -1) for first in pairs.first
    ]
    return np.array(found, np.int64)[pairs.of_row]


def _sibling_by_pid(
    sockets: SocketTable, owners: OwnerTable, shared: _Siblings, groups: set[int]
) -> dict[tuple[int, int], int]:
    """Map (group, pid) to the one sibling the process holds; -1 where it holds several."""
    held: dict[tuple[int, int], int] = {}
    for group in groups:
        for position in shared.members[group]:
            row = shared.listeners[position : position + 1]
            for pid in owners.pid[find_holdings(sockets, row).owner].tolist():
                other = held.setdefault((group, pid), position)
                if other != position:
                    held[group, pid] = -1
    return held


def _endpoint(sockets: SocketTable, row: int) -> _Endpoint:
    return (
        int(sockets.netns[row]),
        int(sockets.local_port[row]),
        int(sockets.local_hi[row]),
        int(sockets.local_lo[row]),
    )
