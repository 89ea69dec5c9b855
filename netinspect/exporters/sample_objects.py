"""A Sample as JSON: what `snapshot_json` writes of the one shown and of the one before it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

import numpy as np
from numpy.typing import NDArray

from netinspect.exporters.json_values import json_array, time_text, to_json
from netinspect.measures.socket_values import SocketValues
from netinspect.model import COLUMNS, Namespace, Sample, SocketTable, Value, Window

_NAMES = (
    *("proto", "family", "state", "local_addr", "local_port", "remote_addr", "remote_port"),
    *("path", "owners", "owner_reason", "sk_backlog", "key"),
)
_DERIVED = (
    *("pid", "process", "user", "unit", "container"),
    *("backlog", "idle", "send_rate", "recv_rate"),
)
_NOT_COLUMNS = ("local_hi", "local_lo", "remote_hi", "remote_lo", "owner_start", "owner_count")
_KERNELS = tuple(
    name for name in COLUMNS if name not in _NAMES and name not in (*_DERIVED, *_NOT_COLUMNS)
)

SOCKET_FIELDS = (*_NAMES, *_DERIVED, *_KERNELS)
"""What is told of each socket, in order."""
_CHUNK = 4096


def sample_object(sample: Sample, pids: frozenset[int] | None) -> dict[str, Any]:
    """Describe a Sample but for its sockets. pids: only these processes; None = all."""
    return {
        "origin": sample.origin,
        "cost": asdict(sample.cost),
        "self_pids": sorted(sample.self_pids),
        "processes": [
            asdict(process)
            for process in sample.processes.values()
            if pids is None or process.pid in pids
        ],
        "namespaces": [_namespace_object(namespace) for namespace in sample.namespaces],
        "limits": asdict(sample.limits),
        "counters": [
            {"netns": namespace.inode or None, **namespace.counters}
            for namespace in sample.namespaces
        ],
    }


def _namespace_object(namespace: Namespace) -> dict[str, Any]:
    return {
        "inode": namespace.inode or None,
        "sockstat": dict(namespace.sockstat),
        "sysctls": dict(namespace.sysctls),
        "conntrack": dict(namespace.conntrack),
    }


def socket_columns(window: Window) -> Iterator[str]:
    """Write every column of the selected sockets, those of the kernel under their own names."""
    rows = np.flatnonzero(window.selected)
    values = SocketValues(window)
    return _columns(values, rows, SOCKET_FIELDS)


def socket_rows(window: Window) -> Iterator[list[list[Value]]]:
    """Yield the selected sockets: for some rows the columns of SOCKET_FIELDS, then the next."""
    rows, values = np.flatnonzero(window.selected), SocketValues(window)
    for start in range(0, len(rows), _CHUNK):
        some = rows[start : start + _CHUNK]
        yield [_read(values, name, some) for name in SOCKET_FIELDS]


def before_pieces(window: Window) -> Iterator[str]:
    """Write the Sample before, without what is not known of any socket; null without one."""
    sample = window.before
    if sample is None:
        yield "null"
        return
    head = {
        "taken_at": time_text(sample.taken_at),
        "monotonic": sample.monotonic,
        **sample_object(sample, None if window.selected_pids is None else _pids(window, sample)),
    }
    yield to_json(head)[:-1] + ',\n"sockets":{"columns":{'
    known = [name for name in (*_NAMES, *_KERNELS) if not _is_unknown(sample.sockets, name)]
    everything = np.ones(len(sample.sockets), np.bool_)
    alone = Window(sample, None, np.full(len(everything), -1, np.int64), everything, None)
    yield from _columns(SocketValues(alone), _rows_before(window, sample), known)
    yield "\n}}}"


def _columns(
    values: SocketValues, rows: NDArray[np.int64], names: tuple[str, ...] | list[str]
) -> Iterator[str]:
    separator = "\n"
    for name in names:
        yield separator + to_json(name) + ":" + json_array(_read(values, name, rows))
        separator = ",\n"


def _read(values: SocketValues, name: str, rows: NDArray[np.int64]) -> list[Value]:
    if name == "key":
        return list(map(str, values.sockets.key[rows].tolist()))
    return values.read(name, rows)


def _is_unknown(sockets: SocketTable, name: str) -> bool:
    column = COLUMNS.get(name)
    return column is not None and bool((getattr(sockets, name) == column.unknown).all())


def _rows_before(window: Window, sample: Sample) -> NDArray[np.int64]:
    """Leave out what the filter leaves out now; what is gone now is kept: rates count it."""
    others = window.now.sockets.key[~window.selected]
    return np.flatnonzero(~np.isin(sample.sockets.key, others))


def _pids(window: Window, sample: Sample) -> frozenset[int]:
    """Return the processes the filter lets through, and those that ended since."""
    gone = sample.processes.keys() - window.now.processes.keys()
    return (window.selected_pids or frozenset()) | gone
