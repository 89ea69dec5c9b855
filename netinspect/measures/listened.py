"""Ports that listened: remembered from Sample to Sample, to notice who has one of them now."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from netinspect.measures.states import is_connection, is_tcp
from netinspect.model import Process, Sample, SocketTable, TcpState

_FORGET = 3600.0
_PORTS = 1 << 16


class PortKey(NamedTuple):
    """A TCP port of one network namespace."""

    netns: int
    port: int


class Listened(NamedTuple):
    """What was seen of a port while it listened.

    samples: in how many Samples. last: seconds of the host's clock. process: who held it, where
    that is known. connections: keys of the connections on the port when it was last seen: none of
    them can be one that was given the port.
    """

    samples: int
    last: float
    process: Process | None
    connections: NDArray[np.uint64]


Memory = Mapping[PortKey, Listened]


def remember_listeners(memory: Memory, sample: Sample) -> Memory:
    """Add what a Sample shows; forget what has not listened for an hour."""
    sockets = sample.sockets
    kept = {k: one for k, one in memory.items() if sample.monotonic - one.last < _FORGET}
    connections = _Connections(sockets)
    for key, row in listening_ports(sockets).items():
        before = kept.get(key)
        kept[key] = Listened(
            before.samples + 1 if before else 1,
            sample.monotonic,
            sample.processes.get(int(sockets.pid[row])),
            connections.keys_on(key),
        )
    return kept


def listening_ports(sockets: SocketTable) -> dict[PortKey, int]:
    """Return one row of SocketTable for each port that listens."""
    rows = np.flatnonzero(is_tcp(sockets) & (sockets.state == TcpState.LISTEN))
    ends = zip(sockets.netns[rows].tolist(), sockets.local_port[rows].tolist(), strict=True)
    return {PortKey(*end): row for end, row in zip(ends, rows.tolist(), strict=True)}


class _Connections:
    """Keys of connections by their local port, sorted once."""

    def __init__(self, sockets: SocketTable) -> None:
        rows = np.flatnonzero(is_connection(sockets))
        self._rows = rows[np.argsort(sockets.local_port[rows], kind="stable")]
        self._ports = sockets.local_port[self._rows]
        self._sockets = sockets

    def keys_on(self, key: PortKey) -> NDArray[np.uint64]:
        first, last = np.searchsorted(self._ports, (key.port, key.port + 1))
        rows = self._rows[first:last]
        keys: NDArray[np.uint64] = self._sockets.key[rows[self._sockets.netns[rows] == key.netns]]
        return keys
