"""tcp-memory-pressure: the buffers of all TCP sockets reach the limit of the host."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from netinspect.finding import Evidence, Finding, Severity, Unit
from netinspect.humanize import count_text
from netinspect.measures.facts import Facts
from netinspect.measures.host_counters import host_sockstat, total_delta
from netinspect.measures.states import is_connection
from netinspect.measures.subjects import HOST, process_text
from netinspect.model import UNKNOWN
from netinspect.parts import Rule, Threshold
from netinspect.rules.grading import HELD, grade, worst

CODE = "tcp-memory-pressure"
_MOST_NAMED = 10


class _Use(NamedTuple):
    """Memory of TCP, in pages; killed: connections, for want of it."""

    pages: int | None
    limits: tuple[int, int, int] | None
    entered: int
    killed: int

    @property
    def share(self) -> float | None:
        if self.pages is None or self.limits is None or not self.limits[1]:
            return None
        return self.pages / self.limits[1]


def check(facts: Facts, thresholds: Mapping[str, float]) -> Iterator[Finding]:
    """Compare the memory of TCP with tcp_mem; look whether the kernel entered pressure."""
    use = _Use(
        host_sockstat(facts, "TCP.mem"),
        facts.now.limits.tcp_mem,
        total_delta(facts, "TcpExt.TCPMemoryPressures") or 0,
        _count_killed(facts, thresholds["orphan_share"]),
    )
    severity = worst(
        grade(use.share, thresholds["warning_share"], thresholds["critical_share"]),
        Severity.CRITICAL if use.entered or use.killed else None,
    )
    if severity is not None:
        yield _build(facts, use, severity)


def _count_killed(facts: Facts, orphan_share: float) -> int:
    """Count connections that were killed; 0 where it may have been for too many orphans."""
    orphans, limit = host_sockstat(facts, "TCP.orphan"), facts.now.limits.tcp_max_orphans
    if orphans is None or not limit or orphans >= orphan_share * limit:
        return 0
    return total_delta(facts, "TcpExt.TCPAbortOnMemory") or 0


def _build(facts: Facts, use: _Use, severity: Severity) -> Finding:
    pressure = use.limits[1] if use.limits else None
    memory = _measure_memory(facts)
    top = np.argsort(-memory, kind="stable")[:_MOST_NAMED]
    return Finding(
        CODE,
        severity,
        HOST,
        _summary(use, pressure),
        (*_memory_evidence(use), *_socket_evidence(facts, memory)),
        disproof="TCPMemoryPressures stands still and /proc/net/sockstat shows little `mem`",
        level=use.pages,
        limit=pressure,
        hold=1 if use.entered or use.killed else HELD,
        sockets=facts.keys(top[memory[top] > 0]),
    )


def _summary(use: _Use, pressure: int | None) -> str:
    parts = []
    if use.share is not None:
        parts.append(f"{count_text(use.pages)}/{count_text(pressure)} pages")
    if use.entered:
        parts.append(f"{count_text(use.entered)} times under pressure")
    if use.killed:
        parts.append(f"{count_text(use.killed)} connections killed")
    return ", ".join(parts)


def _memory_evidence(use: _Use) -> tuple[Evidence, ...]:
    _, pressure, high = use.limits or (None, None, None)
    return (
        Evidence("pages", use.pages, source="/proc/net/sockstat TCP mem", limit=pressure),
        Evidence("share", use.share, Unit.SHARE, "/proc/net/sockstat, net.ipv4.tcp_mem"),
        Evidence("hard_limit", high, source="net.ipv4.tcp_mem"),
        Evidence("pressures", use.entered, source="/proc/net/netstat TcpExt TCPMemoryPressures"),
        Evidence("killed", use.killed, source="/proc/net/netstat TcpExt TCPAbortOnMemory"),
    )


def _socket_evidence(facts: Facts, memory: NDArray[np.int64]) -> tuple[Evidence, ...]:
    """Name the process whose sockets hold most, and tell on which side the data lies."""
    sockets, connected = facts.sockets, is_connection(facts.sockets)
    source = "sock_diag SKMEMINFO" if (sockets.rmem_alloc != UNKNOWN).any() else "sock_diag queues"
    held = np.flatnonzero(connected & (sockets.pid >= 0))
    by_pid = np.bincount(sockets.pid[held], weights=memory[held]) if len(held) else np.zeros(1)
    pid, most = int(by_pid.argmax()), int(by_pid.max())
    name = process_text(facts.now.processes.get(pid)) if most else None
    return (
        Evidence("top_process", name, Unit.TEXT, source),
        Evidence("top_process_bytes", most or None, Unit.BYTES, source),
        Evidence("unread", _sum(sockets.recv_q, connected), Unit.BYTES, "sock_diag idiag_rqueue"),
        Evidence("unsent", _sum(sockets.send_q, connected), Unit.BYTES, "sock_diag idiag_wqueue"),
    )


def _measure_memory(facts: Facts) -> NDArray[np.int64]:
    """Return the bytes each TCP connection holds; its queues where the kernel did not tell."""
    sockets = facts.sockets
    known = sockets.rmem_alloc != UNKNOWN
    told = sockets.rmem_alloc + sockets.wmem_queued + np.maximum(sockets.fwd_alloc, 0)
    queues = np.maximum(sockets.recv_q, 0) + np.maximum(sockets.send_q, 0)
    return np.where(is_connection(sockets), np.where(known, told, queues), 0)


def _sum(column: NDArray[np.int64], mask: NDArray[np.bool_]) -> int:
    return int(np.maximum(column[mask], 0).sum())


RULE = Rule(
    CODE,
    "TCP runs out of memory",
    (
        Threshold("warning_share", 0.8, "part of the pressure limit, net.ipv4.tcp_mem[1]"),
        Threshold("critical_share", 1.0, "part of the pressure limit, net.ipv4.tcp_mem[1]"),
        Threshold("orphan_share", 0.25, "part of tcp_max_orphans from which on kills are for it"),
    ),
    check,
)
