"""What tells why a listener's owner does not accept or read: evidence of several rules."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from netinspect.finding import Evidence, Unit
from netinspect.measures.facts import Facts
from netinspect.measures.pools import count_pool_threads
from netinspect.model import Process

_ACCEPTED = "sock_diag ESTABLISHED idiag_inode, idiag_rqueue"
_FULL = 0.95


def owner_evidence(facts: Facts, row: int) -> Iterator[Evidence]:
    """Yield what is known of the process that holds a listener and of what it has accepted."""
    yield from _accepted(facts, row)
    yield from process_evidence(facts, row)


def process_evidence(facts: Facts, row: int) -> Iterator[Evidence]:
    """Yield what is known of the process that holds a listener."""
    process = facts.holder(row)
    if process is None:
        return
    yield Evidence("fds", process.fds, source="/proc/PID/fd", limit=process.fd_soft)
    if out_of_fds(process):
        yield Evidence("out_of_fds", True, Unit.TEXT, "/proc/PID/fd, /proc/PID/limits")
    if process.state in ("T", "t"):
        yield Evidence("stopped", True, Unit.TEXT, "/proc/PID/stat state")
    if process.state == "D":
        yield Evidence("blocked", True, Unit.TEXT, "/proc/PID/stat state")
    yield Evidence("threads", process.threads, source="/proc/PID/stat num_threads")
    pool = count_pool_threads(process, int(facts.sockets.local_port[row]))
    yield Evidence("pool_threads", pool, source="/proc/PID/task/*/comm")


def out_of_fds(process: Process) -> bool:
    """Tell whether a process has next to no descriptor left."""
    return bool(process.fd_soft and process.fds and process.fds >= _FULL * process.fd_soft)


def _accepted(facts: Facts, row: int) -> Iterator[Evidence]:
    incoming = facts.incoming
    position = int(np.searchsorted(facts.children.listeners, row))
    accepted = incoming.of(position, incoming.accepted)
    yield Evidence("accepted", len(accepted), source=_ACCEPTED)
    if facts.before is not None:
        unread = int(np.count_nonzero(facts.untouched[accepted]))
        yield Evidence("unread", unread, source=_ACCEPTED)
