"""Everything of one moment as one JSON document, schema netinspect.snapshot/1."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

import numpy as np

from netinspect.exporters.finding_objects import finding_objects, orphan_explanations
from netinspect.exporters.json_values import (
    coverage_object,
    host_object,
    json_array,
    time_text,
    to_json,
)
from netinspect.measures.socket_values import SocketValues
from netinspect.model import COLUMNS, Namespace, Value, Window
from netinspect.parts import Paper, Report

SCHEMA = "netinspect.snapshot/1"
_NAMED = (
    *("proto", "family", "state", "local_addr", "local_port", "remote_addr", "remote_port"),
    *("path", "owners", "owner_reason", "pid", "process", "user", "unit", "container"),
    *("backlog", "idle", "send_rate", "recv_rate"),
)
_NOT_COLUMNS = frozenset(
    {"key", "local_hi", "local_lo", "remote_hi", "remote_lo", "owner_start", "owner_count"}
)


class SnapshotJson:
    """Sockets as columns; a list per field, all of one length. 64-bit ids are strings."""

    name = "json"

    def write(self, report: Report, paper: Paper) -> Iterator[bytes]:
        """Yield the document, a column of sockets at a time."""
        yield (to_json(_head(report))[:-1] + ',\n"sockets":{"columns":{').encode()
        separator = "\n"
        for name, values in _socket_columns(report.window):
            yield (separator + to_json(name) + ":" + json_array(values)).encode()
            separator = ",\n"
        yield b"\n}}}\n"


def _head(report: Report) -> dict[str, Any]:
    sample, pids = report.window.now, report.window.selected_pids
    return {
        "schema": SCHEMA,
        "taken_at": time_text(report.taken_at),
        "host": host_object(report.host),
        "coverage": coverage_object(report.coverage),
        "origin": sample.origin,
        "cost": asdict(sample.cost),
        "findings": finding_objects(report),
        "attached_explanations": orphan_explanations(report),
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


def _socket_columns(window: Window) -> Iterator[tuple[str, list[Value]]]:
    """Yield every column for the selected sockets, those of the kernel under their own names."""
    values = SocketValues(window)
    rows = np.flatnonzero(window.selected)
    kernels = [name for name in COLUMNS if name not in _NOT_COLUMNS and name not in _NAMED]
    for name in (*_NAMED, *kernels):
        yield name, values.read(name, rows)


EXPORTER = SnapshotJson()
