"""close-wait-leak: peers hung up and the program does not close its side."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping

import numpy as np

from netinspect.finding import Confidence, Evidence, Finding, Growth, Severity, Unit
from netinspect.humanize import count_text, duration_text
from netinspect.measures.culprits import Holder, find_holders, top_peer
from netinspect.measures.facts import Facts, Mask, Rows
from netinspect.measures.runtimes import find_runtime
from netinspect.model import UNKNOWN, Proto, TcpState
from netinspect.parts import Rule, Threshold
from netinspect.rules.grading import HELD

CODE = "close-wait-leak"
_ROWS = "sock_diag CLOSE_WAIT"
_QUEUE = f"{_ROWS} idiag_rqueue"


def check(facts: Facts, thresholds: Mapping[str, float]) -> Iterator[Finding]:
    """Look at what each process holds in CLOSE_WAIT for longer than an orderly close takes."""
    for holder in find_holders(facts, _overdue(facts, thresholds["seconds"])):
        judged = _judge(facts, holder, thresholds)
        if judged is not None:
            yield _build(facts, holder, *judged, thresholds)


def _overdue(facts: Facts, seconds: float) -> Mask:
    """Tell which sockets a program still holds that long after the peer's FIN.

    A program that still sends does so on purpose: only the peer's direction is closed. Where
    struct tcp_info is missing, all count that were in CLOSE_WAIT in the Sample before.
    """
    sockets = facts.sockets
    age, sent = sockets.last_ack_recv, sockets.last_data_sent
    limit = seconds * 1000
    overdue = (age > limit) & ((sent == UNKNOWN) | (sent > limit))
    mask: Mask = (
        facts.in_state(TcpState.CLOSE_WAIT)
        & facts.has_inode
        & (overdue | ((age == UNKNOWN) & _was_waiting(facts)))
    )
    return mask


def _was_waiting(facts: Facts) -> Mask:
    result = np.zeros(len(facts.sockets), np.bool_)
    if facts.before is not None:
        known = np.flatnonzero(facts.window.before_row >= 0)
        earlier = facts.before.sockets.state[facts.window.before_row[known]]
        result[known] = earlier == TcpState.CLOSE_WAIT
    return result


def _judge(
    facts: Facts, holder: Holder, thresholds: Mapping[str, float]
) -> tuple[Severity, int] | None:
    """Return severity and hold; None = not enough of them."""
    share, of_limit = _share(facts, holder), _share_of_limit(holder)
    ages = facts.sockets.last_ack_recv[holder.rows]
    aged = ages != UNKNOWN
    lasting = int(np.count_nonzero(~aged | (ages > thresholds["lasting_seconds"] * 1000)))
    hold = HELD
    if not aged.all() and facts.elapsed:
        hold = max(HELD, math.ceil(thresholds["lasting_seconds"] / facts.elapsed))
    if of_limit is not None and of_limit >= thresholds["critical_share_of_limit"]:
        return Severity.CRITICAL, hold
    many = lasting >= thresholds["warning_sockets"]
    large = share is not None and share >= thresholds["warning_share"]
    if many or (large and lasting >= thresholds["least_sockets"]):
        return Severity.WARNING, hold
    return None


def _share(facts: Facts, holder: Holder) -> float | None:
    """Return the part of the process's TCP and UDP sockets that is overdue."""
    if holder.process is None:
        return None
    own = (facts.sockets.pid == holder.process.pid) & (facts.sockets.proto != Proto.UNIX)
    return len(holder.rows) / int(np.count_nonzero(own))


def _share_of_limit(holder: Holder) -> float | None:
    soft = holder.process.fd_soft if holder.process else None
    return len(holder.rows) / soft if soft else None


def _build(
    facts: Facts,
    holder: Holder,
    severity: Severity,
    hold: int,
    thresholds: Mapping[str, float],
) -> Finding:
    count = len(holder.rows)
    oldest = int(facts.sockets.last_ack_recv[holder.rows].max())
    text = f"{count_text(count)} held"
    if oldest != UNKNOWN:
        text += f", oldest {duration_text(oldest / 1000)}"
    grave = Growth(Severity.CRITICAL, thresholds["growing_seconds"])
    return Finding(
        CODE,
        severity,
        holder.subject,
        text,
        tuple(_evidence(facts, holder, thresholds)),
        disproof="the peer still expects data on these connections: it closed only its direction, "
        "and the program goes on sending",
        level=count,
        limit=holder.process.fd_soft if holder.process else None,
        hold=hold,
        growth=grave if count >= thresholds["critical_sockets"] else None,
        confidence=Confidence.CERTAIN if oldest != UNKNOWN else Confidence.LIKELY,
        sockets=facts.keys(holder.rows),
        runtime=find_runtime(holder.process),
    )


def _evidence(facts: Facts, holder: Holder, thresholds: Mapping[str, float]) -> Iterator[Evidence]:
    rows, sockets = holder.rows, facts.sockets
    oldest = int(sockets.last_ack_recv[rows].max())
    age = oldest / 1000 if oldest != UNKNOWN else None
    yield Evidence("held", len(rows), source=_ROWS, limit=thresholds["warning_sockets"])
    yield Evidence("oldest", age, Unit.SECONDS, f"{_ROWS} tcpi_last_ack_recv")
    yield Evidence("share", _share(facts, holder), Unit.SHARE, _ROWS, thresholds["warning_share"])
    yield Evidence(
        "of_limit",
        _share_of_limit(holder),
        Unit.SHARE,
        f"{_ROWS}; /proc/PID/limits",
        thresholds["critical_share_of_limit"],
    )
    yield from _queues(facts, rows)
    outgoing = int(np.count_nonzero(facts.outgoing[rows]))
    yield Evidence("dialled", outgoing, source="sock_diag LISTEN idiag_sport")
    yield Evidence("came_in", len(rows) - outgoing, source="sock_diag LISTEN idiag_sport")
    peer, times = top_peer(facts, rows)
    yield Evidence("top_peer", peer, Unit.TEXT, "sock_diag idiag_dst")
    yield Evidence("top_peer_sockets", times, source="sock_diag idiag_dst")


def _queues(facts: Facts, rows: Rows) -> Iterator[Evidence]:
    """Tell what the program has read: the peer's FIN counts as one unread byte."""
    queue = facts.sockets.recv_q[rows]
    yield Evidence("unread", int(np.count_nonzero(queue > 1)), source=_QUEUE)
    yield Evidence("end_unread", int(np.count_nonzero(queue == 1)), source=_QUEUE)
    yield Evidence("end_read", int(np.count_nonzero(queue == 0)), source=_QUEUE)


RULE = Rule(
    CODE,
    "sockets the program does not close",
    (
        Threshold("seconds", 30, "seconds since the peer hung up from which a socket is overdue"),
        Threshold("lasting_seconds", 90, "seconds for which those that are told of have lasted"),
        Threshold("warning_sockets", 10, "overdue sockets of a process"),
        Threshold("warning_share", 0.05, "part of the process's sockets that is overdue"),
        Threshold("least_sockets", 3, "overdue sockets below which the share does not count"),
        Threshold("critical_sockets", 100, "overdue sockets that are critical when they grow"),
        Threshold("growing_seconds", 300, "seconds of growth that make them critical"),
        Threshold("critical_share_of_limit", 0.3, "part of the descriptor limit they take up"),
    ),
    check,
)
