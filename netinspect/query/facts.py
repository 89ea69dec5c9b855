"""What terms are compared with: columns of the sockets, and properties of who holds them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from netinspect.model import UNKNOWN, OwnerReason, Process, Proto, Sample, TcpState, Window
from netinspect.timing import measure_idle, measure_rate, measure_rtt

Mask = NDArray[np.bool_]


def read_column(field: str, window: Window) -> tuple[NDArray[Any], Mask | None]:
    """Return the numbers of a field for every socket, and which are known; None = all."""
    special = _SPECIAL.get(field)
    sockets = window.now.sockets
    column = special(window) if special else getattr(sockets, field)
    if field in _ZERO_IS_UNKNOWN:
        return column, column != 0
    if field in _OF_INET:
        return column, sockets.proto != Proto.UNIX
    if column.dtype.kind == "f":
        return column, ~np.isnan(column)
    return column, None if column.dtype.kind == "u" else column != UNKNOWN


def process_value(field: str, process: Process) -> int | str | None:
    """Return what a process has in a field."""
    if field == "process":
        return process.name
    if field == "cmdline":
        return None if process.cmdline is None else " ".join(process.cmdline)
    value: int | str | None = getattr(process, field)
    return value


def user_names(sample: Sample) -> dict[int, str]:
    """Return the names of users by uid, as far as processes show them."""
    named = ((process.uid, process.user) for process in sample.processes.values())
    return {uid: user for uid, user in named if uid is not None and user is not None}


def has_ephemeral_port(sample: Sample) -> Mask:
    """Tell for each socket whether its local port is in the range of its namespace."""
    sockets = sample.sockets
    mask = np.zeros(len(sockets), np.bool_)
    for inode in np.unique(sockets.netns).tolist():
        space = sample.namespace(inode)
        if space is not None and space.port_range is not None:
            first, last = space.port_range
            there = (sockets.local_port >= first) & (sockets.local_port <= last)
            mask |= there & (sockets.netns == inode)
    mask &= sockets.proto != Proto.UNIX
    return mask


def _backlog(window: Window) -> NDArray[Any]:
    sockets = window.now.sockets
    listens = (sockets.proto == Proto.TCP) & (sockets.state == TcpState.LISTEN)
    return np.where(listens, sockets.send_q, UNKNOWN)


def _owners(window: Window) -> NDArray[Any]:
    sockets = window.now.sockets
    counted = np.where(sockets.owner_start >= 0, sockets.owner_count, 0)
    return np.where(sockets.owner_reason == OwnerReason.HIDDEN, UNKNOWN, counted)


def _owner_reason(window: Window) -> NDArray[Any]:
    reason = window.now.sockets.owner_reason.astype(np.int64)
    return np.where(reason == OwnerReason.OWNED, UNKNOWN, reason)


_SPECIAL: Mapping[str, Callable[[Window], NDArray[Any]]] = {
    "lport": lambda window: window.now.sockets.local_port,
    "rport": lambda window: window.now.sockets.remote_port,
    "idle": lambda window: measure_idle(window.now.sockets),
    "rtt": lambda window: measure_rtt(window.now.sockets),
    "backlog": _backlog,
    "owners": _owners,
    "owner_reason": _owner_reason,
    "send_rate": lambda window: measure_rate(window, "bytes_acked"),
    "recv_rate": lambda window: measure_rate(window, "bytes_received"),
}
_ZERO_IS_UNKNOWN = ("netns", "cookie")
_OF_INET = ("lport", "rport")
