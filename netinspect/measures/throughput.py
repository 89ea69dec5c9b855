"""Bytes per second of each TCP socket, from the counters of two Samples."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from netinspect.measures.remembered import per_window
from netinspect.model import UNKNOWN, SocketTable, Window


class Throughput(NamedTuple):
    """Bytes per second for each socket of a Window; NaN = not known."""

    send: NDArray[np.float64]
    recv: NDArray[np.float64]


@per_window
def measure_throughput(window: Window) -> Throughput:
    """Compare `bytes_acked` and `bytes_received` (struct tcp_info) of two Samples.

    A socket that is new has sent and received all it counts since the Sample before.
    """
    return Throughput(_rate(window, "bytes_acked"), _rate(window, "bytes_received"))


def _rate(window: Window, column: str) -> NDArray[np.float64]:
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
