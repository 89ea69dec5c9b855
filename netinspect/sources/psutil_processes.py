"""Processes as psutil tells them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import psutil

from netinspect.humanize import safe_text
from netinspect.model import Process

_ASKED = (
    *("pid", "ppid", "name", "status", "num_threads", "uids", "username", "cmdline", "exe"),
    *("num_fds", "create_time"),
)
_COMM_SIZE = 15
_STATE_LETTERS: Mapping[str, str] = {
    psutil.STATUS_RUNNING: "R",
    psutil.STATUS_SLEEPING: "S",
    psutil.STATUS_DISK_SLEEP: "D",
    psutil.STATUS_STOPPED: "T",
    psutil.STATUS_TRACING_STOP: "t",
    psutil.STATUS_ZOMBIE: "Z",
    psutil.STATUS_DEAD: "X",
    psutil.STATUS_PARKED: "P",
    psutil.STATUS_IDLE: "I",
}


def read_processes(boot_time: float, clock_ticks: int) -> Mapping[int, Process]:
    """Read all processes; what psutil may not see of one is None.

    boot_time: seconds since the epoch, the same for all Samples. Vanished ones are left out.
    """
    found = psutil.process_iter(_ASKED)
    return {one.pid: _build_process(one, boot_time, clock_ticks) for one in found}


def _build_process(process: psutil.Process, boot_time: float, clock_ticks: int) -> Process:
    known: dict[str, Any] = process.info
    name, exe, cmdline = known["name"] or "", known["exe"], known["cmdline"]
    soft, hard = _read_open_files_limit(process)
    return Process(
        pid=process.pid,
        start_time=round(((known["create_time"] or 0) - boot_time) * clock_ticks),
        ppid=known["ppid"],
        comm=safe_text(name[:_COMM_SIZE]),
        name=safe_text(name),
        state=_STATE_LETTERS.get(known["status"]),
        threads=known["num_threads"],
        uid=known["uids"].effective if known["uids"] else None,
        user=safe_text(known["username"]) if known["username"] else None,
        cmdline=None if cmdline is None else tuple(safe_text(part) for part in cmdline),
        exe=safe_text(exe) if exe else None,
        cgroup=None,
        unit=None,
        container=None,
        fds=known["num_fds"],
        fd_soft=soft,
        fd_hard=hard,
        fd_kinds=None,
        netns=None,
    )


def _read_open_files_limit(process: psutil.Process) -> tuple[int | None, int | None]:
    """Read RLIMIT_NOFILE, which psutil knows on Linux and FreeBSD; None also for unlimited."""
    if not hasattr(process, "rlimit"):
        return None, None
    try:
        limits = process.rlimit(psutil.RLIMIT_NOFILE)
    except (psutil.Error, OSError):
        return None, None
    soft, hard = (None if limit == psutil.RLIM_INFINITY else limit for limit in limits)
    return soft, hard
