"""peer-not-reading: the peer's window is closed, what we want to send waits."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np

from netinspect.finding import Confidence, Evidence, Finding, Severity, Unit
from netinspect.humanize import bytes_text, count_text, duration_text
from netinspect.measures.culprits import FarEnd, find_far_ends
from netinspect.measures.facts import Facts
from netinspect.measures.runtimes import find_runtime
from netinspect.measures.stalls import measure_blocked
from netinspect.model import UNKNOWN, TcpState
from netinspect.parts import Rule, Threshold
from netinspect.rules.grading import grade
from netinspect.rules.peers import peer_evidence

CODE = "peer-not-reading"
_HAS_DATA = (
    *(TcpState.ESTABLISHED, TcpState.CLOSE_WAIT),
    *(TcpState.FIN_WAIT1, TcpState.CLOSING, TcpState.LAST_ACK),
)


def check(facts: Facts, thresholds: Mapping[str, float]) -> Iterator[Finding]:
    """Look at every socket that probes a closed window."""
    blocked = measure_blocked(facts.sockets)
    suspects = facts.in_state(*_HAS_DATA) & (blocked >= thresholds["warning_seconds"] * 1000)
    for end in find_far_ends(facts, suspects):
        yield _build(facts, end, int(blocked[end.rows].max()) / 1000, thresholds)


def _build(facts: Facts, end: FarEnd, longest: float, thresholds: Mapping[str, float]) -> Finding:
    severity = grade(longest, thresholds["warning_seconds"], thresholds["critical_seconds"])
    known = bool((facts.sockets.last_data_sent[end.rows] != UNKNOWN).all())
    waiting = int(facts.sockets.send_q[end.rows].sum())
    return Finding(
        CODE,
        Severity.INFO if end.is_few(thresholds["client_share"]) else severity,
        end.subject,
        f"{count_text(len(end.rows))} of {count_text(end.connections)} blocked for "
        f"{duration_text(longest)}, {bytes_text(waiting)} bytes unsent",
        (
            Evidence(
                "longest",
                longest,
                Unit.SECONDS,
                "tcp_info tcpi_last_data_sent" if known else "sock_diag idiag_expires, at least",
                thresholds["warning_seconds"],
            ),
            Evidence("waiting", waiting, Unit.BYTES, "sock_diag idiag_wqueue"),
            *_evidence(facts, end, thresholds),
        ),
        disproof="the timer of these sockets is not persist, or their Send-Q becomes smaller",
        level=waiting,
        confidence=Confidence.CERTAIN if known else Confidence.LIKELY,
        sockets=facts.keys(end.rows),
        runtime=find_runtime(end.process),
    )


def _evidence(facts: Facts, end: FarEnd, thresholds: Mapping[str, float]) -> tuple[Evidence, ...]:
    sockets, rows = facts.sockets, end.rows
    window = int(sockets.snd_wnd[rows].max())
    # The peer may leave out an answer to probes that follow each other within half a second.
    unanswered = int(np.count_nonzero(sockets.retrans[rows] >= thresholds["lost_probes"]))
    limit = thresholds["client_share"] * end.connections if end.incoming else None
    return (
        Evidence("blocked", len(rows), source="sock_diag idiag_timer 4", limit=limit),
        Evidence("connections", end.connections, source="sock_diag"),
        Evidence("window", None if window < 0 else window, Unit.BYTES, "tcp_info tcpi_snd_wnd"),
        Evidence("unanswered", unanswered, source="sock_diag idiag_retrans"),
        *peer_evidence(facts, rows),
    )


RULE = Rule(
    CODE,
    "the peer does not read",
    (
        Threshold("warning_seconds", 10, "seconds the peer's window is closed"),
        Threshold("critical_seconds", 60, "seconds the peer's window is closed"),
        Threshold("lost_probes", 3, "probes in a row without an answer that count as unanswered"),
        Threshold("client_share", 0.1, "part of a service's clients; fewer are told as info only"),
    ),
    check,
)
