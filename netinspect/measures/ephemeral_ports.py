"""Local ports that connections to one destination use up, and how many are left.

A port is free or taken per (source address, destination address, destination port). Automatic
assignment by connect() also passes over every port that a bind() holds, on whatever local address,
and the reserved ones (ip(7), `__inet_hash_connect()`, ip-sysctl: ip_local_reserved_ports).
Sockets that did bind() to port 0 and then connect look like others: what is left is an upper bound.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from netinspect.measures.grouping import Groups, group_rows
from netinspect.measures.states import is_connection, is_tcp
from netinspect.model import Namespace, Sample, SocketTable, TcpState

_PORTS = 1 << 16


class PortBudget(NamedTuple):
    """The ephemeral ports of one network namespace."""

    first: int
    last: int  # included
    reserved: int  # of the range
    held_elsewhere: int  # of the range and not reserved: a LISTEN or BOUND socket has them
    usable: int


@dataclass(frozen=True, slots=True)
class Destinations:
    """Outgoing TCP connections by (netns, source, destination, port).

    rows: rows of SocketTable; groups: their tuples. used, time_wait: distinct local ports per
    tuple, and those of them that only TIME_WAIT holds.
    """

    rows: NDArray[np.int64]
    groups: Groups
    used: NDArray[np.int64]
    time_wait: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.groups)

    @property
    def first_rows(self) -> NDArray[np.int64]:
        """Return one row of SocketTable per tuple."""
        return self.rows[self.groups.first]


def find_destinations(sample: Sample) -> Destinations:
    """Find the tuples of all outgoing connections and count their ports.

    Outgoing: the local port is in the ephemeral range and nobody listens on it.
    """
    sockets = sample.sockets
    rows = np.flatnonzero(_is_outgoing(sample))
    groups = group_rows(
        sockets.netns[rows],
        sockets.local_hi[rows],
        sockets.local_lo[rows],
        sockets.remote_hi[rows],
        sockets.remote_lo[rows],
        sockets.remote_port[rows],
    )
    packed = groups.of_row * _PORTS + sockets.local_port[rows]
    ports, of_row = np.unique(packed, return_inverse=True)
    waiting = sockets.state[rows] == TcpState.TIME_WAIT
    alive = np.bincount(of_row[~waiting], minlength=len(ports)) > 0
    group = ports // _PORTS
    used = np.bincount(group, minlength=len(groups))
    time_wait = np.bincount(group[~alive], minlength=len(groups))
    return Destinations(rows, groups, used, time_wait)


def budget_ports(sample: Sample, netns: int) -> PortBudget | None:
    """Count the ports a namespace can assign; None where its range is not known."""
    namespace = sample.namespace(netns)
    ports = None if namespace is None else namespace.port_range
    if namespace is None or ports is None:
        return None
    first, last = ports
    in_range = np.zeros(_PORTS, np.bool_)
    in_range[first : last + 1] = True
    reserved = in_range & _reserved(namespace)
    held = in_range & ~reserved & _bound(sample.sockets, netns)
    counts = [int(np.count_nonzero(mask)) for mask in (in_range, reserved, held)]
    return PortBudget(first, last, counts[1], counts[2], counts[0] - counts[1] - counts[2])


def _is_outgoing(sample: Sample) -> NDArray[np.bool_]:
    sockets = sample.sockets
    outgoing = np.zeros(len(sockets), np.bool_)
    connected = is_connection(sockets)
    for netns in np.unique(sockets.netns[connected]).tolist():
        namespace = sample.namespace(netns)
        first, last = (namespace and namespace.port_range) or (1, _PORTS - 1)
        candidate = np.zeros(_PORTS, np.bool_)
        candidate[first : last + 1] = True
        candidate &= ~_bound(sockets, netns, (TcpState.LISTEN,))
        outgoing |= candidate[sockets.local_port] & (sockets.netns == netns)
    return outgoing & connected


def _reserved(namespace: Namespace) -> NDArray[np.bool_]:
    mask = np.zeros(_PORTS, np.bool_)
    mask[[port for port in namespace.reserved_ports if port < _PORTS]] = True
    return mask


def _bound(
    sockets: SocketTable,
    netns: int,
    states: tuple[TcpState, ...] = (TcpState.LISTEN, TcpState.BOUND),
) -> NDArray[np.bool_]:
    """Tell for each port whether a TCP socket in one of these states has it."""
    holders = is_tcp(sockets) & np.isin(sockets.state, states) & (sockets.netns == netns)
    mask = np.zeros(_PORTS, np.bool_)
    mask[sockets.local_port[holders]] = True
    return mask
