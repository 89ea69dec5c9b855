"""Local ports that connections to one destination use up, and how many are left.

A port is free or taken per (source address, destination address, destination port). Automatic
assignment by connect() also passes over every port that a bind() holds, on whatever local address,
and the reserved ones (ip(7), `__inet_hash_connect()`, ip-sysctl: ip_local_reserved_ports).
Sockets that did bind() to port 0 and then connect look like others: what is left is an upper bound.

connect() first tries the ports of the parity of the range's first port, then the others; bind() to
port 0 does it the other way round (`__inet_hash_connect()`, `inet_csk_find_open_port()`).
With tcp_tw_reuse connect() takes the port of a TIME_WAIT that is old enough (ip-sysctl).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from netinspect.measures.grouping import Groups, group_rows
from netinspect.measures.remembered import per_sample
from netinspect.measures.states import is_connection, is_loopback, is_tcp
from netinspect.model import Namespace, Sample, SocketTable, TcpState

TIME_WAIT_MS = 60_000
"""How long a TIME_WAIT lasts: TCP_TIMEWAIT_LEN, compiled in."""

_PORTS = 1 << 16
_REUSE_DELAY_MS = 1000  # before there was tcp_tw_reuse_delay


class PortBudget(NamedTuple):
    """The ephemeral ports of one network namespace."""

    first: int
    last: int  # included
    reserved: int  # of the range
    held_elsewhere: int  # of the range and not reserved: a LISTEN or BOUND socket has them
    usable: int
    first_half: int  # of the usable: those that connect() tries first


@dataclass(frozen=True, slots=True)
class Destinations:
    """Outgoing TCP connections by (netns, source, destination, port).

    rows: rows of SocketTable; groups: their tuples. used, time_wait, reusable: distinct local
    ports per tuple, those of them that only TIME_WAIT holds, and those of these that connect() may
    take again. first_half: of the ports that it may not take, those that it tries first.
    """

    rows: NDArray[np.int64]
    groups: Groups
    used: NDArray[np.int64]
    time_wait: NDArray[np.int64]
    reusable: NDArray[np.int64]
    first_half: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.groups)

    @property
    def first_rows(self) -> NDArray[np.int64]:
        """Return one row of SocketTable per tuple."""
        return self.rows[self.groups.first]


@per_sample
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
    taken = np.bincount(of_row[~(waiting & _may_reuse(sample, rows))], minlength=len(ports)) > 0
    group = ports // _PORTS
    first = (ports & 1) == _first_parity(sample, rows[groups.first])[group]

    def count(mask: NDArray[np.bool_] | slice) -> NDArray[np.int64]:
        return np.bincount(group[mask], minlength=len(groups))

    return Destinations(
        rows, groups, count(slice(None)), count(~alive), count(~taken), count(taken & first)
    )


def budget_ports(sample: Sample, netns: int) -> PortBudget | None:
    """Count the ports a namespace can assign; None where its range is not known."""
    namespace = sample.namespace(netns)
    ports = None if namespace is None else namespace.port_range
    if namespace is None or ports is None:
        return None
    first, last = ports
    given = given_ports(namespace)
    held = given & _bound(sample.sockets, netns)
    usable = given & ~held
    reserved = last - first + 1 - int(np.count_nonzero(given))
    counts = [int(np.count_nonzero(mask)) for mask in (held, usable, usable[first % 2 :: 2])]
    return PortBudget(first, last, reserved, *counts)


def given_ports(namespace: Namespace) -> NDArray[np.bool_]:
    """Tell for each port whether connect() and bind() to port 0 may take it.

    None of them where the range is not known.
    """
    first, last = namespace.port_range or (0, -1)
    given = np.zeros(_PORTS, np.bool_)
    given[first : last + 1] = True
    given[[port for port in namespace.reserved_ports if port < _PORTS]] = False
    return given


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


def _may_reuse(sample: Sample, rows: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Tell of TIME_WAIT rows whether connect() may take over their port.

    tcp_tw_reuse: 1 = when older than the delay, 2 = only where one end is a loopback address; both
    need timestamps. Source: tcp_twsk_unique().
    """
    sockets = sample.sockets
    allowed = np.zeros(len(rows), np.bool_)
    local = is_loopback(sockets.local_hi[rows], sockets.local_lo[rows]) | is_loopback(
        sockets.remote_hi[rows], sockets.remote_lo[rows]
    )
    for netns in np.unique(sockets.netns[rows]).tolist():
        namespace = sample.namespace(netns)
        mode = namespace.sysctl_int("net.ipv4.tcp_tw_reuse") if namespace else None
        if namespace is None or mode not in (1, 2):
            continue
        if namespace.sysctl_int("net.ipv4.tcp_timestamps") == 0:
            continue
        delay = namespace.sysctl_int("net.ipv4.tcp_tw_reuse_delay")
        left = TIME_WAIT_MS - (_REUSE_DELAY_MS if delay is None else delay)
        expires = sockets.expires[rows]
        old = (expires >= 0) & (expires < left) & (sockets.netns[rows] == netns)
        allowed |= old & (local | (mode == 1))
    return allowed


def _first_parity(sample: Sample, rows: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return per row the parity of the ports that connect() tries first; -1 where not known."""
    netns = sample.sockets.netns[rows]
    parity = np.full(len(rows), -1, np.int64)
    for inode in np.unique(netns).tolist():
        namespace = sample.namespace(inode)
        ports = namespace.port_range if namespace else None
        if ports is not None:
            parity[netns == inode] = ports[0] & 1
    return parity


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
