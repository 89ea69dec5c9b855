"""handshake-retransmit: new connections came about only after a packet was sent again."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np

from netinspect.finding import Confidence, Evidence, Finding, Severity, Unit
from netinspect.humanize import count_text, percent_text
from netinspect.measures.culprits import FarEnd, find_far_ends
from netinspect.measures.facts import Facts, Mask
from netinspect.measures.runtimes import find_runtime
from netinspect.model import SocketTable, TcpState
from netinspect.parts import Rule, Threshold

CODE = "handshake-retransmit"


def check(facts: Facts, thresholds: Mapping[str, float]) -> Iterator[Finding]:
    """Look at connections that are new and have sent something again, but no data."""
    if facts.before is None:
        return
    sockets = facts.sockets
    new = _find_new(facts, facts.before.sockets)
    late = new & (sockets.total_retrans > 0) & (sockets.bytes_retrans == 0)
    for end in find_far_ends(facts, late):
        opened = int(np.count_nonzero(new[end.everyone]))
        if len(end.rows) >= thresholds["warning_connections"] and (
            len(end.rows) >= thresholds["warning_share"] * opened
        ):
            yield _build(facts, end, opened, thresholds)


def _find_new(facts: Facts, before: SocketTable) -> Mask:
    """Tell which connections were established since the Sample before."""
    row = facts.window.before_row
    there = row >= 0
    new = ~there
    opening = (TcpState.SYN_SENT, TcpState.SYN_RECV, TcpState.NEW_SYN_RECV)
    new[there] = np.isin(before.state[row[there]], opening)
    return new & facts.in_state(TcpState.ESTABLISHED, TcpState.CLOSE_WAIT)


def _build(facts: Facts, end: FarEnd, opened: int, thresholds: Mapping[str, float]) -> Finding:
    again = int(facts.sockets.total_retrans[end.rows].max())
    part = len(end.rows) / opened
    source = "sock_diag INFO tcpi_total_retrans, tcpi_bytes_retrans"
    namespace = facts.now.namespace(end.subject.netns)
    return Finding(
        CODE,
        Severity.WARNING,
        end.subject,
        f"{count_text(len(end.rows))} of {count_text(opened)} new connections "
        f"({percent_text(part)}) took a retransmit",
        (
            Evidence("late", len(end.rows), Unit.COUNT, source, thresholds["warning_connections"]),
            Evidence("opened", opened, source="sock_diag"),
            Evidence("late_share", part, Unit.SHARE, source, thresholds["warning_share"]),
            Evidence("retransmits", again, source="sock_diag INFO tcpi_total_retrans"),
            Evidence(
                "syn_retrans",
                facts.delta(namespace, "TcpExt.TCPSynRetrans") if namespace else None,
                source="/proc/net/netstat TcpExt TCPSynRetrans",
            ),
            Evidence("elapsed", facts.elapsed, Unit.SECONDS, "clock"),
        ),
        disproof="new connections show `retrans:0/0`, or none, in `ss -ti`",
        level=len(end.rows),
        confidence=Confidence.LIKELY,
        sockets=facts.keys(end.rows),
        runtime=find_runtime(end.process),
    )


RULE = Rule(
    CODE,
    "handshake sent again",
    (
        Threshold("warning_connections", 3, "new connections whose handshake was sent again"),
        Threshold("warning_share", 0.1, "part of the new connections with the same far end"),
    ),
    check,
)
