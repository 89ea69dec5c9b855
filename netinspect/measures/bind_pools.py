"""Local addresses whose ports bind() took: what plain connect() then has to do without.

A port that a bind() holds is passed over by every connect(), wherever it goes. A socket that called
bind() with port 0 and then connected looks like any other, but for its port: bind() prefers the
parity that connect() takes last. So a connection from such a port, while ports that connect() takes
first are left for its destination, was bound before it connected.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from netinspect.measures.ephemeral_ports import PortBudget, given_ports
from netinspect.measures.facts import Facts
from netinspect.measures.grouping import group_rows
from netinspect.measures.port_use import PortUses
from netinspect.model import TcpState

_HALF_FULL = 0.9
_NO_PORT = 1  # IP_BIND_ADDRESS_NO_PORT: such a bind() holds no port


@dataclass(frozen=True, slots=True)
class BindPool:
    """The ports of the range that bind() holds at one local address.

    rows: of SocketTable, those that hold them. held: by any of them. bound: by sockets that listen,
    or do neither that nor connect. connected: by connections that were bound before, to judge by
    their parity.
    """

    rows: NDArray[np.int64]
    budget: PortBudget
    held: int
    bound: int
    connected: int

    @property
    def size(self) -> int:
        """Count the ports of the range that are not reserved."""
        return self.budget.last - self.budget.first + 1 - self.budget.reserved

    @property
    def share(self) -> float:
        """Return the part of them that bind() holds."""
        return self.held / self.size if self.size else 0.0

    @property
    def last_half_share(self) -> float:
        """Return how full the ports are that connect() takes last and bind() first."""
        half = self.budget.usable - self.budget.first_half
        return self.connected / half if half > 0 else 0.0


def find_bind_pools(facts: Facts) -> Iterator[BindPool]:
    """Find the local addresses with ports of the range that bind() holds."""
    uses = PortUses(facts)
    suspects = uses.found.rows[_looks_bound(facts, uses)]
    bound = np.flatnonzero(_bound_in_range(facts))
    rows = np.concatenate((suspects, bound))
    sockets = facts.sockets
    groups = group_rows(sockets.netns[rows], sockets.local_hi[rows], sockets.local_lo[rows])
    for group, first in enumerate(groups.first.tolist()):
        mine = groups.of_row == group
        budget = facts.budget(int(sockets.netns[rows[first]]))
        if budget is not None:
            clients, binds = mine[: len(suspects)], mine[len(suspects) :]
            yield _pool(facts, budget, suspects[clients], bound[binds])


def count_plain_ports(facts: Facts, pool: BindPool) -> int:
    """Count the ports of the other outgoing connections from the address of a pool."""
    sockets, outgoing = facts.sockets, facts.destinations.rows
    same = np.ones(len(outgoing), np.bool_)
    for name in ("netns", "local_hi", "local_lo"):
        column = getattr(sockets, name)
        same &= column[outgoing] == column[pool.rows[0]]
    others = np.setdiff1d(sockets.local_port[outgoing[same]], sockets.local_port[pool.rows])
    return len(others)


def _pool(
    facts: Facts,
    budget: PortBudget,
    clients: NDArray[np.int64],
    binds: NDArray[np.int64],
) -> BindPool:
    rows = np.concatenate((clients, binds))
    held, bound, connected = (
        len(np.unique(facts.sockets.local_port[some])) for some in (rows, binds, clients)
    )
    return BindPool(rows, budget, held, bound, connected)


def _looks_bound(facts: Facts, uses: PortUses) -> NDArray[np.bool_]:
    """Tell of each outgoing connection whether its port is one that connect() would not take."""
    sockets, found = facts.sockets, uses.found
    rows, of_row = found.rows, found.groups.of_row
    first = np.full(len(found), -1, np.int64)
    for inode in np.unique(sockets.netns[found.first_rows]).tolist():
        budget = facts.budget(inode)
        if budget is not None:
            first[sockets.netns[found.first_rows] == inode] = budget.first & 1
    left = found.first_half < _HALF_FULL * uses.first_half
    other = (sockets.local_port[rows] & 1) != first[of_row]
    holds = sockets.bind_no_port[rows] != _NO_PORT
    mask: NDArray[np.bool_] = (first >= 0)[of_row] & left[of_row] & other & holds
    return mask


def _bound_in_range(facts: Facts) -> NDArray[np.bool_]:
    """Tell which sockets listen on a port that could be given out, or hold one idly."""
    sockets = facts.sockets
    holders = facts.in_state(TcpState.LISTEN, TcpState.BOUND)
    mask = np.zeros(len(sockets), np.bool_)
    for inode in np.unique(sockets.netns[holders]).tolist():
        namespace = facts.now.namespace(inode)
        if namespace is not None:
            given = given_ports(namespace)[sockets.local_port]
            mask |= holders & (sockets.netns == inode) & given
    return mask
