"""The pane of processes: how many sockets each holds, in which states, and how near its limit."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from netinspect.humanize import counted_text
from netinspect.measures.history import read_ages, read_history
from netinspect.measures.process_sockets import (
    ProcessSockets,
    count_process_sockets,
    shown_processes,
)
from netinspect.measures.row_ids import process_ids
from netinspect.model import Age, Process, Row, Series, TcpState, Value, Window
from netinspect.parts import Column, RowList, Rows


class ProcessesPane:
    """One row per process that is not a kernel thread.

    A socket that several processes hold counts for each of them, so that every worker of a
    pre-fork server shows.
    """

    name = "processes"
    key = "2"
    title = "Processes"
    help = "Which process holds how many sockets, in which states, and how near is it to its limit?"
    fields: tuple[str, ...] = (
        *("pid", "process", "user", "unit", "container", "sockets", "history", "states"),
        *("listen", "established", "close_wait", "udp", "fds", "fd_soft", "fd_hard"),
        *("send_rate", "recv_rate", "threads", "ppid", "uid", "netns", "cmdline"),
    )
    columns: tuple[Column, ...] = (
        Column("PID", ("pid",), 7, 0),
        Column("PROCESS", ("process",), 12, 0, grow=True),
        Column("USER", ("user",), 8, 5),
        Column("UNIT", ("unit", "container"), 16, 8),
        Column("SOCKETS", ("sockets",), 7, 0),
        Column("HISTORY", ("history",), 12, 6),
        Column("LISTEN", ("listen",), 6, 9),
        Column("ESTAB", ("established",), 6, 4),
        Column("CL-WAIT", ("close_wait",), 7, 3),
        Column("STATES", ("states",), 20, 2),
        Column("UDP", ("udp",), 5, 10),
        Column("FDS", ("fds", "fd_soft"), 17, 1),
        Column("SEND/s", ("send_rate",), 6, 7),
        Column("RECV/s", ("recv_rate",), 6, 7),
    )
    sort = "sockets"
    descending = True
    empty = "Processes and their sockets. None passes the filter, or none may be seen."

    def rows(self, window: Window) -> Rows:
        """Return a row per process."""
        processes = shown_processes(window)
        counts = count_process_sockets(window)
        ids = process_ids(processes)
        past = read_history(window.trail, self.name, ids)
        ages = read_ages(window.trail, self.name, ids)
        shown = zip(processes, past, ages, strict=True)
        return RowList(self.fields, [_row(*one, i, counts) for i, one in enumerate(shown)])

    def header(self, window: Window) -> str:
        """Say how many processes there are."""
        return counted_text(len(shown_processes(window)), "process")


def _row(
    process: Process, past: Series | None, age: Age, index: int, counts: ProcessSockets
) -> Row:
    known = not counts.hidden(process)
    states = counts.states
    values: tuple[Value, ...] = (
        process.pid,
        process.name,
        process.user,
        process.unit,
        process.container,
        counts.sockets(index) if known else None,
        past,
        states.by_name(index) if known else None,
        states.of(index, TcpState.LISTEN) if known else None,
        states.of(index, TcpState.ESTABLISHED) if known else None,
        states.of(index, TcpState.CLOSE_WAIT) if known else None,
        int(counts.udp[index]) if known else None,
        process.fds,
        process.fd_soft,
        process.fd_hard,
        _rate(counts.send, index),
        _rate(counts.recv, index),
        process.threads,
        process.ppid,
        process.uid,
        process.netns,
        None if process.cmdline is None else " ".join(process.cmdline),
    )
    return Row(process.key, values, f"pid {process.pid}", age)


def _rate(rates: NDArray[np.float64], index: int) -> float | None:
    rate = float(rates[index])
    return None if math.isnan(rate) else rate


PANE = ProcessesPane()
