"""Connection attempts from here that nobody has answered, those that came and went included."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from netinspect.measures.ends import have_same_ends
from netinspect.measures.states import is_tcp
from netinspect.model import SocketTable, TcpState, Window

_FIRST_TIMEOUT = 1000
"""Milliseconds after which a SYN is sent again: TCP_TIMEOUT_INIT of include/net/tcp.h, RFC 6298."""


@dataclass(frozen=True, slots=True)
class Attempts:
    """Attempts that were in SYN_SENT since the Sample before and were not answered, one row each.

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
    """Find the attempts that wait now, and those that only pulses saw."""
    now, pulses = window.now.sockets, window.now.pulses.sockets
    waiting = np.flatnonzero(_connects(now))
    looks = SocketTable.join([pulses.take(_connects(pulses)), now.take(waiting)])
    keys, of_look = np.unique(looks.key, return_inverse=True)
    last, retrans, waited = np.zeros((3, len(keys)), np.int64)
    np.maximum.at(last, of_look, np.arange(len(looks)))
    np.maximum.at(retrans, of_look, np.maximum(looks.retrans, 0))
    np.maximum.at(waited, of_look, _measure_wait(looks))
    row = np.full(len(keys), -1, np.int64)
    row[of_look[len(looks) - len(waiting) :]] = waiting
    sockets = looks.take(last)
    open_still = (row >= 0) | ~have_same_ends(sockets, now)
    kept = np.flatnonzero(open_still)
    return Attempts(sockets.take(kept), row[kept], retrans[kept], waited[kept])


def _connects(sockets: SocketTable) -> NDArray[np.bool_]:
    mask: NDArray[np.bool_] = is_tcp(sockets) & (sockets.state == TcpState.SYN_SENT)
    return mask


def _measure_wait(sockets: SocketTable) -> NDArray[np.int64]:
    retrans = np.maximum(sockets.retrans, 0).astype(np.int64)
    first = np.where(sockets.expires >= 0, _FIRST_TIMEOUT - sockets.expires, 0)
    return np.where(retrans > 0, retrans * _FIRST_TIMEOUT, np.maximum(first, 0))
