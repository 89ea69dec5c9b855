"""Idle time, round-trip time and rates of TCP sockets, where struct tcp_info means them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from netinspect.model import UNKNOWN, SocketTable, TcpState, Window

_EXCHANGED_DATA = (
    TcpState.ESTABLISHED,
    TcpState.CLOSE_WAIT,
    TcpState.FIN_WAIT1,
    TcpState.FIN_WAIT2,
    TcpState.CLOSING,
    TcpState.LAST_ACK,
)
"""In other states `tcpi_last_data_sent` counts from boot, not from anything sent."""


def measure_idle(sockets: SocketTable) -> NDArray[np.int64]:
    """Return milliseconds since data was last sent or received; UNKNOWN where that is not told.

    On a connection that never carried data it is the connection's age.
    """
    sent, received = sockets.last_data_sent, sockets.last_data_recv
    known = (sent >= 0) & (received >= 0)
    idle = np.where(known, np.minimum(sent, received), np.maximum(sent, received))
    return np.where(np.isin(sockets.state, _EXCHANGED_DATA), idle, UNKNOWN)


def measure_rtt(sockets: SocketTable) -> NDArray[np.int64]:
    """Return the smoothed round-trip time in microseconds; UNKNOWN before the first measurement."""
    return np.where(sockets.rtt > 0, sockets.rtt, UNKNOWN)


def measure_rate(window: Window, column: str) -> NDArray[np.float64]:
    """Return by how much a counter of the sockets grew per second; NaN = not known.

    A socket that is new has counted all since the Sample before.
    """
    elapsed, before = window.elapsed, window.before
    now = _counter(window.now.sockets, column)
    if elapsed is None or before is None:
        return np.full(len(now), np.nan)
    earlier = np.zeros(len(now))
    known = window.before_row >= 0
    earlier[known] = _counter(before.sockets, column)[window.before_row[known]]
    grown = now - earlier
    return np.where(grown >= 0, grown / elapsed, np.nan)


def _counter(sockets: SocketTable, column: str) -> NDArray[np.float64]:
    values: NDArray[np.int64] = getattr(sockets, column)
    return np.where(values == UNKNOWN, np.nan, values)
