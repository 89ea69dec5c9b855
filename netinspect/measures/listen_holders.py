"""Which processes hold each listener: several where a fork or an exec handed it on."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from netinspect.holders import find_holdings
from netinspect.measures.states import is_tcp
from netinspect.model import OwnerTable, Process, Sample, SocketTable, TcpState

_DELETED = " (deleted)"


@dataclass(frozen=True, slots=True)
class HeldListener:
    """A listener and its holders, the one that was started first in front.

    row: of SocketTable. fds: for each process the lowest descriptor it has it under.
    """

    row: int
    processes: tuple[Process, ...]
    fds: tuple[int, ...]


def find_held_listeners(sample: Sample) -> tuple[HeldListener, ...]:
    """Find the listeners of which every holder is known."""
    sockets = sample.sockets
    rows = np.flatnonzero(is_tcp(sockets) & (sockets.state == TcpState.LISTEN))
    found = (_find_holders(sample, int(row)) for row in rows[sockets.owner_count[rows] > 0])
    return tuple(listener for listener in found if listener is not None)


def _find_holders(sample: Sample, row: int) -> HeldListener | None:
    fds = _fd_by_pid(sample.sockets, sample.owners, row)
    processes = [sample.processes.get(pid) for pid in fds]
    known = sorted((p for p in processes if p is not None), key=lambda p: (p.start_time, p.pid))
    if len(known) < len(fds):
        return None
    return HeldListener(row, tuple(known), tuple(fds[process.pid] for process in known))


def _fd_by_pid(sockets: SocketTable, owners: OwnerTable, row: int) -> dict[int, int]:
    holdings = find_holdings(sockets, np.array([row])).owner
    fds: dict[int, int] = {}
    for pid, fd in zip(owners.pid[holdings].tolist(), owners.fd[holdings].tolist(), strict=True):
        fds.setdefault(pid, fd)
    return fds


def program(process: Process) -> str | None:
    """Name the program a process runs; None where that may not be seen."""
    return process.exe.removesuffix(_DELETED).rpartition("/")[2] if process.exe else None


def is_deleted(process: Process) -> bool:
    """Tell whether the file a process was started from is gone; /memfd: never was one."""
    exe = process.exe or ""
    return exe.endswith(_DELETED) and not exe.startswith("/memfd:")
