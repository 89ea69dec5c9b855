"""What a host shows where an anomaly is not: the numbers that speak against it."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from netinspect.humanize import count_text, duration_text, percent_text
from netinspect.measures.ephemeral_ports import budget_ports
from netinspect.measures.facts import Facts
from netinspect.measures.subjects import listener_subject, process_text
from netinspect.model import TcpState, Timer

_COUNTERS: Mapping[str, tuple[str, ...]] = {
    "syn-queue-pressure": ("TcpExt.TCPReqQFullDrop", "TcpExt.TCPReqQFullDoCookies"),
    "connection-refused": ("Tcp.AttemptFails",),
    "closed-port-dialled": ("Tcp.OutRsts",),
    "reset-unread-data": ("TcpExt.TCPAbortOnClose",),
    "reset-linger-zero": ("TcpExt.TCPAbortOnData",),
    "reset-by-peer": ("Tcp.EstabResets",),
    "time-wait-overflow": ("TcpExt.TCPTimeWaitOverflow",),
    "udp-receive-drops": ("Udp.RcvbufErrors",),
    "tcp-memory-pressure": ("TcpExt.TCPMemoryPressures",),
    "orphan-limit": ("TcpExt.TCPAbortOnMemory",),
}
"""Codes that counters tell outright: when none of them moved, it did not happen meanwhile."""

_Describe = Callable[[Facts, int | None, int | None], str | None]


def describe_absence(code: str, facts: Facts, port: int | None, pid: int | None) -> str | None:
    """Say what speaks against an anomaly; None where nothing that was read does.

    port, pid: where the error happened, as far as that is known.
    """
    if code in _COUNTERS:
        return _still_counters(code, facts)
    describe = _DESCRIBE.get(code)
    return None if describe is None else describe(facts, port, pid)


def _still_counters(code: str, facts: Facts) -> str | None:
    grown = [
        (counter.partition(".")[2], facts.delta(namespace, counter))
        for namespace in facts.now.namespaces
        for counter in _COUNTERS[code]
    ]
    if not grown or any(delta is None or delta > 0 for _, delta in grown):
        return None
    names = " and ".join(dict.fromkeys(name for name, _ in grown))
    return f"{names} did not move within {duration_text(facts.elapsed)}"


def _accept_queue(facts: Facts, port: int | None, pid: int | None) -> str | None:
    listeners = facts.in_state(TcpState.LISTEN)
    if port is not None:
        listeners &= facts.sockets.local_port == port
    rows = np.flatnonzero(listeners & (facts.sockets.recv_q >= 0))
    if not len(rows):
        return None
    fullest = int(rows[np.argmax(facts.sockets.recv_q[rows])])
    queue, limit = int(facts.sockets.recv_q[fullest]), int(facts.sockets.send_q[fullest])
    name = listener_subject(facts, fullest).text
    return f"the fullest accept queue here is {count_text(queue)} of {count_text(limit)}: {name}"


def _ports_used(facts: Facts, port: int | None, pid: int | None) -> str | None:
    found = facts.destinations
    budgets = {n.inode: budget_ports(facts.now, n.inode) for n in facts.now.namespaces}
    usable = next((budget.usable for budget in budgets.values() if budget), None)
    if not usable:
        return None
    most = int(found.used.max()) if len(found) else 0
    return (
        f"the destination with most connections takes {count_text(most)} of "
        f"{count_text(usable)} local ports ({percent_text(most / usable)})"
    )


def _descriptors(facts: Facts, port: int | None, pid: int | None) -> str | None:
    known = [
        (process.fds / process.fd_soft, process)
        for process in facts.now.processes.values()
        if process.fds is not None and process.fd_soft and pid in (None, process.pid)
    ]
    if not known:
        return None
    share, process = max(known, key=lambda pair: pair[0])
    return (
        f"nearest to its limit is {process_text(process)}: {count_text(process.fds)} of "
        f"{count_text(process.fd_soft)} descriptors ({percent_text(share)})"
    )


def _open_files(facts: Facts, port: int | None, pid: int | None) -> str | None:
    limits = facts.now.limits
    if limits.file_nr is None or not limits.file_max:
        return None
    return f"{count_text(limits.file_nr)} of {count_text(limits.file_max)} files are open"


def _close_wait(facts: Facts, port: int | None, pid: int | None) -> str | None:
    mask = facts.in_state(TcpState.CLOSE_WAIT)
    if pid is not None:
        mask &= facts.sockets.pid == pid
    return f"{count_text(int(mask.sum()))} sockets are in CLOSE_WAIT"


def _syn_sent(facts: Facts, port: int | None, pid: int | None) -> str | None:
    mask = facts.in_state(TcpState.SYN_SENT) & (facts.sockets.retrans > 0)
    if port is not None:
        mask &= facts.sockets.remote_port == port
    if mask.any():
        return None
    where = f" to port {port}" if port is not None else ""
    return f"no connection attempt{where} had to send its SYN again at this moment"


def _zero_window(facts: Facts, port: int | None, pid: int | None) -> str | None:
    if (facts.tcp & (facts.sockets.timer == Timer.PERSIST)).any():
        return None
    return "no socket waits for its peer's window to open (timer persist)"


def _retransmits(facts: Facts, port: int | None, pid: int | None) -> str | None:
    waiting = facts.in_state(TcpState.ESTABLISHED) & (facts.sockets.timer == Timer.RETRANSMIT)
    if (waiting & (facts.sockets.retrans > 0)).any():
        return None
    return "no connection is sending data again"


def _unread(facts: Facts, port: int | None, pid: int | None) -> str | None:
    mask = facts.in_state(TcpState.ESTABLISHED) & (facts.sockets.recv_q > 0)
    if port is not None:
        mask &= facts.sockets.local_port == port
    where = f" on port {port}" if port is not None else ""
    return None if mask.any() else f"no connection{where} has data that its program has not read"


def _conntrack(facts: Facts, port: int | None, pid: int | None) -> str | None:
    most = facts.now.limits.conntrack_max
    counts = [n.sysctl_int("net.netfilter.nf_conntrack_count") for n in facts.now.namespaces]
    known = [count for count in counts if count is not None]
    if most is None or not known:
        return None
    return f"{count_text(max(known))} of {count_text(most)} flows are tracked"


def _time_wait(facts: Facts, port: int | None, pid: int | None) -> str | None:
    return f"{count_text(int(facts.in_state(TcpState.TIME_WAIT).sum()))} sockets are in TIME_WAIT"


_DESCRIBE: Mapping[str, _Describe] = {
    "accept-queue-full": _accept_queue,
    "ephemeral-exhaustion": _ports_used,
    "ephemeral-bind-pool": _ports_used,
    "ephemeral-slow-connect": _ports_used,
    "time-wait-client": _time_wait,
    "time-wait-server": _time_wait,
    "fd-limit-process": _descriptors,
    "fd-limit-system": _open_files,
    "close-wait-leak": _close_wait,
    "connect-timeout": _syn_sent,
    "peer-not-reading": _zero_window,
    "path-stalled": _retransmits,
    "retransmission-storm": _retransmits,
    "ghost-connection": _retransmits,
    "workers-saturated": _unread,
    "reader-stalled": _unread,
    "conntrack-full": _conntrack,
}
