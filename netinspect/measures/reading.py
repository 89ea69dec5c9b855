"""Which connections hold data that their program leaves unread."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from netinspect.model import UNKNOWN, TcpState, Window


def find_untouched(window: Window) -> NDArray[np.bool_]:
    """Tell which ESTABLISHED sockets hold data of which nothing was read since the Sample before.

    What was read so far is what came minus what is still there; without tcp_info the data must not
    have become less. Nothing is untouched in a first Sample.
    """
    sockets = window.now.sockets
    result = np.zeros(len(sockets), np.bool_)
    if window.before is None:
        return result
    unread = (sockets.recv_q > 0) & (sockets.state == TcpState.ESTABLISHED)
    rows = np.flatnonzero(unread & (window.before_row >= 0))
    earlier, old = window.before.sockets, window.before_row[rows]
    queue, queue_before = sockets.recv_q[rows], earlier.recv_q[old]
    came, came_before = sockets.bytes_received[rows], earlier.bytes_received[old]
    counted = (came != UNKNOWN) & (came_before != UNKNOWN)
    idle = np.where(counted, came - queue == came_before - queue_before, queue >= queue_before)
    result[rows] = idle & (queue_before > 0)
    return result
