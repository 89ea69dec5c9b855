"""How many sockets each process holds, in which states, and what they carry."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from netinspect.holders import find_holdings
from netinspect.measures.remembered import per_window
from netinspect.measures.states import StateCounts, count_states, is_connection, is_tcp
from netinspect.measures.throughput import measure_throughput
from netinspect.model import OwnerReason, Process, Proto, SocketTable, Window


@dataclass(frozen=True, slots=True)
class ProcessSockets:
    """Counts per process, in the order of `shown_processes`; rates in bytes/s, NaN = not known."""

    states: StateCounts
    udp: NDArray[np.int64]
    others: NDArray[np.int64]
    send: NDArray[np.float64]
    recv: NDArray[np.float64]
    some_unattributed: bool

    def sockets(self, index: int) -> int:
        """Return how many of the selected sockets a process holds."""
        return self.states.total(index) + int(self.udp[index]) + int(self.others[index])

    def hidden(self, process: Process) -> bool:
        """Tell whether the process may hold sockets that we may not see."""
        return self.some_unattributed and process.fd_kinds is None


def shown_processes(window: Window) -> list[Process]:
    """Return the processes that pass the filter, kernel threads left out."""
    pids = window.selected_pids
    return [
        process
        for process in window.now.processes.values()
        if (pids is None or process.pid in pids) and not process.is_kernel_thread
    ]


@per_window
def count_process_sockets(window: Window) -> ProcessSockets:
    """Count the selected sockets of each process; each holder counts a shared socket once."""
    sockets = window.now.sockets
    pids = [process.pid for process in shown_processes(window)]
    socket, index = pair_holders(window, pids)
    tcp, udp = is_tcp(sockets)[socket], sockets.proto[socket] == Proto.UDP
    carries = is_connection(sockets)[socket]
    rates = measure_throughput(window)
    size = len(pids)
    return ProcessSockets(
        count_states(index[tcp], sockets.state[socket[tcp]], size),
        np.bincount(index[udp], minlength=size),
        np.bincount(index[~tcp & ~udp], minlength=size),
        _sum_known(index[carries], rates.send[socket[carries]], size),
        _sum_known(index[carries], rates.recv[socket[carries]], size),
        some_unattributed(sockets),
    )


def some_unattributed(sockets: SocketTable) -> bool:
    """Tell whether there are sockets that somebody may hold whom we do not see."""
    return bool(np.isin(sockets.owner_reason, (OwnerReason.HIDDEN, OwnerReason.ELSEWHERE)).any())


def pair_holders(
    window: Window, pids: Sequence[int]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Pair selected sockets with positions in `pids`, each pair once however many descriptors."""
    rows = np.flatnonzero(window.selected)
    socket, owner = find_holdings(window.now.sockets, rows)
    held_by = window.now.owners.pid[owner]
    order = np.argsort(pids)
    known = np.array(pids, np.int64)[order]
    place = np.searchsorted(known, held_by)
    index = np.append(order, -1)[place]
    ours = (index >= 0) & (np.append(known, -1)[place] == held_by)
    # Descriptors of one socket and process are neighbours: the OwnerTable is sorted so.
    ours[1:] &= (socket[1:] != socket[:-1]) | (held_by[1:] != held_by[:-1])
    return socket[ours], index[ours]


def _sum_known(
    index: NDArray[np.int64], rates: NDArray[np.float64], size: int
) -> NDArray[np.float64]:
    """Add up per process; NaN where one rate is not known or there is nothing to add."""
    total = np.bincount(index, weights=rates, minlength=size)
    return np.where(np.bincount(index, minlength=size) > 0, total, np.nan)
