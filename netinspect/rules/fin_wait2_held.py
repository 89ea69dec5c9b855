"""fin-wait2-held: our program has half-closed, the peer never closes, and the program waits."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from netinspect.finding import Evidence, Finding, Severity, Unit
from netinspect.humanize import count_text, duration_text
from netinspect.measures.culprits import Holder, count_peers, find_holders
from netinspect.measures.facts import Facts
from netinspect.measures.runtimes import find_runtime
from netinspect.model import TcpState, Timer
from netinspect.parts import Rule, Threshold
from netinspect.rules.grading import HELD
from netinspect.rules.peers import peer_evidence

CODE = "fin-wait2-held"


def check(facts: Facts, thresholds: Mapping[str, float]) -> Iterator[Finding]:
    """Look at FIN_WAIT2 sockets that a descriptor holds and whose peer has long been silent.

    A peer that still sends its data after our FIN acknowledges with each segment.
    """
    sockets = facts.sockets
    suspects = (
        facts.in_state(TcpState.FIN_WAIT2)
        & facts.has_inode
        & (sockets.timer != Timer.TIME_WAIT)
        & (sockets.last_ack_recv >= thresholds["age_seconds"] * 1000)
    )
    for holder in find_holders(facts, suspects):
        if len(holder.rows) >= thresholds["warning_sockets"]:
            yield _build(facts, holder, thresholds)


def _build(facts: Facts, holder: Holder, thresholds: Mapping[str, float]) -> Finding:
    rows = holder.rows
    oldest = int(facts.sockets.last_ack_recv[rows].max()) / 1000
    least = thresholds["warning_sockets"]
    return Finding(
        CODE,
        Severity.WARNING,
        holder.subject,
        f"{count_text(len(rows))} held in FIN_WAIT2, oldest {duration_text(oldest)}",
        (
            Evidence("held", len(rows), source="sock_diag FIN_WAIT2 with an inode", limit=least),
            Evidence(
                "oldest",
                oldest,
                Unit.SECONDS,
                "tcp_info tcpi_last_ack_recv",
                thresholds["age_seconds"],
            ),
            Evidence("peers", count_peers(facts, rows), source="sock_diag idiag_dst"),
            *peer_evidence(facts, rows),
        ),
        disproof="the sockets leave FIN_WAIT2 by themselves, or the peers still send",
        level=len(rows),
        hold=HELD,
        sockets=facts.keys(rows),
        runtime=find_runtime(holder.process),
    )


RULE = Rule(
    CODE,
    "half-closed, and the peer does not close",
    (
        Threshold("warning_sockets", 10, "sockets of one process"),
        Threshold("age_seconds", 60, "seconds without anything from the peer"),
    ),
    check,
)
