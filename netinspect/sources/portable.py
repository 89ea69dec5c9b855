"""The source for macOS, BSD, and a Linux that hides netlink and /proc/net: psutil alone.

What psutil cannot tell stays unknown, and a Note says so.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Sequence

import psutil

from netinspect.model import Cost, Host, Limits, Note, Sample
from netinspect.sources.pace import Pace
from netinspect.sources.psutil_processes import read_processes
from netinspect.sources.psutil_sockets import build_tables, read_connections

_CPU_SHARE = 0.05  # of one core at most on average: the interval stretches for it

_LOST = Note(
    "psutil",
    "no queues, timers, drops, accept queues, tcp_info, counters, settings or descriptor kinds",
    "allow sock_diag netlink" if sys.platform == "linux" else None,
)
_SHARED = Note(
    "psutil",
    "a socket that several processes hold may show one of them only, and SO_REUSEPORT siblings"
    " without a visible owner show as one",
)


class PortableSource:
    """Takes the first Sample at once, and each further one an interval after the one before."""

    def __init__(self, interval: float) -> None:
        self._pace = Pace(interval)
        self._boot_time = psutil.boot_time()  # read once: a clock step would move it
        self._clock_ticks = os.sysconf("SC_CLK_TCK")

    @property
    def target(self) -> str:
        """Name of this host."""
        return os.uname().nodename

    def read(self) -> Sample:
        """Take a Sample when it is due; raises SourceError after `close`."""
        self._pace.wait()
        taken_at, monotonic = time.time(), _read_monotonic()
        cpu, wall = time.thread_time(), time.monotonic()
        processes = read_processes(self._boot_time, self._clock_ticks)
        holdings, notes = read_connections()
        hidden = sum(process.fds is None for process in processes.values())
        sockets, owners = build_tables(holdings, some_hidden=hidden > 0)
        cpu, wall = time.thread_time() - cpu, time.monotonic() - wall
        return Sample(
            taken_at=round(taken_at, 3),
            monotonic=monotonic,
            host=_read_host(self.target, self._clock_ticks),
            sockets=sockets,
            owners=owners,
            processes=processes,
            namespaces=(),
            limits=Limits(),
            notes=(_LOST, _SHARED, *_build_hidden(hidden), *notes),
            cost=Cost(cpu, wall, self._pace.advance(cpu / _CPU_SHARE), _read_rss()),
            origin="psutil",
            self_pids=frozenset({os.getpid()}),
        )

    def refresh(self) -> None:
        """Make the next Sample due now."""
        self._pace.refresh()

    def set_interval(self, seconds: float) -> None:
        """Change the time between Samples."""
        self._pace.set_interval(seconds)

    def watch(self, cookies: Sequence[int]) -> None:
        """Do nothing: psutil has no tcp_info of any socket."""

    def close(self) -> None:
        """Let a blocked `read` raise SourceError."""
        self._pace.close()


def _build_hidden(count: int) -> list[Note]:
    if not count:
        return []
    remedy = "run as root" if os.geteuid() != 0 else None
    return [Note("psutil", "descriptors of processes may not be seen", remedy, count)]


def _read_host(name: str, clock_ticks: int) -> Host:
    return Host(
        name=name,
        kernel=os.uname().release,
        euid=os.geteuid(),
        page_size=os.sysconf("SC_PAGE_SIZE"),
        clock_ticks=clock_ticks,
    )


def _read_monotonic() -> float:
    """Read the clock that goes on while the machine sleeps, where there is one."""
    clock = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)
    return time.clock_gettime(clock)


def _read_rss() -> int:
    return int(psutil.Process().memory_info().rss)
