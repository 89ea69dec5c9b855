"""orphan-limit: so many sockets outlive their descriptor that the kernel kills them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from netinspect.finding import Confidence, Evidence, Finding, Severity, Unit
from netinspect.humanize import count_text
from netinspect.measures.facts import Facts
from netinspect.measures.host_counters import host_sockstat, total_delta
from netinspect.measures.subjects import HOST
from netinspect.parts import Rule, Threshold
from netinspect.rules.grading import HELD, grade, worst

CODE = "orphan-limit"
_KILLS = "TcpExt.TCPAbortOnMemory"


def check(facts: Facts, thresholds: Mapping[str, float]) -> Iterator[Finding]:
    """Compare the orphans of the host with their limit; look whether connections were killed."""
    orphans, limit = host_sockstat(facts, "TCP.orphan"), facts.now.limits.tcp_max_orphans
    share = orphans / limit if orphans is not None and limit else None
    killed = total_delta(facts, _KILLS) or 0
    # Few orphans: it was for want of memory, which is another anomaly.
    mine = killed > 0 and (share is None or share >= thresholds["kill_share"])
    severity = grade(share, thresholds["warning_share"], thresholds["critical_share"])
    severity = worst(severity, Severity.CRITICAL if mine else None)
    if severity is not None:
        yield _build(facts, severity, orphans, share, killed if mine else 0)


def _build(
    facts: Facts, severity: Severity, orphans: int | None, share: float | None, killed: int
) -> Finding:
    limit = facts.now.limits.tcp_max_orphans
    parts = [f"{count_text(orphans)}/{count_text(limit)} orphans"] if share is not None else []
    parts += [f"{count_text(killed)} connections killed"] if killed else []
    return Finding(
        CODE,
        severity,
        HOST,
        ", ".join(parts),
        (
            Evidence("orphans", orphans, source="/proc/net/sockstat TCP orphan", limit=limit),
            Evidence("share", share, Unit.SHARE, "/proc/net/sockstat, net.ipv4.tcp_max_orphans"),
            Evidence("killed", killed, source="/proc/net/netstat TcpExt TCPAbortOnMemory"),
        ),
        disproof="TCPAbortOnMemory stands still and /proc/net/sockstat counts few orphans",
        level=orphans,
        limit=limit,
        hold=1 if killed else HELD,
        confidence=Confidence.CERTAIN if share is not None else Confidence.LIKELY,
    )


RULE = Rule(
    CODE,
    "too many orphaned sockets",
    (
        Threshold("warning_share", 0.5, "part of net.ipv4.tcp_max_orphans"),
        Threshold("critical_share", 0.9, "part of net.ipv4.tcp_max_orphans"),
        Threshold("kill_share", 0.25, "part of it from which on the kernel may kill orphans"),
    ),
    check,
)
