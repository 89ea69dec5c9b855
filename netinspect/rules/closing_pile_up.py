"""closing-pile-up: connections that are being closed, and nobody answers the FIN."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np

from netinspect.finding import Evidence, Finding, Severity, Unit
from netinspect.humanize import count_text
from netinspect.measures.culprits import count_peers, top_peer
from netinspect.measures.facts import Facts, Rows
from netinspect.measures.subjects import namespace_subject
from netinspect.model import Namespace, TcpState, Timer
from netinspect.parts import Rule, Threshold
from netinspect.rules.grading import HELD, grade
from netinspect.rules.peers import peer_evidence

CODE = "closing-pile-up"
_STATES = (
    ("in_fin_wait", TcpState.FIN_WAIT1),
    ("in_closing", TcpState.CLOSING),
    ("in_last_ack", TcpState.LAST_ACK),
)


def check(facts: Facts, thresholds: Mapping[str, float]) -> Iterator[Finding]:
    """Count per namespace the closing sockets whose last data or FIN was sent again in vain."""
    sockets = facts.sockets
    suspects = (
        facts.in_state(*(state for _, state in _STATES))
        & (sockets.timer == Timer.RETRANSMIT)
        & (sockets.retrans >= thresholds["retransmits"])
    )
    rows = np.flatnonzero(suspects)
    for netns in np.unique(sockets.netns[rows]).tolist():
        own = rows[sockets.netns[rows] == netns]
        severity = grade(len(own), thresholds["warning_sockets"], thresholds["critical_sockets"])
        if severity is not None:
            yield _build(facts, int(netns), own, severity, thresholds)


def _build(
    facts: Facts, netns: int, rows: Rows, severity: Severity, thresholds: Mapping[str, float]
) -> Finding:
    namespace = facts.now.namespace(netns) or Namespace(netns)
    peer, of_peer = top_peer(facts, rows)
    critical = thresholds["critical_sockets"]
    return Finding(
        CODE,
        severity,
        namespace_subject(namespace),
        f"{count_text(len(rows))} unanswered FINs, {count_text(of_peer)} to {peer}",
        (
            Evidence("closing", len(rows), source="sock_diag idiag_state", limit=critical),
            *(
                Evidence(name, _count(facts, rows, state), source="sock_diag")
                for name, state in _STATES
            ),
            Evidence(
                "retransmits",
                int(facts.sockets.retrans[rows].max()),
                source="sock_diag idiag_retrans",
                limit=thresholds["retransmits"],
            ),
            Evidence("peers", count_peers(facts, rows), source="sock_diag idiag_dst"),
            *peer_evidence(facts, rows),
            Evidence(
                "orphans",
                namespace.sockstat.get("TCP.orphan"),
                source="/proc/net/sockstat TCP orphan",
                limit=facts.now.limits.tcp_max_orphans,
            ),
            Evidence(
                "orphan_retries",
                namespace.sysctls.get("net.ipv4.tcp_orphan_retries"),
                Unit.TEXT,
                "net.ipv4.tcp_orphan_retries",
            ),
        ),
        disproof="the sockets are gone, or their retransmission counter is 0, a few seconds later",
        level=len(rows),
        limit=critical,
        hold=HELD,
        sockets=facts.keys(rows),
    )


def _count(facts: Facts, rows: Rows, state: TcpState) -> int:
    return int(np.count_nonzero(facts.sockets.state[rows] == state))


RULE = Rule(
    CODE,
    "FINs are not answered",
    (
        Threshold("warning_sockets", 20, "closing sockets that send again"),
        Threshold("critical_sockets", 200, "closing sockets that send again"),
        Threshold("retransmits", 2, "times each of them has sent again, at least"),
    ),
    check,
)
