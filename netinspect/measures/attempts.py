"""Connection attempts from here that nobody has answered."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from netinspect.measures.states import is_tcp
from netinspect.model import SocketTable, TcpState, Window

_FIRST_TIMEOUT = 1000
"""Milliseconds after which a SYN is sent again: TCP_TIMEOUT_INIT of include/net/tcp.h, RFC 6298."""


@dataclass(frozen=True, slots=True)
class Attempts:
    """Unanswered attempts, one row each.

    sockets: n rows, as each was seen last. row: the row in the Window's table, -1 where it is gone.
    retrans: how often its SYN was sent again. waited: milliseconds without an answer, at the least.
    """

    sockets: SocketTable
    row: NDArray[np.int64]
    retrans: NDArray[np.int64]
    waited: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.row)


def find_attempts(window: Window) -> Attempts:
    """Find the attempts that wait for an answer now."""
    sockets = window.now.sockets
    row = np.flatnonzero(is_tcp(sockets) & (sockets.state == TcpState.SYN_SENT))
    waiting = sockets.take(row)
    return Attempts(waiting, row, waiting.retrans.astype(np.int64), _measure_wait(waiting))


def _measure_wait(sockets: SocketTable) -> NDArray[np.int64]:
    retrans = np.maximum(sockets.retrans, 0).astype(np.int64)
    first = np.where(sockets.expires >= 0, _FIRST_TIMEOUT - sockets.expires, 0)
    return np.where(retrans > 0, retrans * _FIRST_TIMEOUT, np.maximum(first, 0))
