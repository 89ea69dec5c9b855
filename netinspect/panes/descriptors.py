"""The pane of descriptors: how near each process is to its limit, and what it holds."""

from __future__ import annotations

from dataclasses import replace

from netinspect.measures.history import read_ages, read_history
from netinspect.measures.process_sockets import (
    ProcessSockets,
    count_process_sockets,
    shown_processes,
)
from netinspect.measures.row_ids import process_ids
from netinspect.model import Process, Row, Series, Value, Window
from netinspect.parts import Column, RowList, Rows


class DescriptorsPane:
    """One row per process that is not a kernel thread."""

    name = "descriptors"
    key = "6"
    title = "Descriptors"
    help = "Which process runs out of file descriptors, on what, and when?"
    fields: tuple[str, ...] = (
        *("pid", "process", "user", "unit", "container", "fds", "history", "fd_soft", "fd_hard"),
        *(
            "fd_used",
            "fd_socket",
            "fd_file",
            "fd_pipe",
            "fd_anon",
            "fd_other",
            "states",
            "fd_slope",
        ),
        *("time_to_limit", "cmdline"),
    )
    columns: tuple[Column, ...] = (
        Column("PID", ("pid",), 7, 0),
        Column("PROCESS", ("process",), 12, 0, grow=True),
        Column("USED/SOFT/HARD", ("fds", "fd_soft", "fd_hard"), 26, 0),
        Column("USED", ("fd_used",), 4, 1),
        Column("HISTORY", ("history",), 12, 6),
        Column("SOCKET", ("fd_socket",), 6, 2),
        Column("FILE", ("fd_file",), 6, 3),
        Column("PIPE", ("fd_pipe",), 5, 5),
        Column("ANON", ("fd_anon",), 5, 5),
        Column("STATES", ("states",), 20, 7),
        Column("+/s", ("fd_slope",), 5, 4),
        Column("LIMIT IN", ("time_to_limit",), 8, 4),
    )
    sort = "fd_used"
    descending = True
    empty = "Processes and their descriptors. None passes the filter, or none may be seen."

    def rows(self, window: Window) -> Rows:
        """Return a row per process."""
        processes = shown_processes(window)
        counts = count_process_sockets(window)
        ids = process_ids(processes)
        past = read_history(window.trail, self.name, ids)
        ages = read_ages(window.trail, self.name, ids)
        rows = [_row(p, i, counts, _slope(p, window), past[i]) for i, p in enumerate(processes)]
        aged = [replace(row, age=age) for row, age in zip(rows, ages, strict=True)]
        return RowList(self.fields, aged)

    def header(self, window: Window) -> str:
        """Tell the host's own limits: fs.file-nr, fs.file-max and fs.nr_open."""
        limits = window.now.limits
        parts = []
        if limits.file_nr is not None:
            of = "" if limits.file_max is None else f" of {limits.file_max:,}"
            parts.append(f"host {limits.file_nr:,}{of} open files")
        if limits.nr_open is not None:
            parts.append(f"nr_open {limits.nr_open:,}")
        return ", ".join(parts)


def _row(
    process: Process, index: int, counts: ProcessSockets, slope: float | None, past: Series | None
) -> Row:
    kinds = process.fd_kinds
    by_kind = (kinds.socket, kinds.file, kinds.pipe, kinds.anon, kinds.other) if kinds else ()
    values: tuple[Value, ...] = (
        process.pid,
        process.name,
        process.user,
        process.unit,
        process.container,
        process.fds,
        past,
        process.fd_soft,
        process.fd_hard,
        _used(process),
        *(by_kind or (None,) * 5),
        None if counts.hidden(process) else counts.states.by_name(index),
        slope,
        _time_to_limit(process, slope),
        None if process.cmdline is None else " ".join(process.cmdline),
    )
    return Row(process.key, values, drill=f"pid {process.pid}")


def _used(process: Process) -> float | None:
    if process.fds is None or not process.fd_soft:
        return None
    return process.fds / process.fd_soft


def _slope(process: Process, window: Window) -> float | None:
    """Return descriptors gained per second."""
    before = window.before.processes.get(process.pid) if window.before else None
    if before is None or before.key != process.key or window.elapsed is None:
        return None
    if process.fds is None or before.fds is None:
        return None
    return (process.fds - before.fds) / window.elapsed


def _time_to_limit(process: Process, slope: float | None) -> float | None:
    """Return seconds; only while the process gains descriptors."""
    if process.fds is None or process.fd_soft is None or slope is None or slope <= 0:
        return None
    return max(0, process.fd_soft - process.fds) / slope


PANE = DescriptorsPane()
