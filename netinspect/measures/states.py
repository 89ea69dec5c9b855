"""How many TCP sockets are in which state, per group."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from netinspect.model import Proto, SocketTable, TcpState, Timer, state_name

_WIDTH = 256  # any state number a dump may hold


class StateCounts:
    """Sockets by group and state."""

    def __init__(self, counts: NDArray[np.int64]) -> None:
        self._counts = counts

    def of(self, group: int, state: TcpState) -> int:
        """Return how many sockets of a group are in a state."""
        return int(self._counts[group, state])

    def total(self, group: int) -> int:
        """Return how many sockets a group has."""
        return int(self._counts[group].sum())

    def by_name(self, group: int) -> dict[str, int]:
        """Return the states that occur in a group."""
        row = self._counts[group]
        return {state_name(state): int(row[state]) for state in np.flatnonzero(row).tolist()}


def count_states(group: NDArray[np.int64], state: NDArray[Any], groups: int) -> StateCounts:
    """Count the states of rows by group. group: one number below `groups` per row."""
    packed = np.bincount(group * _WIDTH + state, minlength=groups * _WIDTH)
    return StateCounts(packed.reshape(groups, _WIDTH))


def is_tcp(sockets: SocketTable) -> NDArray[np.bool_]:
    """Tell which rows are TCP."""
    mask: NDArray[np.bool_] = sockets.proto == Proto.TCP
    return mask


def is_connection(sockets: SocketTable) -> NDArray[np.bool_]:
    """Tell which rows are TCP and have a peer: neither LISTEN nor BOUND nor closed."""
    idle = (TcpState.LISTEN, TcpState.BOUND, TcpState.CLOSE)
    return is_tcp(sockets) & ~np.isin(sockets.state, idle)


def is_service(sockets: SocketTable) -> NDArray[np.bool_]:
    """Tell which rows serve a port: TCP that listens, and UDP that is bound and takes from all."""
    tcp = is_tcp(sockets) & (sockets.state == TcpState.LISTEN)
    udp = (sockets.proto == Proto.UDP) & (sockets.remote_port == 0) & (sockets.local_port != 0)
    mask: NDArray[np.bool_] = tcp | udp
    return mask


def is_timewait_sock(sockets: SocketTable) -> NDArray[np.bool_]:
    """Tell which rows are what the kernel keeps after the socket is gone.

    TIME_WAIT, and FIN_WAIT2 of an orphan; they have a cookie of their own, so they look new.
    """
    timewait: NDArray[np.bool_] = (sockets.state == TcpState.TIME_WAIT) | (
        (sockets.state == TcpState.FIN_WAIT2) & (sockets.timer == Timer.TIME_WAIT)
    )
    return timewait


def is_loopback(high: NDArray[np.uint64], low: NDArray[np.uint64]) -> NDArray[np.bool_]:
    """Tell which addresses are loopback: 127.0.0.0/8 or ::1.

    high, low: the halves as SocketTable holds them.
    """
    v4 = (high == 0) & ((low >> np.uint64(24)) == np.uint64(0xFFFF7F))
    mask: NDArray[np.bool_] = v4 | ((high == 0) & (low == np.uint64(1)))
    return mask
