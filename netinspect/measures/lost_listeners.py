"""Ports that had a listener and have none now, though connections of it may be left."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from netinspect.measures.facts import Facts
from netinspect.measures.grouping import group_rows
from netinspect.measures.states import is_connection
from netinspect.model import Process, Proto, SocketTable, TcpState


class LostListener(NamedTuple):
    """A port nobody listens on any more.

    process: who did, when the Sample before still showed it. certain: it did; otherwise it is
    concluded from connections that share the port.
    """

    netns: int
    port: int
    process: Process | None
    certain: bool


def find_lost_listeners(facts: Facts) -> Iterator[LostListener]:
    """Find the ports that lost their last listener; those seen listening before come first."""
    listening = _listening(facts.sockets)
    seen = set()
    if facts.before is not None:
        for end, pid in _listening(facts.before.sockets).items():
            if end not in listening:
                seen.add(end)
                yield LostListener(*end, facts.before.processes.get(pid), True)
    for end in _left_alone(facts):
        if end not in listening and end not in seen:
            yield LostListener(*end, None, False)


def _listening(sockets: SocketTable) -> dict[tuple[int, int], int]:
    """Return the pid of a holder, by namespace and port."""
    rows = np.flatnonzero((sockets.state == TcpState.LISTEN) & (sockets.proto == Proto.TCP))
    ends = zip(sockets.netns[rows].tolist(), sockets.local_port[rows].tolist(), strict=True)
    return dict(zip(ends, sockets.pid[rows].tolist(), strict=True))


def _left_alone(facts: Facts) -> list[tuple[int, int]]:
    """Find ports outside the ephemeral range with connections to several remote ends.

    Outgoing connections have such a port only when their program chose it, and then they most often
    go to one port of the other side.
    """
    sockets = facts.sockets
    rows = np.flatnonzero(is_connection(sockets) & (sockets.state != TcpState.SYN_SENT))
    rows = rows[_fixed(facts, rows)]
    groups = group_rows(sockets.netns[rows], sockets.local_port[rows])
    remote = sockets.remote_port[rows]
    several = np.zeros(len(groups), np.bool_)
    several[groups.of_row[remote != remote[groups.first][groups.of_row]]] = True
    first = rows[groups.first[several]]
    ends = zip(sockets.netns[first].tolist(), sockets.local_port[first].tolist(), strict=True)
    return list(ends)


def _fixed(facts: Facts, rows: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Tell which sockets have a local port that is never given out, as far as that is known."""
    netns, port = facts.sockets.netns[rows], facts.sockets.local_port[rows]
    fixed = np.zeros(len(rows), np.bool_)
    for inode in np.unique(netns).tolist():
        namespace = facts.now.namespace(inode)
        if namespace is not None and namespace.port_range is not None:
            first, last = namespace.port_range
            fixed |= (netns == inode) & ((port < first) | (port > last))
    return fixed
