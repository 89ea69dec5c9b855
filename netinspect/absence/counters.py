"""Counters that an anomaly cannot have left alone."""

from __future__ import annotations

from collections.abc import Mapping

from netinspect.absence.absence import Absence, likely_spaces
from netinspect.humanize import count_text, duration_text
from netinspect.measures.facts import Facts
from netinspect.scope import Scope

COUNTERS: Mapping[str, tuple[str, ...]] = {
    "syn-queue-pressure": ("TcpExt.TCPReqQFullDrop", "TcpExt.TCPReqQFullDoCookies"),
    "connection-refused": ("Tcp.AttemptFails", "Icmp.InDestUnreachs"),
    "closed-port-dialled": ("Tcp.OutRsts",),
    "reset-unread-data": ("TcpExt.TCPAbortOnClose",),
    "reset-linger-zero": ("TcpExt.TCPAbortOnData",),
    "reset-by-peer": ("Tcp.EstabResets",),
    "retransmission-storm": ("Tcp.RetransSegs",),
    "path-stalled": ("Tcp.RetransSegs",),
    "ghost-connection": ("Tcp.RetransSegs",),
    "handshake-retransmit": ("TcpExt.TCPSynRetrans",),
    "time-wait-overflow": ("TcpExt.TCPTimeWaitOverflow",),
    "udp-receive-drops": ("Udp.RcvbufErrors",),
    "tcp-memory-pressure": ("TcpExt.TCPMemoryPressures",),
    "orphan-limit": ("TcpExt.TCPAbortOnMemory",),
}
"""Codes that cannot be without one of these counters having moved."""


def read_counters(code: str, facts: Facts, scope: Scope) -> Absence | None:
    """Read the counters of a code: never moved, or not while it was looked at."""
    names = COUNTERS[code]
    spaces = likely_spaces(facts, scope)
    totals = [namespace.counters.get(name) for namespace in spaces for name in names]
    known = [total for total in totals if total is not None]
    if not spaces or len(known) < len(totals):
        return None
    text = " and ".join(name.partition(".")[2] for name in names)
    if not any(known):
        return Absence(f"{text} {'are' if len(names) > 1 else 'is'} 0: it never happened", True)
    deltas = [facts.delta(namespace, name) for namespace in spaces for name in names]
    if not facts.elapsed or None in deltas:
        return None
    grown = sum(delta for delta in deltas if delta is not None)
    moved = f"moved by {count_text(grown)} only" if grown else "did not move"
    return Absence(f"{text} {moved} within {duration_text(facts.elapsed)}")
