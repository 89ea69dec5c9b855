"""What became of the connections that came in through each listener."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from netinspect.measures.children import Children
from netinspect.model import SocketTable, TcpState


@dataclass(frozen=True, slots=True)
class Incoming:
    """Incoming connections by what became of them, and their number per listener.

    The masks and `listener` go with `rows`; the counts with `Children.listeners`. Connections that
    cannot be given to one listener are left out.
    """

    rows: NDArray[np.int64]  # of SocketTable
    listener: NDArray[np.int64]  # position in Children.listeners
    accepted: NDArray[np.bool_]  # ESTABLISHED, and a descriptor has it
    half_open: NDArray[np.bool_]  # SYN_RECV: the handshake is not complete
    listeners: int

    def count(self, which: NDArray[np.bool_]) -> NDArray[np.int64]:
        """Count the connections in a mask per listener."""
        return np.bincount(self.listener[which], minlength=self.listeners)

    def of(self, listener: int, which: NDArray[np.bool_]) -> NDArray[np.int64]:
        """Return the SocketTable rows of one listener's connections in a mask."""
        rows: NDArray[np.int64] = self.rows[(self.listener == listener) & which]
        return rows


def sort_incoming(sockets: SocketTable, children: Children) -> Incoming:
    """Tell what became of each incoming connection."""
    known = children.listener >= 0
    rows, listener = children.rows[known], children.listener[known]
    state = sockets.state[rows]
    return Incoming(
        rows,
        listener,
        (state == TcpState.ESTABLISHED) & (sockets.inode[rows] > 0),
        np.isin(state, (TcpState.SYN_RECV, TcpState.NEW_SYN_RECV)),
        len(children.listeners),
    )
