"""path-stalled: data is on its way, is sent again and again, and nobody answers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from netinspect.finding import Confidence, Evidence, Finding, Severity, Unit
from netinspect.humanize import bytes_text, count_text, duration_text
from netinspect.measures.culprits import FarEnd, find_far_ends
from netinspect.measures.facts import Facts
from netinspect.measures.runtimes import find_runtime
from netinspect.measures.stalls import may_be_ghost, measure_unanswered
from netinspect.model import UNKNOWN, TcpState
from netinspect.parts import Rule, Threshold
from netinspect.rules.grading import grade
from netinspect.rules.peers import peer_evidence, seconds

CODE = "path-stalled"
_EXACT = "tcp_info tcpi_rto, tcpi_backoff; sock_diag idiag_expires; at least"
_ROUGH = "sock_diag idiag_retrans, about"


def check(facts: Facts, thresholds: Mapping[str, float]) -> Iterator[Finding]:
    """Look at every connection whose data has been sent again in vain for long."""
    sockets = facts.sockets
    unanswered = measure_unanswered(sockets)
    suspects = (
        facts.in_state(TcpState.ESTABLISHED, TcpState.CLOSE_WAIT)
        & (sockets.send_q > 0)
        & (sockets.unacked != 0)
        & (unanswered >= thresholds["warning_seconds"] * 1000)
        & ~may_be_ghost(sockets)
    )
    for end in find_far_ends(facts, suspects):
        yield _build(facts, end, int(unanswered[end.rows].max()) / 1000, thresholds)


def _build(facts: Facts, end: FarEnd, longest: float, thresholds: Mapping[str, float]) -> Finding:
    severity = grade(longest, thresholds["warning_seconds"], thresholds["critical_seconds"])
    known = bool((facts.sockets.rto[end.rows] != UNKNOWN).all())
    return Finding(
        CODE,
        Severity.INFO if end.is_few(thresholds["client_share"]) else severity,
        end.subject,
        f"{count_text(len(end.rows))} of {count_text(end.connections)} unanswered for "
        f"{duration_text(longest)}, {bytes_text(int(facts.sockets.send_q[end.rows].sum()))} bytes",
        _evidence(facts, end, longest, known, thresholds),
        disproof="the retransmission counter of these sockets falls back to 0 "
        "and their last ACK is recent",
        level=len(end.rows),
        confidence=Confidence.CERTAIN if known else Confidence.LIKELY,
        sockets=facts.keys(end.rows),
        runtime=find_runtime(end.process),
    )


def _evidence(
    facts: Facts, end: FarEnd, longest: float, known: bool, thresholds: Mapping[str, float]
) -> tuple[Evidence, ...]:
    sockets, rows = facts.sockets, end.rows
    expires, in_flight = int(sockets.expires[rows].max()), int(sockets.send_q[rows].sum())
    answer = int(sockets.last_ack_recv[rows].max())
    namespace = facts.now.namespace(int(sockets.netns[rows[0]]))
    retries = namespace.sysctl_int("net.ipv4.tcp_retries2") if namespace else None
    limit = thresholds["client_share"] * end.connections if end.incoming else None
    return (
        Evidence(
            "longest",
            longest,
            Unit.SECONDS,
            _EXACT if known else _ROUGH,
            thresholds["warning_seconds"],
        ),
        Evidence("stalled", len(rows), source="sock_diag idiag_timer 1", limit=limit),
        Evidence("connections", end.connections, source="sock_diag"),
        Evidence("in_flight", in_flight, Unit.BYTES, "sock_diag idiag_wqueue"),
        Evidence(
            "retransmits",
            int(sockets.retrans[rows].max()),
            source="sock_diag idiag_retrans",
            limit=retries,
        ),
        Evidence(
            "next_try",
            seconds(expires),
            Unit.SECONDS,
            "sock_diag idiag_expires",
        ),
        Evidence(
            "last_answer",
            seconds(answer),
            Unit.SECONDS,
            "tcp_info tcpi_last_ack_recv",
        ),
        *peer_evidence(facts, rows),
    )


RULE = Rule(
    CODE,
    "data in flight is not answered",
    (
        Threshold("warning_seconds", 10, "seconds data is sent again in vain"),
        Threshold("critical_seconds", 60, "seconds data is sent again in vain"),
        Threshold("client_share", 0.1, "part of a service's clients; fewer are told as info only"),
    ),
    check,
)
