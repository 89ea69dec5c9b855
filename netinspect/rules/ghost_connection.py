"""ghost-connection: the client is connected, the server never took the connection in."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np

from netinspect.finding import Confidence, Evidence, Finding, Severity, Unit
from netinspect.humanize import count_text
from netinspect.measures.accept_queue import full_queues, queue_evidence
from netinspect.measures.culprits import FarEnd, find_far_ends
from netinspect.measures.facts import Facts, Mask
from netinspect.measures.runtimes import find_runtime
from netinspect.measures.subjects import listener_subject
from netinspect.model import TcpState, Timer
from netinspect.parts import Rule, Threshold

CODE = "ghost-connection"
_HOLD = 2
_CLIENT = "sock_diag ESTABLISHED"
_SERVER = "sock_diag SYN_RECV"


def check(facts: Facts, thresholds: Mapping[str, float]) -> Iterator[Finding]:
    """Look for them from the client's side, and behind full queues from the server's."""
    for far_end in find_far_ends(facts, _unanswered(facts, thresholds)):
        if len(far_end.rows) >= thresholds["warning_connections"]:
            yield _build_client(facts, far_end)
    yield from _find_stuck(facts, thresholds)


def _unanswered(facts: Facts, thresholds: Mapping[str, float]) -> Mask:
    """Tell which young outgoing connections sent their first data again and again in vain.

    On a connection that has received nothing the time since it last did is its age.
    """
    sockets = facts.sockets
    young = (sockets.last_data_recv >= 0) & (
        sockets.last_data_recv < thresholds["most_seconds"] * 1000
    )
    nothing_came = (sockets.bytes_received == 0) & (sockets.bytes_acked >= 0)
    resent = (sockets.timer == Timer.RETRANSMIT) & (sockets.retrans >= thresholds["retransmits"])
    suspects: Mask = (
        facts.in_state(TcpState.ESTABLISHED)
        & young
        & nothing_came
        & (sockets.bytes_acked <= 1)  # the SYN counts as one
        & (sockets.send_q > 0)
        & resent
    )
    return suspects & facts.outgoing if suspects.any() else suspects


def _build_client(facts: Facts, far_end: FarEnd) -> Finding:
    rows, sockets = far_end.rows, facts.sockets
    count, most = len(rows), int(sockets.retrans[rows].max())
    oldest = int(sockets.last_data_recv[rows].max()) / 1000
    return Finding(
        CODE,
        Severity.WARNING,
        far_end.subject,
        f"{count_text(count)} connected and never answered, up to {most} retransmits",
        (
            Evidence("ghosts", count, source=_CLIENT),
            Evidence("retransmits", most, source=f"{_CLIENT} idiag_retrans"),
            Evidence("oldest", oldest, Unit.SECONDS, f"{_CLIENT} tcpi_last_data_recv"),
            Evidence(
                "unsent", int(sockets.send_q[rows].sum()), Unit.BYTES, f"{_CLIENT} idiag_wqueue"
            ),
            Evidence("connections", far_end.connections, source=_CLIENT),
        ),
        disproof="other connections to the same destination lose packets too: then it is the path",
        level=count,
        hold=_HOLD,
        confidence=Confidence.LIKELY,
        sockets=facts.keys(rows),
        runtime=find_runtime(far_end.process),
    )


def _find_stuck(facts: Facts, thresholds: Mapping[str, float]) -> Iterator[Finding]:
    """Find handshakes that cannot finish because the accept queue is full."""
    sockets, listeners, incoming = facts.sockets, facts.children.listeners, facts.incoming
    full = full_queues(facts)[listeners]
    if not full.any():
        return
    stuck = incoming.half_open & (sockets.retrans[incoming.rows] >= 1)
    told = full & (incoming.count(stuck) >= thresholds["warning_connections"])
    for position in np.flatnonzero(told).tolist():
        row, rows = int(listeners[position]), incoming.of(position, stuck)
        queue, backlog = int(sockets.recv_q[row]), int(sockets.send_q[row])
        most = int(sockets.retrans[rows].max())
        yield Finding(
            CODE,
            Severity.WARNING,
            listener_subject(facts, row),
            f"{count_text(len(rows))} handshakes cannot finish: {queue:,}/{backlog:,} queued",
            (
                Evidence("half_open", len(rows), source=_SERVER),
                Evidence("answers", most, source=f"{_SERVER} idiag_retrans"),
                queue_evidence(facts, row),
            ),
            disproof="the clients never answered the SYN-ACK: then these are no connections at all",
            level=len(rows),
            hold=_HOLD,
            confidence=Confidence.LIKELY,
            sockets=facts.keys(rows),
            runtime=find_runtime(facts.holder(row)),
        )


RULE = Rule(
    CODE,
    "connected for the client only",
    (
        Threshold("warning_connections", 1, "connections in that condition"),
        Threshold("retransmits", 2, "times the first data was sent again"),
        Threshold("most_seconds", 120, "seconds after which it is no longer called young"),
    ),
    check,
)
