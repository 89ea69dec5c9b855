"""waiting-for-response: everything we sent was acknowledged, and no answer comes.

Idleness alone is no sign: long polls, event streams and message consumers wait for hours. So this
is an observation, unless the user knows the timeout, or many connections of one process to one
destination wait while most of them were answered far sooner.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np
from numpy.typing import NDArray

from netinspect.finding import Confidence, Evidence, Finding, Severity, SubjectKind, Unit
from netinspect.humanize import count_text, duration_text
from netinspect.measures.culprits import FarEnd, find_far_ends
from netinspect.measures.facts import Facts, Mask
from netinspect.measures.runtimes import find_runtime
from netinspect.model import TcpState
from netinspect.parts import Rule, Threshold
from netinspect.rules.grading import HELD

CODE = "waiting-for-response"


def check(facts: Facts, thresholds: Mapping[str, float]) -> Iterator[Finding]:
    """Look at every outgoing connection that sent something after it last received something."""
    sockets = facts.sockets
    waiting = _is_waiting(facts)
    suspects = waiting & (sockets.last_data_sent >= thresholds["info_seconds"] * 1000)
    if not suspects.any():
        return
    for end in find_far_ends(facts, suspects & facts.outgoing, per_process=True):
        yield _build(facts, end, waiting, thresholds)


def _is_waiting(facts: Facts) -> Mask:
    sockets = facts.sockets
    sent, received = sockets.last_data_sent, sockets.last_data_recv
    # On a connection that has received nothing the time since counts from its beginning.
    asked = (sent < received) | ((sent == received) & (sockets.data_segs_in == 0))
    mask: Mask = (
        facts.in_state(TcpState.ESTABLISHED)
        & ((sockets.recv_q == 0) & (sockets.send_q == 0) & (sockets.unacked == 0))
        & ((sent >= 0) & (sockets.data_segs_out > 0))
        & asked
    )
    return mask


def _build(facts: Facts, end: FarEnd, waiting: Mask, thresholds: Mapping[str, float]) -> Finding:
    sent = facts.sockets.last_data_sent[end.rows]
    longest, median = int(sent.max()) / 1000, _median(facts, end, waiting)
    least = thresholds["warning_seconds"]
    if median is not None:
        least = max(least, thresholds["times_median"] * median)
    overdue = int(np.count_nonzero(sent > least * 1000))
    severity = _grade(end, overdue, median, longest, thresholds)
    return Finding(
        CODE,
        severity,
        end.subject,
        f"{count_text(len(end.rows))} of {count_text(end.connections)} wait for an answer, "
        f"longest {duration_text(longest)}",
        _evidence(end, overdue, median, longest, thresholds),
        disproof="the connections wait on purpose (long poll, event stream, message consumer), "
        "or data arrives on them while they are watched",
        level=len(end.rows),
        hold=HELD,
        confidence=Confidence.LIKELY,
        sockets=facts.keys(end.rows),
        runtime=find_runtime(end.process),
    )


def _median(facts: Facts, end: FarEnd, waiting: Mask) -> float | None:
    """Return the median of the destination's times from sending to receiving, in seconds.

    An answered connection took from its last sending to its last receiving; one that waits has
    taken as long as it has waited. None where not one was answered.
    """
    sockets, rows = facts.sockets, end.everyone
    sent, received = sockets.last_data_sent[rows], sockets.last_data_recv[rows]
    answered = (received >= 0) & (received <= sent) & (sockets.data_segs_in[rows] > 0)
    if not answered.any():
        return None
    times: NDArray[np.int64] = np.where(waiting[rows], sent, sent - received)
    return float(np.median(times[waiting[rows] | answered])) / 1000


def _grade(
    end: FarEnd,
    overdue: int,
    median: float | None,
    longest: float,
    thresholds: Mapping[str, float],
) -> Severity:
    if 0 < thresholds["timeout_seconds"] <= longest:
        return Severity.WARNING
    one_dials_one = end.subject.kind is SubjectKind.DESTINATION and end.process is not None
    if one_dials_one and median is not None and overdue >= thresholds["warning_rows"]:
        return Severity.WARNING
    return Severity.INFO


def _evidence(
    end: FarEnd,
    overdue: int,
    median: float | None,
    longest: float,
    thresholds: Mapping[str, float],
) -> tuple[Evidence, ...]:
    sent = "tcp_info tcpi_last_data_sent"
    timeout = thresholds["timeout_seconds"] or None
    return (
        Evidence("waiting", len(end.rows), source="tcp_info tcpi_unacked 0, sent after receiving"),
        Evidence("connections", end.connections, source="sock_diag"),
        Evidence("longest", longest, Unit.SECONDS, sent, timeout),
        Evidence("overdue", overdue, source=sent, limit=thresholds["warning_rows"]),
        Evidence("median", median, Unit.SECONDS, f"{sent}, tcpi_last_data_recv"),
    )


RULE = Rule(
    CODE,
    "the other side has not answered yet",
    (
        Threshold("info_seconds", 10, "seconds a connection waits before it is told at all"),
        Threshold("warning_seconds", 30, "seconds each of many connections waits"),
        Threshold(
            "warning_rows", 10, "connections of a process to a destination that wait so long"
        ),
        Threshold("times_median", 3, "how many times longer than the destination's median"),
        Threshold("timeout_seconds", 0, "seconds after which an answer is overdue; 0 = not known"),
    ),
    check,
)
